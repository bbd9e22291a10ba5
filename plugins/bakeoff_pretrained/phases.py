"""Joint training record of several training phases: epochs and updates are summed."""

from __future__ import annotations

from typing import Any


class Phases:
    """Training phases that share the record of one trial.

    Args:
        record: of the trial; None records only within the phases.
    """

    def __init__(self, record: Any) -> None:
        self.record = record
        self.n_epochs = 0
        self.n_updates = 0

    def begin(self, name: str) -> Phase:
        """Return the record of the next phase."""
        return Phase(self, name)


class Phase:
    """Training record of one phase, with the interface of `TrainingRecord`.

    Args:
        whole: all phases.
        name: of this phase, the prefix of its notes.
    """

    def __init__(self, whole: Phases, name: str) -> None:
        self._whole, self._name = whole, name
        self._before = whole.n_epochs, whole.n_updates
        self.validation_losses: list[float] = []

    def epoch(self, **values: float) -> None:
        """Record an epoch after those of earlier phases."""
        self._whole.n_epochs += 1
        if "validation_loss" in values:
            self.validation_losses.append(values["validation_loss"])
        if self._whole.record is not None:
            self._whole.record.epoch(**values)

    def note(self, name: str, value: object, reason: str = "") -> None:
        """Record a choice of this phase."""
        if self._whole.record is not None:
            self._whole.record.note(f"{self._name}_{name}", value, reason)

    def count(self, **counts: int) -> None:
        """Record counts, added to those of earlier phases."""
        epochs, updates = self._before
        offsets = {"n_epochs": epochs, "best_epoch": epochs, "n_updates": updates}
        self._whole.n_updates = updates + counts.get("n_updates", 0)
        counts.pop("n_parameters", None)  # of a part of the network
        if self._whole.record is not None:
            self._whole.record.count(
                **{name: value + offsets.get(name, 0) for name, value in counts.items()}
            )

    def compiled(self, seconds: float) -> None:
        """Add seconds of compilation."""
        if self._whole.record is not None:
            self._whole.record.compiled(seconds)

    def should_stop(self) -> bool:
        """Return whether the time limit is near."""
        return self._whole.record is not None and bool(self._whole.record.should_stop())

    @property
    def best_loss(self) -> float:
        """Lowest validation loss of the phase; infinite without validation."""
        return min(self.validation_losses, default=float("inf"))
