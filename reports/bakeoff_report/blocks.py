"""What a section is made of. Sections hand over data, never HTML: the page escapes all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.charts import Svg


FINDINGS_ORDER = 10
"""Sections of a lower order stand before the findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence for the top of the page.

    Args:
        topic: one or two words, such as `Images`.
        claim: what to say where the data carry it.
        otherwise: what to say where they don't; None for a count, which needs no test.
        interval: what the claim rests on; its `p` joins the report's one Holm family.
        tone: `good`, `bad` or `plain`; undecided findings have a tone of their own.
        is_urgent: whether it goes before all others, since it changes how they are read.
        leads: whether it is the headline, next after what is urgent.
    """

    topic: str
    claim: str
    otherwise: str | None = None
    interval: Interval | None = None
    tone: str = "plain"
    is_urgent: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A paragraph."""

    kind: ClassVar[str] = "prose"
    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `text` columns hold words from anywhere, `number` columns are set flush right."""

    title: str
    align: str = "number"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell.

    Args:
        text: what stands in it.
        sub: a smaller line below.
        mark: a sign behind the text, such as `=`.
        meaning: the mark in words, for those who hear the page.
        tone: `good`, `bad`, `strong`, `muted` or `plain`.
        source: a source of features whose colour to show before the text.
        sort: the number to sort by, where the text is none.
        links: words after the text, each with where it leads: `#an-id`, or a file beside the page.
    """

    text: str
    sub: str = ""
    mark: str = ""
    meaning: str = ""
    tone: str = "plain"
    source: str = ""
    sort: float | None = None
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first cell of each row is its header.

    Args:
        caption: what it shows.
        columns: from left to right.
        rows: cells in the order of the columns.
        note: below the table.
        is_sortable: whether readers may sort it by a column.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    is_sortable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart with its caption; `alt` says in words what it shows."""

    kind: ClassVar[str] = "figure"
    svg: Svg
    caption: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values side by side."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Text to be copied as it is."""

    kind: ClassVar[str] = "code"
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Blocks that open on demand, or when a link leads to their anchor.

    Args:
        summary: what stands there while it is closed.
        blocks: what it holds.
        anchor: an id for links, unique in the page.
        on_paper: whether it is opened for print.
    """

    kind: ClassVar[str] = "details"
    summary: str
    blocks: tuple[Block, ...]
    anchor: str = ""
    on_paper: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of somebody's data.

    Args:
        caption: what it is, and what was said of it.
        text: its words; empty if it is no text.
        png: its picture as a PNG file; empty if it is none.
        svg: its drawing; None if it has none.
    """

    caption: str
    text: str = ""
    png: bytes = b""
    svg: Svg | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Pictures, texts or drawings side by side."""

    kind: ClassVar[str] = "examples"
    caption: str
    items: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One of the tables that a board offers.

    Args:
        table: to show.
        label: what readers choose, such as `Images`.
        group: what it is a choice of, such as `Input kind`; empty for the table of everything.
        summary: what stands for the table while it is closed, where the page runs no script.
    """

    table: Table
    label: str
    group: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Tables of which readers choose one at a time, and whose rows they search.

    Args:
        views: to choose from, at least one, those of a group side by side.
        start: place of the view that is shown first.
    """

    kind: ClassVar[str] = "board"
    views: tuple[View, ...]
    start: int = 0

    @property
    def table(self) -> Table:
        """The table that is shown first."""
        return self.views[self.start].table

    @property
    def shown(self) -> list[tuple[int, View]]:
        """Views with their places, the one that is shown first before the others."""
        return sorted(enumerate(self.views), key=lambda one: one[0] != self.start)

    @property
    def groups(self) -> dict[str, list[tuple[int, View]]]:
        """Views with their places, by group."""
        found: dict[str, list[tuple[int, View]]] = {}
        for place, view in enumerate(self.views):
            found.setdefault(view.group, []).append((place, view))
        return found


Block = Prose | Table | Figure | Facts | Code | Details | Board | Examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page.

    Args:
        title: its heading.
        order: where it stands; the built-in ones use 5 to 100, and below 10 stands before the
            findings.
        lead: one or two sentences below the heading that say how to read it.
        blocks: what it shows.
        findings: sentences for the top of the page; their evidence is this section.
    """

    title: str
    order: int
    lead: str = ""
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_first(self) -> bool:
        """Whether it stands before the findings."""
        return self.order < FINDINGS_ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A finding as it is shown, in the order of the page."""

    topic: str
    text: str
    tone: str
    anchor: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A section with the id that links lead to."""

    anchor: str
    section: Section


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block, those inside others too; a board gives its tables."""
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from walk(block.blocks)
        elif isinstance(block, Board):
            yield from (view.table for _, view in block.shown)
