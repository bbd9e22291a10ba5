"""Pareto fronts: score over training time, with a line through the best methods."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from bakeoff.records import SOURCES
from bakeoff_report.charts import Svg, colour, drawn_late, source_scale
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.words import Names, label, spoken

if TYPE_CHECKING:
    import altair as alt

    from bakeoff_report.figures.altair_svg import Chart
    from bakeoff_report.model.records import Standing

WIDTH, HEIGHT, N_COLUMNS = 330, 220, 2
MARGIN = 0.1
LETTER, LINE, POINT = 6.4, 14.0, 6.0

Align = Literal["left", "right"]
LabelPosition = tuple[Align, float, float]
POSITIONS: tuple[LabelPosition, ...] = (
    ("right", -5.0, -11.0),
    ("left", 7.0, 12.0),
    ("right", -9.0, 1.0),
    ("left", 9.0, 1.0),
    ("left", 6.0, -11.0),
)
"""Alignment and offset in pixels of a label from its point, best first: the line goes right and
then up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Methods of one input kind, and which of them are on the front."""

    title: str
    board: list[Standing]
    front: set[str]


@dataclass(frozen=True, slots=True)
class Box:
    """Rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Return True if the two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@drawn_late
def fronts(panels: list[Panel], names: Names, prefix: str) -> Svg:
    """Draw one panel per input kind, two side by side."""
    import altair as alt

    present = {s.source for panel in panels for s in panel.board}
    sources = [s for s in SOURCES if s in present]
    charts = [_panel(panel, names, sources) for panel in panels]
    return to_svg(alt.concat(*charts, columns=N_COLUMNS).properties(spacing=26), prefix)


def _panel(panel: Panel, names: Names, sources: list[str]) -> Chart:
    import altair as alt

    frame = _frame(panel, names)
    x_ends, y_ends = _ends(frame["place"]), _ends(frame["value"])
    x = alt.X(
        "seconds:Q",
        title="seconds of training, all tasks (log scale)",
        scale=alt.Scale(type="log", nice=False, domain=[10**e for e in x_ends]),
        axis=alt.Axis(tickCount=4, format="~g", grid=False),
    )
    y = alt.Y(
        "value:Q",
        title="mean normalised score",
        scale=alt.Scale(zero=False, nice=False, domain=y_ends),
        axis=alt.Axis(tickCount=5),
    )
    hue = alt.Color("source:N", title=None, scale=source_scale(sources))
    shape = alt.Shape("source:N", title=None, scale=source_scale(sources, as_shape=True))
    front = frame[frame["front"]].sort_values("seconds")
    line = alt.Chart(front).mark_line(
        color=colour("muted"), strokeWidth=1.5, interpolate="step-after"
    )
    points = alt.Chart(frame).mark_point(size=75, filled=True, opacity=0.95)
    texts = [
        alt.Chart(pd.DataFrame(rows))
        .mark_text(align=align, dx=dx, dy=dy)
        .encode(x=x, y=y, text="method:N")
        for (align, dx, dy), rows in _labels(frame, x_ends, y_ends).items()
    ]
    return alt.layer(
        line.encode(x=x, y=y), points.encode(x=x, y=y, color=hue, shape=shape), *texts
    ).properties(width=WIDTH, height=HEIGHT, title=_title(panel.title))


def _title(text: str) -> alt.TitleParams:
    import altair as alt

    return alt.TitleParams(text, anchor="start", fontSize=13, color=colour("ink"))


def _frame(panel: Panel, names: Names) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": [label(names(s.method), 26) for s in panel.board],
            "source": [spoken(s.source) for s in panel.board],
            "seconds": [s.train_s for s in panel.board],
            "place": [math.log10(s.train_s) for s in panel.board],
            "value": [s.normalised for s in panel.board],
            "front": [s.method in panel.front for s in panel.board],
        }
    )


def _ends(values: pd.Series[float]) -> list[float]:
    low, high = float(values.min()), float(values.max())
    room = (high - low) * MARGIN or MARGIN
    return [low - room, high + 1.5 * room]


def _labels(
    frame: pd.DataFrame, x_ends: list[float], y_ends: list[float]
) -> dict[LabelPosition, list[dict[str, object]]]:
    """Group the methods of the front by label position; leave out labels without room."""
    rows = frame.sort_values("value", ascending=False).to_dict("records")
    points = [
        (
            (row["place"] - x_ends[0]) / (x_ends[1] - x_ends[0]) * WIDTH,
            (y_ends[1] - row["value"]) / (y_ends[1] - y_ends[0]) * HEIGHT,
        )
        for row in rows
    ]
    occupied = [Box(x - POINT, y - POINT, x + POINT, y + POINT) for x, y in points]
    by_position: dict[LabelPosition, list[dict[str, object]]] = {}
    for row, (x, y) in zip(rows, points, strict=True):
        wide = LETTER * len(row["method"])
        for align, dx, dy in POSITIONS if row["front"] else ():
            left = x + dx if align == "left" else x + dx - wide
            box = Box(left, y + dy - LINE / 2, left + wide, y + dy + LINE / 2)
            inside = box.left >= 0 and box.right <= WIDTH and box.top >= 0 and box.bottom <= HEIGHT
            if inside and not any(box.overlaps(other) for other in occupied):
                occupied.append(box)
                by_position.setdefault((align, dx, dy), []).append(
                    {str(k): v for k, v in row.items()}
                )
                break
    return by_position
