"""Forest plots: differences with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.records import LEARNED_SOURCES, SOURCES
from bakeoff_report.charts import Svg, colour, drawn_late
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.words import Names, label, spoken

if TYPE_CHECKING:
    import altair as alt

    from bakeoff_report.model.source_contrasts import Contrast

MOST_ROWS = 60
WIDTH = 260
N_COLUMNS = 2
ROW = 22


@drawn_late
def forest(contrasts: list[Contrast], names: Names, prefix: str) -> Svg:
    """Draw contrasts of one unit, one panel per pair of sources; at most 60 rows."""
    import altair as alt

    shown = contrasts[:MOST_ROWS]
    frame = pd.DataFrame([_point(contrast, names) for contrast in shown])
    order = list(dict.fromkeys(frame["row"]))
    title = f"difference in {shown[0].unit.name}"
    x = alt.X(
        "estimate:Q",
        title=title,
        scale=alt.Scale(zero=True, nice=True),
        axis=alt.Axis(tickCount=7),
    )
    y = alt.Y("row:N", title=None, sort=order, axis=alt.Axis(ticks=False, domain=False))
    base = alt.Chart(frame).encode(y=y)
    zero = (
        alt.Chart(frame).mark_rule(color=colour("muted"), strokeDash=[3, 3]).encode(x=alt.datum(0))
    )
    bars = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", title=title), x2="high:Q", color=_hue(frame)
    )
    points = base.mark_point(size=85, strokeWidth=2.5, opacity=1).encode(
        x=x, color=_hue(frame), fill=alt.Fill("fill:N", scale=None)
    )
    panels = list(dict.fromkeys(frame["panel"]))
    layered = alt.layer(zero, bars, points).properties(width=WIDTH, height=alt.Step(ROW))
    header = alt.Header(labelOrient="top", labelAnchor="start")
    chart = (
        layered.facet(
            facet=alt.Facet("panel:N", sort=panels, title=None, header=header),
            columns=min(len(panels), N_COLUMNS),
        )
        .resolve_scale(y="independent")
        .resolve_axis(x="independent")
    )
    return to_svg(chart.properties(spacing=18), prefix)


def _hue(frame: pd.DataFrame) -> alt.Color:
    import altair as alt

    hues = list(dict.fromkeys(frame["hue"]))
    return alt.Color("hue:N", scale=alt.Scale(domain=hues, range=hues), legend=None)


def _point(contrast: Contrast, names: Names) -> dict[str, object]:
    interval, factor = contrast.interval, contrast.unit.factor
    # Manual is in every panel: the colour is that of the other source.
    compared = contrast.second if contrast.first == "manual" else contrast.first
    hue = colour(compared if compared in SOURCES else LEARNED_SOURCES[0])
    has_interval = interval.is_known
    return {
        "row": label(names(contrast.tasks[0]), 22),
        "panel": f"{spoken(contrast.first)} against {spoken(contrast.second)}",
        "estimate": interval.estimate * factor,
        "low": (interval.low if has_interval else interval.estimate) * factor,
        "high": (interval.high if has_interval else interval.estimate) * factor,
        "hue": hue,
        "fill": hue if interval.is_clear else colour("paper"),
    }
