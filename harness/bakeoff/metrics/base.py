"""Helpers of all metrics: signs, and decorators that check inputs and name the metric."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.interfaces import Metric

Codes = npt.NDArray[np.int64]

Matrix = npt.NDArray[np.int64]

Floats = npt.NDArray[np.float64]

SIGNS = {"maximize": 1, "minimize": -1}

NAN = float("nan")

SMALLEST = float(np.finfo(np.float64).eps)


def signed(direction: str) -> int:
    """Return 1 for `maximize`, -1 for `minimize`: times a score, more is better.

    The gap is `signed(direction) * (train_score - test_score)`.

    Raises:
        ValueError: the direction is neither.
    """
    if direction not in SIGNS:
        raise ValueError(f"expected 'maximize' or 'minimize'; got {direction!r}.")
    return SIGNS[direction]


def on_labels(body: Callable[[Matrix], float]) -> Metric:
    """Return a metric of labels, computed by a function of the confusion matrix.

    The function gets int64 (n_classes, n_classes), rows the true and columns the predicted class,
    with at least one row counted.
    """

    def score(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
        true, pred = _codes(y_true, n_classes), _codes(y_pred, n_classes)
        if true.shape != pred.shape:
            raise ValueError(f"expected y_pred of shape {true.shape}; got {pred.shape}.")
        counts = np.bincount(true * n_classes + pred, minlength=n_classes**2)
        return float(body(counts.reshape(n_classes, n_classes))) if true.size else NAN

    return named(score, body)


def on_proba(body: Callable[[Codes, Floats], float]) -> Metric:
    """Return a metric of probabilities, computed by a function of true codes and probabilities.

    The function gets int64 (n_samples,) and float64 (n_samples, n_classes), at least one row.
    """

    def score(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
        true, proba = _codes(y_true, n_classes), np.asarray(y_pred, dtype=np.float64)
        if proba.shape != (true.size, n_classes):
            raise ValueError(
                f"expected y_pred of shape {(true.size, n_classes)}; got {proba.shape}."
            )
        return float(body(true, proba)) if true.size else NAN

    return named(score, body)


def _codes(codes: Any, n_classes: int) -> Codes:
    array = np.asarray(codes)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"expected integers (n_samples,); got {array.dtype} {array.shape}.")
    if array.size and not 0 <= array.min() <= array.max() < n_classes:
        raise ValueError(f"expected codes in 0..{n_classes - 1}; got {array.min()}..{array.max()}.")
    return array.astype(np.int64, copy=False)


def named(score: Metric, body: Callable[..., float]) -> Metric:
    """Return the metric with the body's name and docstring, but its own signature."""
    functools.update_wrapper(score, body)
    del score.__wrapped__  # type: ignore[attr-defined]  # set by update_wrapper; help() follows it
    return score
