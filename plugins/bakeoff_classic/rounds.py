"""Loss and score of a boosting round, and early stopping, shared by all boosters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Pair = tuple[float, float]
"""Loss and score of one part after one round."""


def class_codes(
    y: npt.NDArray[Any], classes: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the position of each label among the sorted classes, and whether it is one of them."""
    position = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    return position.astype(np.int64), classes[position] == y


def log_loss(codes: npt.NDArray[np.int64], proba: npt.NDArray[Any]) -> float:
    """Compute the mean negative log probability of the true class; 0 is perfect.

    Args:
        codes: int64 (n_samples,) in 0..n_classes-1.
        proba: float (n_samples, n_classes), rows that sum to 1.
    """
    chosen = proba[np.arange(len(codes)), codes].astype(np.float64)
    return float(-np.log(np.maximum(chosen, np.finfo(np.float64).eps)).mean())


def balanced_accuracy(codes: npt.NDArray[np.int64], proba: npt.NDArray[Any]) -> float:
    """Compute the mean recall of the classes that occur, in [0, 1]; 1 is perfect.

    Args:
        codes: int64 (n_samples,) in 0..n_classes-1.
        proba: float (n_samples, n_classes).
    """
    right = proba.argmax(axis=1) == codes
    counts = np.bincount(codes)
    hits = np.bincount(codes, weights=right)
    return float((hits[counts > 0] / counts[counts > 0]).mean())


def of_classes(codes: npt.NDArray[np.int64], proba: npt.NDArray[Any]) -> Pair:
    """Compute log loss and balanced accuracy."""
    return log_loss(codes, proba), balanced_accuracy(codes, proba)


def of_values(truth: npt.NDArray[np.float64], mean_squared_error: float) -> Pair:
    """Return mean squared error and R squared, which is 0 for a target without variance."""
    variance = float(np.var(truth))
    score = 1 - mean_squared_error / variance if variance > 0 else 0.0
    return mean_squared_error, score


def named(train: Pair, validation: Pair | None) -> dict[str, float]:
    """Return a round's values under the keys of training records."""
    values = {"train_loss": train[0], "train_score": train[1]}
    if validation is not None:
        values |= {"validation_loss": validation[0], "validation_score": validation[1]}
    return values


class Watch:
    """Monitor that reports boosting rounds to a training record and decides when to stop.

    Args:
        record: training record, or None.
        patience: rounds without a better validation loss before stopping; None never stops so.
    """

    def __init__(self, record: Any, patience: int | None) -> None:
        self.record = record
        self.patience = patience
        self.n_rounds = 0
        self.best_round = 0
        self._best = float("inf")
        self.stopped_early = False

    @property
    def is_needed(self) -> bool:
        """Whether a record or early stopping requires the loss of single rounds."""
        return self.record is not None or self.patience is not None

    def report(self, train: Pair, validation: Pair | None = None) -> bool:
        """Record a round; return whether boosting should stop after it."""
        self.n_rounds += 1
        loss = (validation or train)[0]
        if loss < self._best:
            self._best, self.best_round = loss, self.n_rounds
        if self.record is not None:
            self.record.epoch(**named(train, validation))
        rounds_since_best = self.n_rounds - self.best_round
        self.stopped_early = (
            self.patience is not None
            and validation is not None
            and rounds_since_best >= self.patience
        )
        return self.stopped_early or (self.record is not None and self.record.should_stop())

    def finish(self, n_parameters: int, *, has_validation: bool) -> None:
        """Record the numbers of parameters and rounds of a finished training."""
        if self.record is None:
            return
        self.record.count(n_parameters=n_parameters, n_epochs=self.n_rounds)
        if has_validation:
            self.record.count(best_epoch=self.best_round)
