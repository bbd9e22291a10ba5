"""Model of the protocol settings of a suite or of one of its tasks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bakeoff.records import Protocol
from bakeoff.suite.entry import Entry


class ProtocolEntry(Entry):
    """Fields of `records.Protocol` that a suite or a task sets; None leaves the default."""

    split: Literal["holdout", "kfold", "grouped", "time", "official"] | None = None
    test: float | None = Field(default=None, gt=0, lt=1)
    validation: float | None = Field(default=None, ge=0, lt=1)
    repeats: int | None = Field(default=None, ge=1, le=10_000)
    folds: int | None = Field(default=None, ge=1, le=1_000)
    seed: int | None = Field(default=None, ge=0, lt=2**31)
    threads: int | None = Field(default=None, ge=1, le=1_024)
    train_limit: int | None = Field(default=None, ge=2)
    test_limit: int | None = Field(default=None, ge=1)

    def changes(self) -> dict[str, Any]:
        """Return the fields that were set."""
        fields = ProtocolEntry.model_fields
        return {name: value for name in fields if (value := getattr(self, name)) is not None}

    def for_task(self, entry: ProtocolEntry) -> Protocol:
        """Return the suite's protocol with the task's own settings on top."""
        return Protocol(**{**self.changes(), **entry.changes()})
