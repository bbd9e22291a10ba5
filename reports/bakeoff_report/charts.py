"""Colours, shapes and markup that all charts of the page share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial, wraps
from typing import TYPE_CHECKING, ParamSpec

from bakeoff.records import SOURCES
from bakeoff_report.words import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

P = ParamSpec("P")

HUES = ("ink", "muted", "line", "paper", "accent", *SOURCES)
SHAPES = (
    "cross", "square", "triangle-down", "circle", "diamond", "triangle-up", "triangle-right",
    "triangle-left", "M0,-1.4L.4,-.4L1.4,-.4L.6,.2L.9,1.3L0,.6L-.9,1.3L-.6,.2L-1.4,-.4L-.4,-.4Z",
)  # fmt: skip


class Svg(str):
    """Markup made by `to_svg`, which the page inserts without escaping."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the markup itself, so that Jinja does not escape it."""
        return str(self)


@dataclass(frozen=True)
class Drawing:
    """Chart that is drawn when its markup is first read; `report.json` needs none.

    Args:
        draw: makes the markup.
    """

    draw: Callable[[], Svg]

    @cached_property
    def markup(self) -> Svg:
        """The drawn chart."""
        return self.draw()

    def __html__(self) -> str:
        """Return the markup itself, so that Jinja does not escape it."""
        return str(self.markup)

    __str__ = __html__


def drawn_late(draw: Callable[P, Svg]) -> Callable[P, Drawing]:
    """Make a function that draws a chart return a `Drawing` instead."""

    @wraps(draw)
    def later(*args: P.args, **kwargs: P.kwargs) -> Drawing:
        return Drawing(partial(draw, *args, **kwargs))

    return later


def colour(name: str) -> str:
    """Return a placeholder that `to_svg` replaces by the page's colour, light or dark."""
    return f"#0{HUES.index(name):x}ba5e"[:7]


def source_scale(sources: list[str], *, as_shape: bool = False) -> alt.Scale:
    """Return the scale that gives a source the same colour, or shape, in every chart."""
    import altair as alt

    values = [SHAPES[SOURCES.index(s)] if as_shape else colour(s) for s in sources]
    return alt.Scale(domain=[spoken(s) for s in sources], range=values)
