"""From an estimator's answers to checked predictions and their scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.errors import BakeoffError, DivergedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.records import Task
    from bakeoff.registry import MetricComponent

_SUM_TOLERANCE = 1e-3


class PredictionError(BakeoffError):
    """A method answered with something that is no prediction for its task."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Checked answers for one part.

    Args:
        labels: int64 (n_samples,), the most probable class; None for regression.
        proba: float64 (n_samples, n_classes); None where the method offers labels alone.
        values: float64 (n_samples,); None for classes.
    """

    labels: np.ndarray | None = None
    proba: np.ndarray | None = None
    values: np.ndarray | None = None

    def get(self, uses: str) -> np.ndarray | None:
        """What a metric's `uses` names."""
        return {"labels": self.labels, "proba": self.proba, "values": self.values}.get(uses)

    @property
    def stored(self) -> np.ndarray:
        """The most telling array, as it is kept: float32, or int64 labels."""
        for array in (self.proba, self.values):
            if array is not None:
                return array.astype(np.float32)
        if self.labels is None:
            raise TypeError("expected labels, probabilities or values; got none.")
        return self.labels


def predict(estimator: Any, X: Any, task: Task) -> Any:
    """What the estimator answers, unchecked; this alone is timed."""
    if task.problem_type in {"binary", "multiclass"} and hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(X)
    return estimator.predict(X)


def check(answer: Any, estimator: Any, task: Task, n_rows: int) -> Predictions:
    """Hold an answer to its shape, type and range.

    Raises:
        PredictionError: wrong shape, type or range.
        DivergedError: values that are not finite.
    """
    array = _as_array(answer)
    if task.problem_type == "regression":
        if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004  a column vector
            array = array[:, 0]
        _expect(array, (n_rows,))
        return Predictions(values=array.astype(np.float64))
    if array.ndim == 2:  # noqa: PLR2004  a matrix of probabilities
        proba = _align(array, estimator, task, n_rows)
        return Predictions(labels=proba.argmax(axis=1).astype(np.int64), proba=proba)
    _expect(array, (n_rows,))
    labels = array.astype(np.int64)
    if (labels != array).any() or labels.min() < 0 or labels.max() >= task.n_classes:
        raise PredictionError(
            f"expected class codes in 0..{task.n_classes - 1}; got {array!r:.80}."
        )
    return Predictions(labels=labels)


def score(
    predictions: Predictions,
    y_true: Any,
    metrics: Iterable[tuple[MetricComponent, Any]],
    task: Task,
) -> dict[str, float | None]:
    """Every metric that the predictions allow; None where a metric is not defined."""
    found: dict[str, float | None] = {}
    for component, metric in metrics:
        answer = predictions.get(component.uses)
        value = math.nan if answer is None else metric(y_true, answer, n_classes=task.n_classes)
        found[component.name] = float(value) if math.isfinite(value) else None
    return found


def _as_array(answer: Any) -> np.ndarray:
    try:
        array = np.asarray(answer)
    except (TypeError, ValueError) as error:
        raise PredictionError(f"expected an array; got {type(answer).__name__}.") from error
    if array.dtype.kind not in "fiub":
        raise PredictionError(f"expected numbers; got {type(answer).__name__} of {array.dtype}.")
    return array


def _expect(array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Shape first: a look at each value of a gigantic array takes gigantic memory."""
    if array.shape != shape:
        raise PredictionError(f"expected predictions of shape {shape}; got {array.shape}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise DivergedError(f"{bad} of {array.size} predicted values are not finite.")


def _align(proba: np.ndarray, estimator: Any, task: Task, n_rows: int) -> np.ndarray:
    """Columns of the task's classes; zeros for classes that training never showed."""
    classes = _codes(getattr(estimator, "classes_", np.arange(task.n_classes)), task)
    _expect(proba, (n_rows, len(classes)))
    if proba.size and (proba.min() < -_SUM_TOLERANCE or proba.max() > 1 + _SUM_TOLERANCE):
        raise PredictionError("expected probabilities in [0, 1]; got values outside.")
    if not np.allclose(proba.sum(axis=1), 1, atol=_SUM_TOLERANCE):
        raise PredictionError("expected probabilities that sum to 1 in every row.")
    full = np.zeros((n_rows, task.n_classes))
    full[:, classes] = proba
    return full


def _codes(classes: Any, task: Task) -> np.ndarray:
    """Class codes, one a column: each a class of the task, none twice."""
    found = np.asarray(classes)
    known = set(range(task.n_classes))
    if (
        found.ndim != 1
        or len(set(found.tolist())) != len(found)
        or not known >= set(found.tolist())
    ):
        last = task.n_classes - 1
        raise PredictionError(
            f"expected classes_ to be different codes in 0..{last}; got {classes!r:.80}."
        )
    return found.astype(np.int64)
