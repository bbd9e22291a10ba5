"""Every configuration of a search, kept as it ends: one line of JSON each.

A search that was killed goes on from its journal. Half a line, which a kill may leave, is dropped.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from bakeoff.records import ConfigResult

if TYPE_CHECKING:
    from pathlib import Path

FILE = "search.jsonl"
"""Name of the journal in the folder of its trial."""

_FIELDS = frozenset(field.name for field in fields(ConfigResult))


class Journal:
    """A search's journal, open for appending.

    Args:
        folder: of the trial; made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        self.tried = list(read_journal(folder))
        text = "".join(_line(tried) for tried in self.tried)
        self._path.write_text(text, encoding="utf-8")

    @property
    def elapsed_s(self) -> float:
        """Seconds that the search has taken so far, over all calls."""
        return max((tried.at_s for tried in self.tried), default=0.0)

    def add(self, tried: ConfigResult) -> None:
        """Keep one more; it outlives this process from here on."""
        self.tried.append(tried)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_line(tried))


def read_journal(folder: Path) -> tuple[ConfigResult, ...]:
    """What a trial's search has tried; nothing where it has no journal."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    found = {tried.number: tried for tried in map(_read, lines) if tried is not None}
    return tuple(found.values())


def _line(tried: ConfigResult) -> str:
    return json.dumps(asdict(tried), ensure_ascii=False, allow_nan=False) + "\n"


def _read(line: str) -> ConfigResult | None:
    try:
        told: Any = json.loads(line)
        return ConfigResult(**{name: value for name, value in told.items() if name in _FIELDS})
    except (ValueError, TypeError, AttributeError):
        return None
