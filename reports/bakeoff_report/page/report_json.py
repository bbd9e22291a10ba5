"""What the page says, for programs: `report.json`."""

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


def as_json(lines: Sequence[Line], placed: Iterable[Placed]) -> str:
    """Findings and tables as JSON; the rows of single trials are left to `bakeoff results`."""
    told = {
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
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def tables(placed: Placed) -> list[Table]:
    """The tables of a section, without those inside the pages of single trials."""
    if placed.anchor == PAGES_OF_TRIALS:
        return []
    return [block for block in walk(placed.section.blocks) if isinstance(block, Table)]


def as_data(table: Table) -> dict[str, Any]:
    """A table as lists; a cell that has a number gives it in full, others their words."""
    return {
        "caption": table.caption,
        "note": table.note,
        "columns": [f"{c.title} ({c.note})" if c.note else c.title for c in table.columns],
        "rows": [[as_value(cell) for cell in row] for row in table.rows],
    }


def as_value(cell: Cell) -> Any:
    """A number, a word, or both with what stands below."""
    number = cell.sort if cell.sort is not None and math.isfinite(cell.sort) else None
    value = cell.text if number is None else number
    told = {"text": cell.text, "mark": cell.mark, "note": cell.sub}
    if not (cell.mark or cell.sub) and cell.text == str(value):
        return value
    return {"value": value} | {k: v for k, v in told.items() if v and (k != "text" or v != value)}
