"""Read from `report.json` what a page claims about differences between methods or sources.

A page that is worded anew may need new words here: tables that a reader of claims depends on are
checked for them, so that a claim is not missed in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSTANT = "constant"
"""Source of methods that guess, which are truly worse than all others."""

OTHER_VERDICTS = ("gap", "overfitting", "memorisation", "audit", "failures")
"""Sections whose verdicts are about a method or the data alone, not about a difference."""

ALPHA = 0.05
FIRST_SCREEN = ("findings", "winners")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Sentence, mark or colour by which a page tells two methods or sources apart.

    Args:
        part: `findings`, or the name of the section.
        kind: `sentence`, `mark`, or `interval` for an interval without 0 that the page itself
            marks as tied.
        place: caption of the table and header of the row.
        better: method or source that is said to be better; empty if that is not told.
        worse: the other one; empty for all others.
        text: the sentence or cell.
    """

    part: str
    kind: str
    place: str
    better: str = ""
    worse: str = ""
    text: str = ""

    @property
    def is_on_first_screen(self) -> bool:
        """Whether it stands among the findings or the results at a glance."""
        return self.part in FIRST_SCREEN

    @property
    def is_about_constant(self) -> bool:
        """Whether it says that a method is better than guessing."""
        return self.worse == CONSTANT


def claims_of(report: dict[str, Any]) -> list[Claim]:
    """Return every claim of a page, in its order.

    Args:
        report: content of `report.json`.

    Raises:
        LookupError: a table or sentence is not as expected, so that claims could be missed.
    """
    sections = {s["id"].removeprefix("section-"): s["tables"] for s in report["sections"]}
    ranked = [row[0] for table in sections["leaderboard"] for row in table["rows"]]
    methods = {_text(cell): _note(cell) for cell in ranked}
    constants = {CONSTANT, *(name for name, source in methods.items() if source == CONSTANT)}
    found = list(_findings(report["findings"], sections, sorted(set(methods) - constants)))
    for name, tables in sections.items():
        if name not in OTHER_VERDICTS:
            for table in tables:
                if name == "winners":
                    found += _winners(table, len(set(methods) - constants))
                else:
                    found += READERS.get(name, _coloured)(table, name)
    return [replace(c, worse=CONSTANT) if c.worse in constants else c for c in found]


def _findings(
    lines: list[dict[str, str]], sections: dict[str, Any], methods: list[str]
) -> Iterator[Claim]:
    sources = [name for table in sections.get("sources", ()) for name in table["columns"][2:]]
    names = [*methods, *sources, "learned"]
    for line in lines:
        section = line["evidence"].removeprefix("section-")
        if section in OTHER_VERDICTS or line["tone"] == "open":
            continue
        is_claim = line["tone"] in ("good", "bad") or section == "pareto"
        if section == "ranks":
            is_claim = _tells_ranks(line["text"], sections["ranks"], methods)
        if is_claim:
            better, worse = [*_named(line["text"], names), "", ""][:2]
            yield Claim(
                part="findings", kind="sentence", place=line["topic"], better=better,
                worse="" if section == "ranks" else worse, text=line["text"],
            )  # fmt: skip


def _named(text: str, names: list[str]) -> list[str]:
    """Return the names in a sentence by their first occurrence; its subject comes first."""
    lowered = text.lower()
    at = {
        name: match.start()
        for name in dict.fromkeys(names)
        if (match := re.search(rf"(?<![\w+]){re.escape(name.lower())}(?![\w+])", lowered))
    }
    return sorted(at, key=lambda name: at[name])


def _tells_ranks(text: str, tables: list[dict[str, Any]], methods: list[str]) -> bool:
    """Return True if the tests tell more methods from the best than constants."""
    match = re.search(r"the tests tell (none|every|[\d,]+)", text)
    if match is None:
        raise LookupError(f"the reader of claims does not know this sentence on ranks: {text}")
    if match[1] in ("none", "every"):
        return match[1] == "every"
    constants = [c for c in _ranks(tables[0], "ranks") if c.worse not in methods]
    return int(match[1].replace(",", "")) > len(constants)


def _winners(table: dict[str, Any], n_methods: int) -> Iterator[Claim]:
    """Yield for each row a lead that is coloured, and a winner that ties with some alone."""
    titles = [title.split(" (")[0] for title in table["columns"]]
    if not {"Highest", "Ahead of the next", "Nearly as good, and faster"} <= set(titles):
        raise LookupError(f"the reader of claims does not know these columns: {titles}")
    for cells in table["rows"]:
        row = dict(zip(titles, cells, strict=True))
        place, note = f"{table['caption']}: {_text(cells[0])}", _note(row["Highest"])
        winner = _text(row["Highest"])
        tied = re.search(r"tied with ([\d,]+)", note)
        known = ("clear of", "without a rival", "not tested", "not known")
        if tied is None and not any(words in note for words in known):
            raise LookupError(f"the reader of claims does not know this note: {note!r}")
        n_tied = int(tied[1].replace(",", "")) if tied else n_methods - 1
        if any(map(_tone, cells)) or "clear of" in note or n_tied < n_methods - 1:
            yield Claim(part="winners", kind="mark", place=place, better=winner, text=note)
        lead, faster = row["Ahead of the next"], row["Nearly as good, and faster"]
        if _sign(lead) and not _tone(lead):
            yield Claim(
                part="winners", kind="interval", place=place, better=winner, text=_note(lead)
            )
        if _note(faster):
            yield Claim(part="winners", kind="mark", place=place, text=f"faster: {_note(faster)}")


def _leaderboard(table: dict[str, Any], name: str) -> Iterator[Claim]:
    """Yield methods that have an interval behind the leader and no mark of a tie."""
    if not any(title.startswith("Behind") for title in table["columns"]):
        raise LookupError(f"no column of differences among {table['columns']}")
    leader = _text(table["rows"][0][0]) if table["rows"] else ""
    for row in table["rows"]:
        measured = [cell for cell in row if _note(cell).startswith("[")]
        if not measured:
            continue
        is_tied = any(_mark(cell) == "=" for cell in row)
        if is_tied and not _sign(measured[0]):
            continue
        pair = (leader, _text(row[0]))
        better, worse = pair if _value(measured[0]) >= 0 else pair[::-1]
        yield Claim(
            part=name, kind="interval" if is_tied else "mark", place=table["caption"],
            better=better, worse=worse, text=_note(measured[0]),
        )  # fmt: skip


def _of_sources(table: dict[str, Any], name: str) -> Iterator[Claim]:
    """Yield sources that are marked as best, or without a mark where others have one."""
    titles = table["columns"]
    for row in table["rows"]:
        place = f"{table['caption']}: {_text(row[0])}"
        cells = [
            (source, cell) for source, cell in zip(titles[2:], row[2:], strict=True) if _note(cell)
        ]
        if not any(_mark(cell) for _, cell in cells):
            continue
        best = max(cells, key=lambda pair: (_mark(pair[1]) != "", _value(pair[1])))[0]
        for source, cell in cells:
            if _mark(cell) not in ("=", "\N{ASTERISK}", ""):
                raise LookupError(f"the reader of claims does not know the mark {_mark(cell)!r}")
            if not _mark(cell):
                yield Claim(part=name, kind="mark", place=place, better=best, worse=source)


def _ranks(table: dict[str, Any], name: str) -> Iterator[Claim]:
    """Yield methods that the tests tell from the one with the best mean rank."""
    if table["caption"].startswith("Where scores vary"):
        return
    column = next(i for i, title in enumerate(table["columns"]) if title.startswith("Against"))
    best = _text(table["rows"][0][0])
    for row in table["rows"][1:]:
        p = _value(row[column])
        if p <= ALPHA:
            yield Claim(
                part=name, kind="mark", place=table["caption"], better=best, worse=_text(row[0]),
                text=f"p {p:.3g}",
            )  # fmt: skip


def _manual(table: dict[str, Any], name: str) -> Iterator[Claim]:
    """Yield contrasts whose difference is coloured."""
    for row in table["rows"]:
        pair = re.split(r" (?:against|minus|versus|vs) ", _text(row[1]))
        if len(pair) != 2:
            raise LookupError(f"the reader of claims does not know this contrast: {pair}")
        for cell in row[2:]:
            if _tone(cell):
                better, worse = pair if _value(cell) > 0 else pair[::-1]
                place = f"{table['caption']}: {_text(row[0])}"
                yield Claim(
                    part=name, kind="mark", place=place, better=better, worse=worse,
                    text=_note(cell),
                )  # fmt: skip


def _coloured(table: dict[str, Any], name: str) -> Iterator[Claim]:
    """Yield every coloured cell of a section without a reader of its own."""
    for row in table["rows"]:
        for cell in row:
            if _tone(cell):
                place = f"{table['caption']}: {_text(row[0])}"
                yield Claim(part=name, kind="mark", place=place, text=_text(cell))


READERS = {
    "leaderboard": _leaderboard,
    "sources": _of_sources,
    "ranks": _ranks,
    "manual": _manual,
}


def _text(cell: Any) -> str:
    return str(cell.get("text", cell["value"])) if isinstance(cell, dict) else str(cell)


def _value(cell: Any) -> float:
    value = cell["value"] if isinstance(cell, dict) else cell
    return float(value) if isinstance(value, int | float) else float("nan")


def _note(cell: Any) -> str:
    return str(cell.get("note", "")) if isinstance(cell, dict) else ""


def _mark(cell: Any) -> str:
    return str(cell.get("mark", "")) if isinstance(cell, dict) else ""


def _tone(cell: Any) -> str:
    return str(cell.get("tone", "")) if isinstance(cell, dict) else ""


def _sign(cell: Any) -> int:
    """Return 1 or -1 if the interval below a cell lies on one side of 0, else 0."""
    match = re.fullmatch(r"\[(.+), (.+)\]", _note(cell).replace("\N{MINUS SIGN}", "-"))
    if match is None:
        return 0
    low, high = (float(end.replace(",", "")) for end in match.groups())
    return (low > 0) - (high < 0)
