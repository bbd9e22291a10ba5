"""Compute what the audit reports: copies across a split, leaks of the target, drift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from bakeoff.data.audit_rows import standardise

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Rows = npt.NDArray[np.int64]

BINS = 32
RIDGE = 1.0
CHUNK = 500


def nearest(test: Floats, train: Floats) -> tuple[Floats, float]:
    """Return each test row's distance to its nearest training row, and the median distance.

    Args:
        test: float (n_test, n_columns).
        train: float (n_train, n_columns).
    """
    squares = (train**2).sum(axis=1)
    nearest_distances, all_medians = np.empty(len(test)), []
    for start in range(0, len(test), CHUNK):
        part = test[start : start + CHUNK]
        between = (part**2).sum(axis=1)[:, None] + squares - 2 * part @ train.T
        distances = np.sqrt(np.maximum(between, 0.0))
        nearest_distances[start : start + CHUNK] = distances.min(axis=1)
        all_medians.append(float(np.median(distances)))
    return nearest_distances, float(np.median(all_medians))


def variance_explained(
    column: npt.NDArray[Any], y: npt.NDArray[Any], train: Rows, test: Rows
) -> float:
    """Return the share of the target's variance that a column alone explains on test rows.

    Args:
        column: float64 or object (n_rows,).
        y: float (n_rows,), values, or 0 and 1 of one class against the rest.
        train: rows that make the bins and their means.
        test: rows that are predicted.

    Returns:
        Share of the variance explained, at most 1; NaN where the target is constant.
    """
    codes, n_codes = _bins(column, train)
    weights = np.bincount(codes[train], minlength=n_codes)
    sums = np.bincount(codes[train], weights=y[train], minlength=n_codes)
    overall = float(y[train].mean())
    means = np.divide(sums, weights, out=np.full(n_codes, overall), where=weights > 0)
    spread = float(((y[test] - y[test].mean()) ** 2).sum())
    if spread == 0:
        return math.nan
    return 1 - float(((y[test] - means[codes[test]]) ** 2).sum()) / spread


def _bins(column: npt.NDArray[Any], train: Rows) -> tuple[Rows, int]:
    """Return each row's bin (training quantile, category, or gap) and the number of bins."""
    if column.dtype != np.float64:
        words, codes = np.unique(column.astype(str), return_inverse=True)
        return codes.astype(np.int64), len(words)
    finite = column[train][np.isfinite(column[train])]
    shares = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.unique(np.quantile(finite, shares)) if finite.size else np.zeros(0)
    codes = np.searchsorted(edges, column, side="right")
    return np.where(np.isfinite(column), codes, len(edges) + 1), len(edges) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """AUC of a classifier that separates training rows from test rows, with its interval.

    Args:
        auc: area under the ROC curve over held-out rows; 0.5 is guessing.
        low: lower end of its 95 % interval.
        high: upper end.
    """

    auc: float
    low: float
    high: float


def drift(train: Floats, test: Floats, *, seed: int = 0) -> Drift:
    """Return how well a classifier separates training rows from test rows.

    A ridge classifier on the columns and their squares is fitted on half of the rows of each part
    and tested on the others; models of several folds would vote in different directions.

    Args:
        train: float (n_train, n_columns), standardised with `test`.
        test: float (n_test, n_columns).
        seed: of the halves.

    Source:
        The idea as in Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests", 2017; the
        interval by DeLong, DeLong and Clarke-Pearson, 1988.
    """
    x = np.vstack([train, test])
    x = standardise(np.hstack([x, x**2]))
    y = np.repeat([0.0, 1.0], [len(train), len(test)])
    order = np.random.default_rng(seed).permutation(len(y))
    is_held_out = np.zeros(len(y), dtype=bool)
    for label in (0.0, 1.0):
        is_held_out[order[y[order] == label][::2]] = True
    votes = _ridge_votes(x[~is_held_out], y[~is_held_out], x[is_held_out])
    return _auc(votes[y[is_held_out] == 1], votes[y[is_held_out] == 0])


def _ridge_votes(x: Floats, y: Floats, x_test: Floats) -> Floats:
    weight = np.where(y == 1, 0.5 / max(1.0, y.sum()), 0.5 / max(1.0, (1 - y).sum())) * len(y)
    target, mean = 2 * y - 1, np.average(x, axis=0, weights=weight)
    centred = x - mean
    gram = (centred * weight[:, None]).T @ centred
    gram[np.diag_indices_from(gram)] += RIDGE * len(y) / 10
    coefficients = np.linalg.solve(gram, (centred * weight[:, None]).T @ target)
    return np.asarray((x_test - mean) @ coefficients)


def _auc(positive: Floats, negative: Floats) -> Drift:
    n, m = len(positive), len(negative)
    ranks = stats.rankdata(np.concatenate([positive, negative]))
    above = (ranks[:n] - stats.rankdata(positive)) / m
    below = 1 - (ranks[n:] - stats.rankdata(negative)) / n
    auc = float(above.mean())
    if min(n, m) == 1:  # one row has no spread
        return Drift(auc=auc, low=0.0, high=1.0)
    error = math.sqrt(above.var(ddof=1) / n + below.var(ddof=1) / m)
    half = float(stats.norm.ppf(0.975)) * error
    return Drift(auc=auc, low=auc - half, high=auc + half)
