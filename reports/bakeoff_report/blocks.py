"""What a section is made of. Sections hand over data, never HTML: the page escapes all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from bakeoff.statistics import Interval
    from bakeoff_report.charts import Svg


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
    """

    topic: str
    claim: str
    otherwise: str | None = None
    interval: Interval | None = None
    tone: str = "plain"
    is_urgent: bool = False


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
    """

    text: str
    sub: str = ""
    mark: str = ""
    meaning: str = ""
    tone: str = "plain"
    source: str = ""
    sort: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first cell of each row is its header."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


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
    """Blocks that open on demand."""

    kind: ClassVar[str] = "details"
    summary: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A leaderboard that the page can filter and rank again.

    Args:
        table: what readers without scripts see, and all see first.
        data: the numbers behind it, see `bakeoff_report.embed`; anything that JSON can hold.
    """

    kind: ClassVar[str] = "board"
    table: Table
    data: dict[str, Any]


Block = Prose | Table | Figure | Facts | Code | Details | Board


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page.

    Args:
        title: its heading.
        order: where it stands; the built-in ones use 10 to 100.
        lead: one or two sentences below the heading that say how to read it.
        blocks: what it shows.
        findings: sentences for the top of the page; their evidence is this section.
    """

    title: str
    order: int
    lead: str = ""
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
