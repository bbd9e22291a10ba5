"""Lines that this plugin's observer collects during a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LINES: list[str] = []


def note(line: str) -> None:
    """Add a line."""
    _LINES.append(line)


def write(folder: Path) -> None:
    """Write the lines to `diary.txt` and clear them."""
    (folder / "diary.txt").write_text("\n".join(_LINES) + "\n", encoding="utf-8")
    _LINES.clear()
