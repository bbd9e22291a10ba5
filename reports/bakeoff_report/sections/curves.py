"""Scores over a number: sizes, depths, epochs; one line a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff_report.charts import Svg, colour, to_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, N_COLUMNS = 330, 200, 2
MOST_PANELS = 12
HUES = ("accent", "ink", "muted")
"""Lines differ in dash and mark as well, so that no one needs colours to tell them apart."""

LINES = "split(datum.value, '\\n')"
"""A panel's name may have two lines."""


def curves(
    points: Sequence[dict[str, object]], prefix: str, *, x_title: str, y_title: str, log: bool
) -> Svg:
    """Draw lines, one panel a `panel`, one line a `line`, with bands where they are known.

    Args:
        points: panel, line, x, y, low, high; low and high are y where there is no interval.
        prefix: unique in the page.
        x_title: of the shared axis.
        y_title: of each panel's axis.
        log: whether the horizontal axis is logarithmic.
    """
    import altair as alt

    frame = pd.DataFrame(list(points))
    panels = list(dict.fromkeys(frame["panel"]))[:MOST_PANELS]
    frame = frame[frame["panel"].isin(panels)]
    scale = alt.Scale(type="log" if log else "linear", nice=False, zero=False)
    x = alt.X("x:Q", title=x_title, scale=scale, axis=alt.Axis(grid=False, tickCount=5))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    lines = list(dict.fromkeys(frame["line"]))
    hues = [colour(HUES[i % len(HUES)]) for i in range(len(lines))]
    hue = alt.Scale(domain=lines, range=hues)
    told = alt.Color("line:N", title=None, scale=hue)
    line = alt.StrokeDash("line:N", title=None, scale=alt.Scale(domain=lines))
    shape = alt.Shape("line:N", title=None, scale=alt.Scale(domain=lines))
    base = alt.Chart(frame)
    band = base.mark_rule(strokeWidth=1.2, opacity=0.7).encode(
        x=x, y=alt.Y("low:Q", title=y_title), y2="high:Q", color=told
    )
    course = base.mark_line(strokeWidth=1.6).encode(x=x, y=y, color=told, strokeDash=line)
    marks = base.mark_point(size=45, filled=True, opacity=1).encode(
        x=x, y=y, shape=shape, color=told
    )
    layered = alt.layer(band, course, marks).properties(width=WIDTH, height=HEIGHT)
    header = alt.Header(labelOrient="top", labelAnchor="start", labelExpr=LINES)
    chart = layered.facet(
        facet=alt.Facet("panel:N", sort=panels, title=None, header=header),
        columns=min(len(panels), N_COLUMNS),
    ).resolve_scale(x="independent", y="independent")
    return to_svg(chart.properties(spacing=20), prefix)
