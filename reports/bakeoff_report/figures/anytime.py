"""Anytime curves: the best validation score so far over the time of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff_report.charts import Svg, colour
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.words import label

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.words import Names

MOST_TASKS, MOST_METHODS = 9, 6
WIDTH, HEIGHT, N_COLUMNS = 250, 140, 3
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [1, 3], [10, 4])
HUES = ("accent", "ink", "muted", "manual", "embedded", "end_to_end")


def curves(frame: pd.DataFrame, names: Names, prefix: str) -> Svg:
    """Draw one panel per task, one line per method with its range over splits; log time axis."""
    import altair as alt

    tasks = list(dict.fromkeys(frame["task"]))[:MOST_TASKS]
    methods = list(dict.fromkeys(frame["method"]))[:MOST_METHODS]
    shown = frame[frame["task"].isin(tasks) & frame["method"].isin(methods)]
    shown = shown.assign(
        task=[label(names(task), 30) for task in shown["task"]],
        method=[label(names(method), 26) for method in shown["method"]],
    )
    order = [label(names(method), 26) for method in methods]
    hues = [colour(HUES[i % len(HUES)]) for i in range(len(order))]
    hue = alt.Color("method:N", title=None, scale=alt.Scale(domain=order, range=hues))
    x = alt.X("at_s:Q", title="seconds", scale=alt.Scale(type="log", nice=False))
    y = alt.Y("middle:Q", title="best on validation", scale=alt.Scale(zero=False))
    base = alt.Chart(shown)
    band = base.mark_area(opacity=0.18, interpolate="step-after").encode(
        x=x, y=alt.Y("low:Q", title="best on validation"), y2="high:Q", color=hue
    )
    dashes = [list(DASHES[i % len(DASHES)]) for i in range(len(order))]
    line = base.mark_line(strokeWidth=2, interpolate="step-after").encode(
        x=x,
        y=y,
        color=hue,
        strokeDash=alt.StrokeDash(
            "method:N", title=None, scale=alt.Scale(domain=order, range=dashes)
        ),
    )
    layered = alt.layer(band, line).properties(width=WIDTH, height=HEIGHT)
    panels = [label(names(task), 30) for task in tasks]
    header = alt.Header(labelOrient="top", labelAnchor="start")
    chart = layered.facet(
        facet=alt.Facet("task:N", sort=panels, title=None, header=header),
        columns=min(len(panels), N_COLUMNS),
    ).resolve_scale(x="independent", y="independent")
    return to_svg(chart.properties(spacing=18), prefix)
