"""Variance of scores explained by features, learners and their interaction (ANOVA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.statistics.anova import Shares, crossing_of, pooled, shares
from bakeoff_report.blocks import Cell, Column, Figure, Section, Table
from bakeoff_report.cells import name_cell
from bakeoff_report.charts import Svg, colour, drawn_late
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
    """Plot and tabulate the shares, by task and pooled; None without a full crossing."""
    by_task: dict[str, Shares] = {}
    for task, rows in context.main.groupby("task", sort=False):
        cube = crossing_of(rows)
        of_task = None if cube is None else shares(cube)
        if of_task is not None:
            by_task[str(task)] = of_task
    if not by_task:
        return None
    pooled_shares = pooled(list(by_task.values()))
    named = [(context.names(task), of_task) for task, of_task in by_task.items()]
    if pooled_shares is not None and len(by_task) > 1:
        named.append((f"mean of {len(by_task)} tasks", pooled_shares))
    columns = (
        Column(title="Task", align="text"),
        *(Column(title=part.capitalize()) for part in PARTS),
        Column(title="Crossing", align="text", note="features by learners by splits"),
    )
    lines = tuple(_row(context, name, of_task) for name, of_task in named)
    caption = "Shares of the variation of test scores"
    figure = Figure(svg=_bars(named[-MOST_TASKS:]), caption=caption, alt=f"{caption}, as tabled.")
    table = Table(caption=caption, columns=columns, rows=lines)
    return Section(title="Features or learner?", order=34, lead=LEAD, blocks=(figure, table))


def _row(context: ReportContext, name: str, of_task: Shares) -> tuple[Cell, ...]:
    values = [float(getattr(of_task, part)) for part in PARTS]
    return (
        name_cell(context, name),
        *(Cell(text=f"{number(value * 100, 0)} %", sort=value) for value in values),
        Cell(text=f"{of_task.n_features} by {of_task.n_learners} by {of_task.n_splits}"),
    )


@drawn_late
def _bars(named: list[tuple[str, Shares]]) -> Svg:
    import altair as alt

    frame = pd.DataFrame(
        [
            {"task": name, "part": part, "share": float(getattr(of_task, part)), "place": index}
            for name, of_task in named
            for index, part in enumerate(PARTS)
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
