"""Predict with an estimator, check its predictions and score them, for every problem type."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bakeoff.problems.predictions import SPACE, PredictionError, Predictions
from bakeoff.problems.table import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.records import Task
    from bakeoff.registry.catalogue import MetricComponent

__all__ = ["PredictionError", "Predictions", "check", "predict", "score"]


def predict(estimator: Any, X: Any, task: Task, part: str = "test") -> Any:
    """Return the estimator's answer for a part, unchecked; only this is timed."""
    return problem_of(task.problem_type).predict(estimator, X, part)


def check(
    answer: Any, estimator: Any, task: Task, n_rows: int, size: tuple[int, ...] = ()
) -> Predictions:
    """Return an answer as predictions, after checks; `size` is height and width of images.

    Raises:
        PredictionError: wrong shape, type or range.
        DivergedError: values that are not finite.
    """
    return problem_of(task.problem_type).check(answer, estimator, task, n_rows, size)


def score(
    predictions: Predictions,
    y_true: Any,
    metrics: Iterable[tuple[MetricComponent, Any]],
    task: Task,
    inputs: Any = None,
) -> dict[str, float | None]:
    """Return every metric that the predictions allow, by name; None where it is not defined.

    `inputs` is the matrix that was clustered, for metrics that use it; None leaves them out.
    """
    scores: dict[str, float | None] = {}
    for component, metric in metrics:
        answer = predictions.get(component.uses)
        truth = inputs if component.uses == SPACE else y_true
        value = math.nan if answer is None else metric(truth, answer, n_classes=task.n_classes)
        scores[component.name] = float(value) if math.isfinite(value) else None
    return scores
