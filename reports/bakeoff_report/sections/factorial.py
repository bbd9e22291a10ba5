"""How much of the scores comes from features, from learners and from their meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.statistics.anova import Shares, crossing_of, pooled, shares
from bakeoff_report.blocks import Cell, Column, Figure, Section, Table
from bakeoff_report.cells import name_cell
from bakeoff_report.charts import Svg, colour
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.words import number

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

PARTS = ("features", "learner", "interaction", "split", "noise")
HUES = ("manual", "end_to_end", "embedded", "constant", "line")
MOST_TASKS = 30
LEAD = (
    "Over the crossing of features and learners, as shares of the variation of the test scores: "
    "from the features whatever the learner, from the learner whatever the features, from features "
    "that suit one learner better than another, from splits that are easier for all, and noise."
)


def section(context: ReportContext) -> Section | None:
    """A picture and a table, task by task and pooled; gone without a crossing."""
    found: dict[str, Shares] = {}
    for task, rows in context.main.groupby("task", sort=False):
        cube = crossing_of(rows)
        one = None if cube is None else shares(cube)
        if one is not None:
            found[str(task)] = one
    if not found:
        return None
    every = pooled(list(found.values()))
    named = [(context.names(task), one) for task, one in found.items()]
    if every is not None and len(found) > 1:
        named.append((f"mean of {len(found)} tasks", every))
    columns = (
        Column(title="Task", align="text"),
        *(Column(title=part.capitalize()) for part in PARTS),
        Column(title="Crossing", align="text", note="features by learners by splits"),
    )
    lines = tuple(_row(context, name, one) for name, one in named)
    caption = "Shares of the variation of test scores"
    figure = Figure(svg=_bars(named[-MOST_TASKS:]), caption=caption, alt=f"{caption}, as tabled.")
    table = Table(caption=caption, columns=columns, rows=lines)
    return Section(title="Features or learner?", order=34, lead=LEAD, blocks=(figure, table))


def _row(context: ReportContext, name: str, one: Shares) -> tuple[Cell, ...]:
    values = [float(getattr(one, part)) for part in PARTS]
    return (
        name_cell(context, name),
        *(Cell(text=f"{number(value * 100, 0)} %", sort=value) for value in values),
        Cell(text=f"{one.n_features} by {one.n_learners} by {one.n_splits}"),
    )


def _bars(named: list[tuple[str, Shares]]) -> Svg:
    import altair as alt

    frame = pd.DataFrame(
        [
            {"task": name, "part": part, "share": float(getattr(one, part)), "place": place}
            for name, one in named
            for place, part in enumerate(PARTS)
        ]
    )
    scale = alt.Scale(domain=list(PARTS), range=[colour(hue) for hue in HUES])
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="share of the variation", stack="zero"),
            y=alt.Y("task:N", title=None, sort=[name for name, _ in named]),
            color=alt.Color("part:N", title=None, scale=scale),
            order=alt.Order("place:Q"),
        )
        .properties(width=420, height=alt.Step(20))
    )
    return to_svg(chart, "factorial")
