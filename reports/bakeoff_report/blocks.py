"""Records that a section consists of. Sections return data, never HTML: the page escapes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from bakeoff.statistics.significance import ALPHA, holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakeoff_report.charts import Drawing, Svg


FINDINGS_ORDER = 10
"""Sections of a lower order come before the findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Sentence at the top of the page.

    Args:
        topic: one or two words, such as `Images`.
        claim: the sentence if the difference is significant.
        otherwise: the sentence if it is not; None for a count, which needs no test.
        p: p value of the claim, corrected with those of all findings (Holm); None without a test.
        tone: `good`, `bad` or `plain`; undecided findings have a tone of their own.
        is_urgent: whether it comes first, since it changes how the others are read.
        leads: whether it is the headline, next after urgent findings.
    """

    topic: str
    claim: str
    otherwise: str | None = None
    p: float | None = None
    tone: str = "plain"
    is_urgent: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Paragraph."""

    kind: ClassVar[str] = "prose"
    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Column of a table; `text` columns are aligned left, `number` columns right."""

    title: str
    align: str = "number"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Cell of a table.

    Args:
        text: its text.
        sub: a smaller line below.
        mark: a sign after the text, such as `=`.
        meaning: the mark in words, for screen readers.
        tone: `good`, `bad`, `strong`, `muted` or `plain`.
        source: a source of features whose colour to show before the text.
        sort: the number to sort by, if the text is no number.
        p: p value of the difference that the cell shows; its table keeps the tone only where the
            difference is significant among all of the table (Holm). None without a test.
        links: texts after it, each with its target: `#an-id`, or a file beside the page.
    """

    text: str
    sub: str = ""
    mark: str = ""
    meaning: str = ""
    tone: str = "plain"
    source: str = ""
    sort: float | None = None
    p: float | None = None
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Table; the first cell of each row is its header.

    Args:
        caption: its title.
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

    def __post_init__(self) -> None:
        """Take the tone of differences that are not significant among those of the table."""
        adjusted = iter(holm([math.nan if c.p is None else c.p for row in self.rows for c in row]))
        object.__setattr__(
            self, "rows", tuple(tuple(_toned(c, next(adjusted)) for c in row) for row in self.rows)
        )


def _toned(cell: Cell, adjusted_p: float) -> Cell:
    return replace(cell, tone="plain") if adjusted_p > ALPHA else cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Chart with its caption; `alt` describes it in words."""

    kind: ClassVar[str] = "figure"
    svg: Svg | Drawing
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
    """Blocks that open on click, or when a link leads to their anchor.

    Args:
        summary: the text that is always visible.
        blocks: what it opens to.
        anchor: an id for links, unique in the page.
        on_paper: whether it is open in print.
    """

    kind: ClassVar[str] = "details"
    summary: str
    blocks: tuple[Block, ...]
    anchor: str = ""
    on_paper: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Row of a dataset: a text, a picture or a drawing.

    Args:
        caption: the row, and predictions for it.
        text: its text; empty if it is no text.
        png: its picture as a PNG file; empty if it is no picture.
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
    """One of the tables of a board.

    Args:
        table: the table.
        label: name of the choice, such as `Images`.
        group: name of a group of choices, such as `Input kind`; empty for the table of everything.
        summary: the text of the closed table, if the page runs no script.
    """

    table: Table
    label: str
    group: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Tables of which readers choose one at a time, and whose rows they search.

    Args:
        views: at least one, those of a group next to each other.
        start: index of the view that is shown first.
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
        """Views with their indices; the one that is shown first comes first."""
        return sorted(enumerate(self.views), key=lambda item: item[0] != self.start)

    @property
    def groups(self) -> dict[str, list[tuple[int, View]]]:
        """Views with their indices, by group."""
        by_group: dict[str, list[tuple[int, View]]] = {}
        for index, view in enumerate(self.views):
            by_group.setdefault(view.group, []).append((index, view))
        return by_group


Block = Prose | Table | Figure | Facts | Code | Details | Board | Examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Part of the page with a heading.

    Args:
        title: its heading.
        order: its position; built-in sections use 5 to 100, and those below 10 come before the
            findings.
        lead: one or two sentences below the heading that say how to read it.
        blocks: its content.
        findings: sentences for the top of the page, which link to this section.
    """

    title: str
    order: int
    lead: str = ""
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_first(self) -> bool:
        """Whether it comes before the findings."""
        return self.order < FINDINGS_ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Finding as the page shows it."""

    topic: str
    text: str
    tone: str
    anchor: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Section with the id that links lead to."""

    anchor: str
    section: Section


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield every block, also those inside others; a board yields its tables."""
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from walk(block.blocks)
        elif isinstance(block, Board):
            yield from (view.table for _, view in block.shown)
