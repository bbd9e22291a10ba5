"""Recording of training choices with their reasons."""

from __future__ import annotations

from typing import Any


class Note:
    """Writer of choices to a training record, if there is one."""

    def __init__(self, record: Any) -> None:
        self._record = record

    def __call__(self, name: str, value: object, reason: str) -> None:
        """Record a choice with its reason."""
        if self._record is not None:
            self._record.note(name, value, reason)
