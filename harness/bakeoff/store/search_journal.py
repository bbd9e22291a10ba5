"""Journal of a search: one JSON line for each configuration, written as it ends.

A search that was killed continues from its journal. An incomplete last line is dropped.
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
    """Journal of a search, open for appending.

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
        """Return the seconds that the search has taken so far, over all calls."""
        return max((tried.at_s for tried in self.tried), default=0.0)

    def add(self, result: ConfigResult) -> None:
        """Append one configuration; it outlives this process from here on."""
        self.tried.append(result)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_line(result))


def read_journal(folder: Path) -> tuple[ConfigResult, ...]:
    """Return the configurations that a trial's search has evaluated; empty without a journal."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    by_number = {result.number: result for result in map(_read, lines) if result is not None}
    return tuple(by_number.values())


def _line(result: ConfigResult) -> str:
    return json.dumps(asdict(result), ensure_ascii=False, allow_nan=False) + "\n"


def _read(line: str) -> ConfigResult | None:
    try:
        values: Any = json.loads(line)
        return ConfigResult(**{name: value for name, value in values.items() if name in _FIELDS})
    except (ValueError, TypeError, AttributeError):
        return None
