"""Dumbbell plots: train, validation and test score of a method on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.records import PARTS, SOURCES
from bakeoff_report.charts import Svg, colour, drawn_late
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.words import Names, label

if TYPE_CHECKING:
    from bakeoff_report.model.gaps import Gap

WIDTH = 245
N_COLUMNS = 2
ROW = 22


@drawn_late
def dumbbells(gaps: list[Gap], names: Names, prefix: str, metric: str, *, tasks: list[str]) -> Svg:
    """Draw the gaps of one metric, one panel per task."""
    import altair as alt

    frame = pd.DataFrame([point for gap in gaps for point in _points(gap, names)])
    hues = list(dict.fromkeys(frame["hue"]))
    hue = alt.Color("hue:N", scale=alt.Scale(domain=hues, range=hues), legend=None)
    x = alt.X(
        "value:Q",
        title=metric,
        scale=alt.Scale(zero=False, padding=8, nice=False),
        axis=alt.Axis(tickCount=5),
    )
    y = alt.Y(
        "row:N",
        title=None,
        sort=list(dict.fromkeys(frame["row"])),
        axis=alt.Axis(ticks=False, domain=False),
    )
    shape = alt.Shape(
        "part:N",
        title=None,
        scale=alt.Scale(domain=list(PARTS), range=["circle", "diamond", "square"]),
        legend=alt.Legend(symbolStrokeColor=colour("ink"), symbolFillColor=colour("paper")),
    )
    fill = alt.Fill("fill:N", scale=None)
    base = alt.Chart(frame).encode(y=y)
    bars = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        x=alt.X("min(value):Q", title=metric), x2="max(value):Q", color=hue
    )
    dots = base.mark_point(size=70, strokeWidth=2, opacity=1).encode(
        x=x, color=hue, shape=shape, fill=fill
    )
    layered = alt.layer(bars, dots).properties(width=WIDTH, height=alt.Step(ROW))
    panels = [label(names(task)) for task in tasks]
    header = alt.Header(labelOrient="top", labelAnchor="start")
    chart = (
        layered.facet(
            facet=alt.Facet("task:N", sort=panels, title=None, header=header),
            columns=min(len(panels), N_COLUMNS),
        )
        .resolve_scale(y="independent")
        .resolve_axis(x="independent")
    )
    return to_svg(chart.properties(spacing=18), prefix)


def _points(gap: Gap, names: Names) -> list[dict[str, object]]:
    hue = colour(gap.source if gap.source in SOURCES else "ink")
    row = label(names(gap.method), 22)
    return [
        {
            "task": label(names(gap.task)),
            "row": row,
            "part": part,
            "value": getattr(gap, part),
            "hue": hue,
            "fill": hue if part == "test" else colour("paper"),
        }
        for part in PARTS
        if pd.notna(getattr(gap, part))
    ]
