"""Regression metrics; NaN where not defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.metrics.base import NAN, Floats, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.interfaces import Metric


def on_values(body: Callable[[Floats, Floats], float]) -> Metric:
    """Return a metric computed by a function of two float64 (n_samples,) with at least one row.

    Values too large for their squares give infinity or NaN, without a warning.
    """

    def score(y_true: Any, y_pred: Any, /, *, n_classes: int = 0) -> float:  # noqa: ARG001  Metric's face
        true, pred = np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64)
        if true.ndim != 1 or true.shape != pred.shape:
            raise ValueError(f"expected y_pred of shape {true.shape[:1]}; got {pred.shape}.")
        with np.errstate(over="ignore", invalid="ignore"):
            return float(body(true, pred)) if true.size else NAN

    return named(score, body)


@on_values
def rmse(true: Floats, pred: Floats) -> float:
    """Compute the root mean squared error: minimize, from 0, in the target's units."""
    return float(np.sqrt(np.square(true - pred).mean()))


@on_values
def mae(true: Floats, pred: Floats) -> float:
    """Compute the mean absolute error: minimize, from 0, in the target's units."""
    return float(np.abs(true - pred).mean())


@on_values
def median_absolute_error(true: Floats, pred: Floats) -> float:
    """Compute the median absolute error: minimize, from 0, in the target's units."""
    return float(np.median(np.abs(true - pred)))


@on_values
def max_error(true: Floats, pred: Floats) -> float:
    """Compute the largest absolute error: minimize, from 0, in the target's units."""
    return float(np.abs(true - pred).max())


@on_values
def mape(true: Floats, pred: Floats) -> float:
    """Compute the mean absolute error as a fraction, not a percentage, of truth: minimize, from 0.

    NaN if a true value is 0.
    """
    return float(np.abs((true - pred) / true).mean()) if true.all() else NAN


@on_values
def r2(true: Floats, pred: Floats) -> float:
    """Compute the share of variance explained: maximize, up to 1; predicting the mean gives 0.

    NaN if the truth is constant, as with one row.
    """
    return _one_minus(np.square(true - pred).mean(), true)


@on_values
def explained_variance(true: Floats, pred: Floats) -> float:
    """Compute `r2` without a constant offset: maximize, up to 1; predicting a constant gives 0.

    NaN if the truth is constant, as with one row.
    """
    return _one_minus((true - pred).var(), true)


@on_values
def spearman(true: Floats, pred: Floats) -> float:
    """Compute the correlation of the ranks: maximize, -1..1, chance 0. Ties share their mean rank.

    NaN if truth or prediction is constant.

    Source: Spearman, "The proof and measurement of association between two things", 1904.
    """
    true_ranks, pred_ranks = _ranks(true), _ranks(pred)
    spread = np.sqrt((true_ranks @ true_ranks) * (pred_ranks @ pred_ranks))
    return float(np.clip(true_ranks @ pred_ranks / spread, -1, 1)) if spread else NAN


def _one_minus(error: Any, true: Floats) -> float:
    return float(1 - error / true.var()) if np.ptp(true) > 0 else NAN


def _ranks(values: Floats) -> Floats:
    """Return mean ranks, centred on 0; equal values share one."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[inverse]
    return np.asarray(ranks - (values.size + 1) / 2, np.float64)
