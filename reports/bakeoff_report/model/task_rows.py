"""Dataset rows that a report shows, stored beside the run."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class ExampleRows:
    """Dataset rows that a run's report shows, stored so that later reports need no data.

    Args:
        path: the file.
        is_fixed: whether to use only what the file has, so that the same report is written on a
            machine without the data.
    """

    def __init__(self, path: Path, *, is_fixed: bool) -> None:
        self.path = path
        self._rows: dict[str, Any] = {}
        self.is_fixed = is_fixed and path.is_file()
        if self.is_fixed:
            with suppress(OSError, ValueError):
                content = json.loads(path.read_text(encoding="utf-8"))
                self._rows = content if isinstance(content, dict) else {}

    def get(self, task: str, row: int) -> dict[str, Any] | None:
        """Return the stored `text`, `png` (base64) or `series` of a row; None if there is none."""
        facts = self._rows.get(f"{task}/{row}")
        return facts if isinstance(facts, dict) else None

    def put(self, task: str, row: int, facts: dict[str, Any]) -> dict[str, Any]:
        """Store a row, and return it."""
        self._rows[f"{task}/{row}"] = facts
        return facts

    def to_json(self) -> str:
        """Return the content of the file."""
        return json.dumps(self._rows, ensure_ascii=False, sort_keys=True)
