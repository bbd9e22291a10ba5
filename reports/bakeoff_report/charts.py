"""Colours, shapes and markup of charts, alike on the whole page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.records import SOURCES
from bakeoff_report.words import spoken

if TYPE_CHECKING:
    import altair as alt

HUES = ("ink", "muted", "line", "paper", "accent", *SOURCES)
SHAPES = (
    "cross", "square", "triangle-down", "circle", "diamond", "triangle-up", "triangle-right",
    "triangle-left", "M0,-1.4L.4,-.4L1.4,-.4L.6,.2L.9,1.3L0,.6L-.9,1.3L-.6,.2L-1.4,-.4L-.4,-.4Z",
)  # fmt: skip


class Svg(str):
    """Markup that `to_svg` made and that the page may insert as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell Jinja that this is markup."""
        return str(self)


def colour(name: str) -> str:
    """A stand-in colour that `to_svg` replaces by the page's own, for light and dark."""
    return f"#0{HUES.index(name):x}ba5e"[:7]


def source_scale(sources: list[str], *, as_shape: bool = False) -> alt.Scale:
    """The same colour, or shape, for a source in every chart of the page."""
    import altair as alt

    values = [SHAPES[SOURCES.index(s)] if as_shape else colour(s) for s in sources]
    return alt.Scale(domain=[spoken(s) for s in sources], range=values)
