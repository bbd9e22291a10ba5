"""Training records for the contracts: one that stops early, one with a search budget."""

from __future__ import annotations

from typing import Any

import numpy as np

from bakeoff.training import SearchBudget, TrainingRecord

SEARCH_S = 20.0
"""Seconds within which a method that searches by itself tries two configurations."""


class EarlyStopRecord(TrainingRecord):
    """Record that asks to stop after the first epoch."""

    def should_stop(self) -> bool:
        """Return True once an epoch was reported."""
        return bool(self.epochs)


class SearchRecord(TrainingRecord):
    """Record for methods that search by themselves: two configurations, and a simple score."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[Any, ...]] = []
        self.budget = SearchBudget(
            configs=2,
            seconds=SEARCH_S,
            refit=True,
            metric="sample",
            direction="maximize",
            value=_agreement,
            tried=lambda *facts: self.kept.append(facts),
        )


def _agreement(y: Any, answer: Any, classes: Any) -> float:
    """Return the share of rows classified correctly; for values the negative mean error."""
    if classes is None:
        return -float(np.abs(np.asarray(answer) - y).mean())
    return float((np.asarray(classes)[np.asarray(answer).argmax(axis=1)] == y).mean())
