"""Small line charts written as SVG by hand, since Altair is too slow for one per trial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from bakeoff_report.charts import Svg
from bakeoff_report.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 84, 10, 38
N_TICKS = 4
TEXT_LINE = 12

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points of one line.

    Args:
        name: label at the last point; no label if empty.
        points: finite x and y.
        colour: a name of `bakeoff_report.charts.HUES`.
        dashed: whether the line is dashed.
        is_line: whether to join the points; else one dot each.
    """

    name: str
    points: Sequence[Point]
    colour: str = "ink"
    dashed: bool = False
    is_line: bool = True


def small_chart(
    series: Sequence[Series],
    *,
    x: str,
    y: str,
    mark: float | None = None,
    square: bool = False,
    ends: Point | None = None,
) -> Svg:
    """Draw series over shared axes; return empty markup without any point.

    Args:
        series: what to draw.
        x: title of the horizontal axis.
        y: title of the vertical axis.
        mark: x of a vertical line; None for none.
        square: whether both axes have the same ends, with their diagonal drawn.
        ends: ends of both axes; None for those of the points.
    """
    points = [p for s in series for p in s.points]
    if not points:
        return Svg("")
    xs, ys = _ends([p[0] for p in points]), _ends([p[1] for p in points])
    if ends:
        xs = ys = ends
    elif square:
        xs = ys = (min(xs[0], ys[0]), max(xs[1], ys[1]))
    parts = [*_axis(xs, ys, x, y)]
    if square:
        parts.append(_line([(xs[0], xs[0]), (xs[1], xs[1])], xs, ys, "muted", dashed=True))
    if mark is not None and xs[0] <= mark <= xs[1]:
        parts.append(_line([(mark, ys[0]), (mark, ys[1])], xs, ys, "muted", dashed=True))
    for s, height in zip(series, _label_heights(series, ys), strict=True):
        parts += _series_parts(s, xs, ys, height)
    return Svg(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-size="11" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def _escaped(text: str) -> str:
    return escape(label(text))


def _ends(values: Sequence[float]) -> Point:
    low, high = min(values), max(values)
    room = (high - low) * 0.05 or max(abs(low) * 0.05, 0.5)
    return (low - room, high + room)


def _pixel(point: Point, xs: Point, ys: Point) -> Point:
    across = (point[0] - xs[0]) / (xs[1] - xs[0])
    up = (point[1] - ys[0]) / (ys[1] - ys[0])
    return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)


def _pixels(series: Series, xs: Point, ys: Point) -> list[Point]:
    return [_pixel(p, xs, ys) for p in series.points]


def _line(points: Sequence[Point], xs: Point, ys: Point, hue: str, *, dashed: bool = False) -> str:
    pixels = [_pixel(p, xs, ys) for p in points]
    path = "L".join(f"{across:.1f},{down:.1f}" for across, down in pixels)
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="M{path}" fill="none" stroke="var(--{hue})" stroke-width="1.5"{dash}/>'


def _series_parts(series: Series, xs: Point, ys: Point, height: float) -> list[str]:
    if not series.points:
        return []
    hue = series.colour.replace("_", "-")
    if not series.is_line:
        # Lines of no length with round ends are dots, in one element.
        dots = "".join(f"M{across:.0f},{down:.0f}h0" for across, down in _pixels(series, xs, ys))
        look = 'stroke-width="5" stroke-linecap="round" stroke-opacity="0.6"'
        return [f'<path d="{dots}" fill="none" stroke="var(--{hue})" {look}/>']
    parts = [_line(series.points, xs, ys, hue, dashed=series.dashed)]
    if series.name:
        left = WIDTH - RIGHT + 4
        parts.append(
            f'<text x="{left}" y="{height:.1f}" fill="var(--{hue})">{_escaped(series.name)}</text>'
        )
    return parts


def _label_heights(series: Sequence[Series], ys: Point) -> list[float]:
    """Return vertical positions of the labels at the last points, moved so as not to overlap.

    Labels move down from those above them, and up again from the bottom of the chart.
    """
    heights = [_pixel((0, s.points[-1][1]), (0, 1), ys)[1] + 4 if s.points else 0.0 for s in series]
    named = sorted((i for i, s in enumerate(series) if s.points), key=heights.__getitem__)
    above = -math.inf
    for i in named:
        above = heights[i] = max(heights[i], above + TEXT_LINE)
    below = float(HEIGHT - BOTTOM + TEXT_LINE)
    for i in reversed(named):
        below = heights[i] = min(heights[i], below - TEXT_LINE)
    return heights


def _axis(xs: Point, ys: Point, x: str, y: str) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    middle, half = (LEFT + right) / 2, (TOP + bottom) / 2
    title = 'text-anchor="middle" fill="var(--muted)"'
    parts = [
        f'<path d="M{LEFT},{TOP}V{bottom}H{right}" fill="none" stroke="var(--line)"/>',
        f'<text x="{middle}" y="{HEIGHT - 4}" {title}>{_escaped(x)}</text>',
        f'<text transform="translate(11,{half}) rotate(-90)" {title}>{_escaped(y)}</text>',
    ]
    for tick in _ticks(xs):
        pixel = _pixel((tick, ys[0]), xs, ys)[0]
        parts.append(
            f'<text x="{pixel:.1f}" y="{bottom + 14}" text-anchor="middle" '
            f'fill="var(--ink)">{tick:g}</text>'
        )
    for tick in _ticks(ys):
        pixel = _pixel((xs[0], tick), xs, ys)[1]
        parts.append(
            f'<text x="{LEFT - 5}" y="{pixel + 4:.1f}" text-anchor="end" '
            f'fill="var(--ink)">{tick:g}</text>'
        )
    return parts


def _ticks(ends: Point) -> list[float]:
    """Return round numbers between the ends of an axis."""
    step = 10 ** math.floor(math.log10((ends[1] - ends[0]) / N_TICKS))
    for factor in (1, 2, 5, 10):
        if (ends[1] - ends[0]) / (step * factor) <= N_TICKS:
            step *= factor
            break
    first = math.ceil(ends[0] / step)
    return [float(f"{k * step:.10g}") for k in range(first, math.floor(ends[1] / step) + 1)]
