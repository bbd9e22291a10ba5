"""How answers for the validation part are judged in a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.problems import scoring
from bakeoff.search import ensemble_selection

if TYPE_CHECKING:
    from bakeoff.records import Task
    from bakeoff.registry.catalogue import MetricComponent

    MetricPairs = list[tuple[MetricComponent, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """How answers for the validation part are judged.

    Args:
        task: what is predicted.
        metric: the primary metric, in a list of one pair.
        y: truths of the validation part.
        shares: of the classes in the training part; None for regression.
    """

    task: Task
    metric: MetricPairs
    y: Any
    shares: Any

    @property
    def decisions(self) -> tuple[bool, ...]:
        """Whether probabilities are taken as they are, or as if classes were equally frequent."""
        uses_labels = self.shares is not None and self.metric[0][0].uses == "labels"
        return (False, True) if uses_labels else (False,)

    @property
    def is_balanced(self) -> bool:
        """Whether the metric lets every class weigh the same."""
        return self.task.metric == "balanced_accuracy"

    def answer(self, raw: Any, *, even: bool) -> scoring.Predictions:
        """Predictions of probabilities or values."""
        if self.shares is None:
            return scoring.Predictions(values=raw)
        proba = ensemble_selection.even(raw, self.shares) if even else raw
        return scoring.Predictions(labels=proba.argmax(axis=1), proba=proba)

    def score(self, answer: scoring.Predictions) -> float:
        """The primary metric.

        Raises:
            ValueError: it is not defined on these rows.
        """
        value = scoring.score(answer, self.y, self.metric, self.task)[self.task.metric]
        if value is None:
            raise ValueError(f"{self.task.metric} is not defined on the validation part.")
        return value

    def loss(self, raw: Any) -> float:
        """A smooth stand-in for the metric; lower is better."""
        if self.shares is None:
            return float(np.mean((self.y - raw) ** 2))
        if self.is_balanced:
            return ensemble_selection.log_loss(
                ensemble_selection.even(raw, self.shares), self.y, balanced=True
            )
        return ensemble_selection.log_loss(raw, self.y, balanced=False)
