"""The page's findings and tables as `report.json`."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Table, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bakeoff_report.blocks import Cell, Line, Placed

VERSION = 1
PAGES_OF_TRIALS = "section-trials"
TONES = ("good", "bad")
"""Tones that say something: `good` and `bad` mark clear differences, other tones only stress."""


def as_json(lines: Sequence[Line], placed: Iterable[Placed]) -> str:
    """Return findings and tables as JSON, without the tables of single trials."""
    content = {
        "version": VERSION,
        "findings": [
            {"topic": n.topic, "text": n.text, "tone": n.tone, "evidence": n.anchor} for n in lines
        ],
        "sections": [
            {
                "id": p.anchor,
                "title": p.section.title,
                "lead": p.section.lead,
                "tables": [as_data(table) for table in tables(p)],
            }
            for p in placed
        ],
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def tables(placed: Placed) -> list[Table]:
    """Return the tables of a section, without those of single trials."""
    if placed.anchor == PAGES_OF_TRIALS:
        return []
    return [block for block in walk(placed.section.blocks) if isinstance(block, Table)]


def as_data(table: Table) -> dict[str, Any]:
    """Return a table as lists; numbers in full precision, other cells as text."""
    return {
        "caption": table.caption,
        "note": table.note,
        "columns": [f"{c.title} ({c.note})" if c.note else c.title for c in table.columns],
        "rows": [[as_value(cell) for cell in row] for row in table.rows],
    }


def as_value(cell: Cell) -> Any:
    """Return a cell as a number, a text, or a mapping with its mark, its tone, the text below."""
    number = cell.sort if cell.sort is not None and math.isfinite(cell.sort) else None
    value = cell.text if number is None else number
    tone = cell.tone if cell.tone in TONES else ""
    parts = {"text": cell.text, "mark": cell.mark, "note": cell.sub, "tone": tone}
    if not (cell.mark or cell.sub or tone) and cell.text == str(value):
        return value
    return {"value": value} | {k: v for k, v in parts.items() if v and (k != "text" or v != value)}
