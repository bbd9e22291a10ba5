"""Several trainings of one network as one record: epochs count on, updates add up."""

from __future__ import annotations

from typing import Any


class Phases:
    """Hands each phase of a training a record of its own, and joins them in the trial's.

    Args:
        record: of the trial; None collects for nobody but the phases themselves.
    """

    def __init__(self, record: Any) -> None:
        self.record = record
        self.n_epochs = 0
        self.n_updates = 0

    def begin(self, name: str) -> Phase:
        """Record of the next phase."""
        return Phase(self, name)


class Phase:
    """The face of a training record for one phase.

    Args:
        whole: the phases together.
        name: of this one; notes of its training begin with it.
    """

    def __init__(self, whole: Phases, name: str) -> None:
        self._whole, self._name = whole, name
        self._before = whole.n_epochs, whole.n_updates
        self.validation_losses: list[float] = []

    def epoch(self, **values: float) -> None:
        """Store an epoch behind those of earlier phases."""
        self._whole.n_epochs += 1
        if "validation_loss" in values:
            self.validation_losses.append(values["validation_loss"])
        if self._whole.record is not None:
            self._whole.record.epoch(**values)

    def note(self, name: str, value: object, reason: str = "") -> None:
        """Store a choice of this phase."""
        if self._whole.record is not None:
            self._whole.record.note(f"{self._name}_{name}", value, reason)

    def count(self, **counts: int) -> None:
        """Store sizes, those of the training on top of earlier phases'."""
        epochs, updates = self._before
        offsets = {"n_epochs": epochs, "best_epoch": epochs, "n_updates": updates}
        self._whole.n_updates = updates + counts.get("n_updates", 0)
        counts.pop("n_parameters", None)  # of a part of the network
        if self._whole.record is not None:
            self._whole.record.count(**{n: v + offsets.get(n, 0) for n, v in counts.items()})

    def compiled(self, seconds: float) -> None:
        """Add seconds of compilation."""
        if self._whole.record is not None:
            self._whole.record.compiled(seconds)

    def should_stop(self) -> bool:
        """Whether the time limit is near."""
        return self._whole.record is not None and bool(self._whole.record.should_stop())

    @property
    def best_loss(self) -> float:
        """Lowest validation loss of the phase; infinite where none was measured."""
        return min(self.validation_losses, default=float("inf"))
