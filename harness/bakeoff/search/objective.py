"""Score and loss of predictions for the validation part, which a search optimises."""

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
    """Score and loss of predictions for the validation part.

    Args:
        task: the task that is predicted.
        metric: the primary metric, in a list of one pair.
        y: targets of the validation part.
        shares: shares of the classes in the training part; None for regression.
    """

    task: Task
    metric: MetricPairs
    y: Any
    shares: Any

    @property
    def prior_options(self) -> tuple[bool, ...]:
        """Values of `equal_priors` to compare; metrics of labels may gain from equal priors."""
        uses_labels = self.shares is not None and self.metric[0][0].uses == "labels"
        return (False, True) if uses_labels else (False,)

    @property
    def is_balanced(self) -> bool:
        """Whether the metric gives every class the same weight."""
        return self.task.metric == "balanced_accuracy"

    def predictions(self, raw: Any, *, equal_priors: bool) -> scoring.Predictions:
        """Return predictions made of probabilities or values.

        Args:
            raw: probabilities (n_samples, n_classes) or values (n_samples,).
            equal_priors: whether to predict labels as if all classes were equally frequent.
        """
        if self.shares is None:
            return scoring.Predictions(values=raw)
        proba = ensemble_selection.with_equal_priors(raw, self.shares) if equal_priors else raw
        return scoring.Predictions(labels=proba.argmax(axis=1), proba=proba)

    def score(self, predicted: scoring.Predictions) -> float:
        """Return the primary metric of predictions.

        Raises:
            ValueError: the metric is not defined on these rows.
        """
        value = scoring.score(predicted, self.y, self.metric, self.task)[self.task.metric]
        if value is None:
            raise ValueError(f"{self.task.metric} is not defined on the validation part.")
        return value

    def loss(self, raw: Any) -> float:
        """Return a smooth surrogate of the metric: squared error or log loss; lower is better."""
        if self.shares is None:
            return float(np.mean((self.y - raw) ** 2))
        if self.is_balanced:
            return ensemble_selection.log_loss(
                ensemble_selection.with_equal_priors(raw, self.shares), self.y, balanced=True
            )
        return ensemble_selection.log_loss(raw, self.y, balanced=False)
