"""Rows of the data that a report shows, kept beside the run."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Shown:
    """The rows that a run's report shows, kept beside it: later reports need no data for them.

    Args:
        path: the file that holds them.
        is_fixed: take what the file has and look for no data, so that the same report comes out
            on a machine that has none.
    """

    def __init__(self, path: Path, *, is_fixed: bool) -> None:
        self.path = path
        self._rows: dict[str, Any] = {}
        self.is_fixed = is_fixed and path.is_file()
        if self.is_fixed:
            with suppress(OSError, ValueError):
                known = json.loads(path.read_text(encoding="utf-8"))
                self._rows = known if isinstance(known, dict) else {}

    def get(self, task: str, row: int) -> dict[str, Any] | None:
        """What is known of a row: its `text`, its `png` in base64 or its `series`."""
        found = self._rows.get(f"{task}/{row}")
        return found if isinstance(found, dict) else None

    def put(self, task: str, row: int, facts: dict[str, Any]) -> dict[str, Any]:
        """Keep a row."""
        self._rows[f"{task}/{row}"] = facts
        return facts

    def to_json(self) -> str:
        """What the file shall hold."""
        return json.dumps(self._rows, ensure_ascii=False, sort_keys=True)
