"""Line charts of scores over a number, such as size, depth or epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff_report.charts import Svg, colour
from bakeoff_report.figures.altair_svg import to_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, N_COLUMNS = 330, 200, 2
WIDTH_ALONE = 560
MOST_PANELS = 12
HUES = ("accent", "ink", "muted")
"""Lines differ in dash and mark as well, so that colours are not needed to distinguish them."""

LINES = "split(datum.value, '\\n')"
"""Vega expression: the name of a panel may have two lines."""

ROUND = "indexof('13', substring(format(datum.value, 'e'), 0, 1)) < 0 ? '' : datum.label"
"""Vega expression: on a log axis only 1, 3, 10, 30 and so on have a label."""


def curves(
    points: Sequence[dict[str, object]], prefix: str, *, x_title: str, y_title: str, log: bool
) -> Svg:
    """Draw one panel per `panel` and one line per `line`, with intervals where there are any.

    Args:
        points: panel, line, x, y, low, high and, for lines of a source, its colour as `hue`; low
            and high are y if there is no interval.
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
    ticks = alt.Axis(grid=False, labelExpr=ROUND) if log else alt.Axis(grid=False, tickCount=5)
    x = alt.X("x:Q", title=x_title, scale=scale, axis=ticks)
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    by_line = alt.Scale(domain=list(dict.fromkeys(frame["line"])))
    hues = alt.Scale(domain=by_line.domain, range=_hues(frame))
    legend = alt.Legend(title=None, symbolStrokeWidth=0)
    hue = alt.Color("line:N", scale=hues, legend=legend)
    line = alt.StrokeDash("line:N", scale=by_line, legend=legend)
    shape = alt.Shape("line:N", scale=by_line, legend=legend)
    base = alt.Chart(frame).encode(x=x, color=hue)
    band = base.mark_rule(strokeWidth=1.2).encode(y=alt.Y("low:Q", title=y_title), y2="high:Q")
    course = base.mark_line(strokeWidth=1.6).encode(y=y, strokeDash=line)
    marks = base.mark_point(size=45, filled=True, opacity=1).encode(y=y, shape=shape)
    width = WIDTH_ALONE if len(panels) == 1 else WIDTH
    layered = alt.layer(band, course, marks).properties(width=width, height=HEIGHT)
    header = alt.Header(labelOrient="top", labelAnchor="start", labelExpr=LINES)
    chart = layered.facet(
        facet=alt.Facet("panel:N", sort=panels, title=None, header=header),
        columns=min(len(panels), N_COLUMNS),
    ).resolve_scale(x="independent", y="independent")
    return to_svg(chart.properties(spacing=20), prefix)


def _hues(frame: pd.DataFrame) -> list[str]:
    """Return a colour for each line: its source's, or the next of `HUES`."""
    if "hue" in frame.columns:
        return [str(hue) for hue in frame.drop_duplicates("line")["hue"]]
    return [colour(HUES[i % len(HUES)]) for i in range(frame["line"].nunique())]
