"""Bootstrap intervals for a fixed test part: test rows are resampled, crossed with repeats.

If every repeat has the same test rows, the variation over splits does not include that of the test
rows, and the corrected t interval of `bakeoff.statistics.intervals` is too short. Here test rows
are drawn with replacement, the same draw for both sides of a pair and for every repeat. Repeats are
not resampled, since intervals from a handful of them would be too short: each draw of rows adds a
t-distributed term with the standard error of its mean over repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.intervals import (
    MIN_REPEATS,
    THIS_DATA,
    Interval,
    no_interval,
    too_few,
)
from bakeoff.statistics.significance import LEVEL, satterthwaite_df

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DRAWS = 2000
CHUNK_CELLS = 4_000_000

Statistic = Callable[["Floats"], "Floats"]
"""From row weights (n_draws, n_rows) to one value a draw and repeat, (n_draws, n_repeats)."""

WeightedMetric = Callable[
    ["Floats", "npt.NDArray[np.generic]", "npt.NDArray[np.generic]"], "Floats"
]
"""From weights (n_draws, n_rows), truth (n_rows,) and predictions (n_repeats, n_rows, ...) to
scores (n_draws, n_repeats)."""


def weighted_accuracy(
    weights: Floats, truth: npt.NDArray[np.generic], predicted: npt.NDArray[np.generic]
) -> Floats:
    """Compute weighted accuracy; predictions are labels (n_repeats, n_rows)."""
    right = (predicted == truth).astype(float)
    return np.asarray(weights @ right.T / weights.sum(axis=1, keepdims=True))


def weighted_balanced_accuracy(
    weights: Floats, truth: npt.NDArray[np.generic], predicted: npt.NDArray[np.generic]
) -> Floats:
    """Compute mean recall of the classes in a draw; predictions are labels (n_repeats, n_rows)."""
    right = (predicted == truth).astype(float)
    recalls = np.zeros((len(weights), len(predicted)))
    n_drawn = np.zeros((len(weights), 1))
    for label in np.unique(truth):
        rows = np.flatnonzero(truth == label)
        of_class = weights[:, rows]
        drawn = of_class.sum(axis=1, keepdims=True)
        hits = of_class @ right[:, rows].T
        recalls += np.divide(hits, drawn, out=np.zeros_like(hits), where=drawn > 0)
        n_drawn += drawn > 0
    return np.asarray(recalls / n_drawn)


def weighted_r2(
    weights: Floats, truth: npt.NDArray[np.generic], predicted: npt.NDArray[np.generic]
) -> Floats:
    """Compute weighted R²; predictions are values (n_repeats, n_rows)."""
    y = truth.astype(float)
    mean = (weights @ y) / weights.sum(axis=1)
    # Centred on the overall mean first: large offsets would lose digits.
    centred = y - y.mean()
    variance = weights @ centred**2 - weights.sum(axis=1) * (mean - y.mean()) ** 2
    errors = weights @ ((predicted.astype(float) - y) ** 2).T
    return np.asarray(1 - errors / variance[:, None])


WEIGHTED: dict[str, WeightedMetric] = {
    "accuracy": weighted_accuracy,
    "balanced_accuracy": weighted_balanced_accuracy,
    "r2": weighted_r2,
}
"""Metrics that are vectorised over draws, by name."""


def by_calling(metric: Callable[..., float], **options: object) -> WeightedMetric:
    """Make a weighted metric from an ordinary one, by calling it on every draw.

    A draw on which it raises ValueError, such as one with a single class, counts as NaN.
    """

    def scores(
        weights: Floats, truth: npt.NDArray[np.generic], predicted: npt.NDArray[np.generic]
    ) -> Floats:
        result = np.full((len(weights), len(predicted)), math.nan)
        for draw, weight in enumerate(weights):
            rows = np.repeat(np.arange(weight.size), weight.astype(int))
            for repeat, of_repeat in enumerate(predicted):
                try:
                    result[draw, repeat] = metric(truth[rows], of_repeat[rows], **options)
                except ValueError:
                    continue
        return result

    return scores


def row_weights(
    rng: np.random.Generator,
    n_draws: int,
    n_rows: int,
    groups: npt.NDArray[np.int64] | None = None,
) -> Floats:
    """Draw rows with replacement; return how often each row occurs in each draw.

    Args:
        rng: random generator.
        n_draws: number of draws.
        n_rows: number of rows of the test part.
        groups: int (n_rows,); rows of one group are drawn together. None draws single rows.

    Returns:
        float (n_draws, n_rows) of whole numbers; without groups each draw sums to n_rows.
    """
    codes = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_units = int(codes.max()) + 1
    drawn = rng.integers(0, n_units, size=(n_draws, n_units))
    drawn += np.arange(n_draws)[:, None] * n_units
    counts = np.bincount(drawn.ravel(), minlength=n_draws * n_units)
    return np.asarray(counts.reshape(n_draws, n_units)[:, codes], dtype=float)


def fixed_part_interval(
    statistic: Statistic,
    n_rows: int,
    *,
    n_draws: int = DRAWS,
    seed: int = 0,
    groups: npt.NDArray[np.int64] | None = None,
    level: float = LEVEL,
) -> Interval:
    """Compute the interval of a statistic's mean over repeats, for a fixed test part.

    Args:
        statistic: paired difference, gap or score; see `Statistic`. Weights of 1 give the estimate.
        n_rows: number of rows of the test part, at least 1.
        n_draws: number of draws of rows.
        seed: seed of the draws, so that reports are reproducible to the last digit.
        groups: int (n_rows,), groups of rows that are drawn together.
        level: confidence level, strictly between 0 and 1.

    Returns:
        An interval for this data; without ends if there are fewer than three repeats.

    Source:
        Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 for the
        percentile interval; Owen, "The Pigeonhole Bootstrap", 2007, for crossed factors. The
        t-distributed term of the repeats is chosen here, instead of resampling them.
    """
    observed = statistic(np.ones((1, n_rows)))[0]
    draws = all_draws(statistic, n_rows, n_draws=n_draws, seed=seed, groups=groups)
    return interval_of_draws(observed, draws, n_rows, seed=seed, level=level)


def all_draws(
    statistic: Statistic,
    n_rows: int,
    *,
    n_draws: int = DRAWS,
    seed: int = 0,
    groups: npt.NDArray[np.int64] | None = None,
) -> Floats:
    """Compute a statistic on every draw of rows; equal seeds give equal draws.

    Returns:
        float (n_draws, n_repeats).
    """
    rng = np.random.default_rng(seed)
    size = max(1, min(n_draws, CHUNK_CELLS // n_rows))
    chunks = [
        statistic(row_weights(rng, min(size, n_draws - start), n_rows, groups))
        for start in range(0, n_draws, size)
    ]
    return np.concatenate(chunks)


def interval_of_draws(
    observed: Floats, draws: Floats, n_rows: int, *, seed: int = 0, level: float = LEVEL
) -> Interval:
    """Compute the interval of a mean over repeats from the draws of `all_draws`.

    Args:
        observed: float (n_repeats,), the statistic with all weights 1.
        draws: float (n_draws, n_repeats); draws with a value that is not finite are ignored.
        n_rows: number of rows of the test part.
        seed: seed of the term for the repeats.
        level: confidence level, strictly between 0 and 1.
    """
    n_repeats = observed.size
    if n_repeats < MIN_REPEATS:
        return no_interval(observed, target=THIS_DATA, how=too_few(n_repeats))
    draws = draws[np.isfinite(draws).all(axis=1)]
    if draws.size == 0:
        return no_interval(observed, target=THIS_DATA, how="no interval: no draw had a score")
    return _crossed(observed, draws, np.random.default_rng([seed, 1]), level, n_rows)


def pair_errors(draws: Floats) -> tuple[Floats, Floats]:
    """Compute standard error and degrees of freedom of the difference of each pair of methods.

    Variance has the two sources of `fixed_part_interval`: rows and repeats.

    Args:
        draws: float (n_methods, n_draws, n_repeats), each method on the same draws.

    Returns:
        Two arrays float (n_methods, n_methods), with diagonals of 0 and infinity.
    """
    n_draws, n_repeats = draws.shape[1:]
    centres = draws.mean(axis=2)
    within = (draws - centres[:, :, None]).reshape(len(draws), -1)
    centred = centres - centres.mean(axis=1, keepdims=True)
    rows = _difference_variances(centred @ centred.T / (n_draws - 1))
    repeats = _difference_variances(within @ within.T / (n_draws * (n_repeats - 1) * n_repeats))
    df = np.array([math.inf, n_repeats - 1]).reshape(2, 1, 1)
    return np.sqrt(rows + repeats), satterthwaite_df(np.array([rows, repeats]), df)


def _difference_variances(covariance: Floats) -> Floats:
    """Return the variance of the difference of each pair, from a covariance matrix."""
    variances = np.diag(covariance)
    return np.asarray(np.maximum(variances[:, None] + variances[None, :] - 2 * covariance, 0.0))


def _crossed(
    observed: Floats, draws: Floats, rng: np.random.Generator, level: float, n_rows: int
) -> Interval:
    """Compute the interval from draws of rows, each with a t-distributed term for the repeats."""
    n_draws, n_repeats = draws.shape
    centres = draws.mean(axis=1)
    spreads = draws.std(axis=1, ddof=1) / math.sqrt(n_repeats)
    values = centres + spreads * rng.standard_t(n_repeats - 1, size=n_draws)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    rows, repeats = float(centres.var(ddof=1)), float((spreads**2).mean())
    sides = min(int((values <= 0).sum()), int((values >= 0).sum()))
    return Interval(
        estimate=float(observed.mean()),
        low=float(low),
        high=float(high),
        n=n_repeats,
        target=THIS_DATA,
        how=f"paired bootstrap over {n_rows} fixed test rows, crossed with {n_repeats} repeats",
        p=min(1.0, 2 * (sides + 1) / (n_draws + 1)),
        error=math.sqrt(rows + repeats),
        df=float(satterthwaite_df([rows, repeats], [math.inf, n_repeats - 1])),
        level=level,
    )
