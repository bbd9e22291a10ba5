"""Judge two methods on the same test rows: difference, interval and verdict.

The interval is a bootstrap over rows: a resample draws as many rows of each class as there are,
with replacement, both methods are scored on it in each split, and the differences are averaged over
splits. A row keeps its weight in all splits that test it, so rows tested again in each repeat of an
official split count once. Fits are not repeated: what another seed would change is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from fair.records import Answers

    Floats = npt.NDArray[np.float64]

TOLERANCE = 0.015
"""A method fails whose whole interval lies below this loss."""

LARGEST_LOSS = 0.03
"""A method fails whose estimated loss exceeds this, whatever its interval."""

RESAMPLES = 1_000
LEVEL = 0.9
STRATA = 20
"""Most distinct targets that are drawn from one by one; more are values, drawn from together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Scores of both sides, their difference (method less recipe) and its 90 % interval."""

    score: float
    recipe_score: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Return how much better the method is, in units of the metric; below 0 if worse."""
        return self.score - self.recipe_score

    @property
    def is_fair(self) -> bool:
        """Return whether the method keeps up with the recipe."""
        return self.high >= -TOLERANCE and self.difference >= -LARGEST_LOSS

    @property
    def word(self) -> str:
        """Return the verdict in a word."""
        if not self.is_fair:
            return "too weak"
        return "better" if self.low > 0 else "fair"


def judge(metric: str, method: Sequence[Answers], recipe: Sequence[Answers]) -> Verdict:
    """Return the verdict on a method beside a recipe.

    Args:
        metric: key of `METRICS`, all of which are better when higher.
        method: answers of the method, a record a split.
        recipe: answers of the recipe on the same splits in the same order.

    Raises:
        ValueError: both sides were not tested on the same rows.
    """
    if len(method) != len(recipe) or any(
        not np.array_equal(a.rows, b.rows) for a, b in zip(method, recipe, strict=False)
    ):
        raise ValueError("expected answers on the same test rows of both sides.")
    score, recipe_score = mean_score(metric, method), mean_score(metric, recipe)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(_resampled(metric, method, recipe), [tail, 100 - tail])
    return Verdict(score=score, recipe_score=recipe_score, low=float(low), high=float(high))


def mean_score(metric: str, answers: Sequence[Answers]) -> float:
    """Return the mean over splits of a metric of `METRICS`."""
    scores = [METRICS[metric](a.truth, a.predicted, np.ones((1, len(a.rows)))) for a in answers]
    return float(np.mean(scores))


def _resampled(metric: str, method: Sequence[Answers], recipe: Sequence[Answers]) -> Floats:
    """Return the mean difference over splits in each resample, (RESAMPLES,)."""
    rows, first = np.unique(np.concatenate([a.rows for a in method]), return_index=True)
    weights = _weights(np.concatenate([a.truth for a in method])[first])
    compute = METRICS[metric]
    differences = []
    for ours, theirs in zip(method, recipe, strict=True):
        split = weights[:, np.searchsorted(rows, ours.rows)]
        scores = compute(ours.truth, ours.predicted, split)
        differences.append(scores - compute(theirs.truth, theirs.predicted, split))
    return np.asarray(np.nanmean(differences, axis=0))


def _weights(truth: npt.NDArray[Any]) -> Floats:
    """Return how often each resample draws each row, (RESAMPLES, n_rows)."""
    rng = np.random.default_rng(0)
    codes = np.unique(truth, return_inverse=True)[1]
    strata = codes if codes.max(initial=0) < STRATA else np.zeros_like(codes)
    weights = np.zeros((RESAMPLES, len(truth)))
    for code in np.unique(strata):
        members = np.flatnonzero(strata == code)
        shares = np.full(len(members), 1 / len(members))
        weights[:, members] = rng.multinomial(len(members), shares, size=RESAMPLES)
    return weights


def balanced_accuracy(truth: Any, predicted: Any, weights: Floats) -> Floats:
    """Return the mean recall over classes for each row of weights: (n_weightings,)."""
    hit = truth == predicted
    with np.errstate(invalid="ignore"):
        recalls = [
            weights[:, truth == code] @ hit[truth == code] / weights[:, truth == code].sum(axis=1)
            for code in np.unique(truth)
        ]
    return np.asarray(np.nanmean(recalls, axis=0))


def r2(truth: Any, predicted: Any, weights: Floats) -> Floats:
    """Return the coefficient of determination for each row of weights: (n_weightings,)."""
    mean = weights @ truth / weights.sum(axis=1)
    spread = weights @ truth**2 - mean**2 * weights.sum(axis=1)
    return np.asarray(1 - weights @ (truth - predicted) ** 2 / spread)


def adjusted_rand(truth: Any, predicted: Any, weights: Floats) -> Floats:
    """Return the adjusted Rand index for each row of weights: (n_weightings,).

    Pairs are those of different rows: a row that is drawn twice is no pair with itself.

    Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    codes = np.unique(truth, return_inverse=True)[1]
    clusters = np.unique(predicted, return_inverse=True)[1]
    together = _pairs(weights, codes * (clusters.max() + 1) + clusters)
    in_class, in_cluster = _pairs(weights, codes), _pairs(weights, clusters)
    expected = in_class * in_cluster / _pairs(weights, np.zeros_like(codes))
    largest = (in_class + in_cluster) / 2
    with np.errstate(invalid="ignore"):
        return np.where(largest == expected, 1.0, (together - expected) / (largest - expected))


def _pairs(weights: Floats, groups: npt.NDArray[np.int64]) -> Floats:
    """Return the weighted number of pairs within groups, (n_weightings,)."""
    total = np.zeros(len(weights))
    for group in np.unique(groups):
        members = weights[:, groups == group]
        total += (members.sum(axis=1) ** 2 - (members**2).sum(axis=1)) / 2
    return total


METRICS: dict[str, Callable[[Any, Any, Floats], Floats]] = {
    "balanced_accuracy": balanced_accuracy,
    "r2": r2,
    "adjusted_rand": adjusted_rand,
}
"""Weighted metrics by bakeoff's name of them."""
