"""Bootstrap intervals for a fixed test part: test rows are resampled, crossed with repeats.

If every repeat has the same test rows, the variation over splits does not include that of the test
rows, and the corrected t interval of `bakeoff.statistics.intervals` is too short. Here test rows
are drawn with replacement, the same draw for both sides of a pair and for every repeat. Rows of a
group are drawn together, and rows in time in blocks, since they are no independent observations.
Repeats are not resampled, since intervals from a handful of them would be too short: each draw of
rows adds a t-distributed term with the standard error of its mean over repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bakeoff.statistics.intervals import (
    MIN_REPEATS,
    THIS_DATA,
    Interval,
    no_interval,
    too_few,
)
from bakeoff.statistics.significance import LEVEL, satterthwaite_df
from bakeoff.store.run_data import ResamplingUnits

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DRAWS = 2000
CHUNK_CELLS = 4_000_000

MIN_UNITS, MIN_EFFECTIVE_UNITS = 3, 2
"""Minimum number of rows, groups or blocks for an interval, and the effective one of groups."""

ROWS = ResamplingUnits()
"""Single rows."""

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
    rng: np.random.Generator, n_draws: int, n_rows: int, units: ResamplingUnits = ROWS
) -> Floats:
    """Draw rows, groups or blocks with replacement; return how often each row is in each draw.

    Args:
        rng: random generator.
        n_draws: number of draws.
        n_rows: number of rows of the test part.
        units: what is drawn.

    Returns:
        float (n_draws, n_rows) of whole numbers; without groups each draw sums to n_rows.

    Source:
        Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8, for
        drawing groups whole; Politis and Romano, "A Circular Block-Resampling Procedure for
        Stationary Data", 1992, after Kuensch, "The Jackknife and the Bootstrap for General
        Stationary Observations", Annals of Statistics 17, 1989, for blocks.
    """
    if units.groups is None and units.order is not None:
        return _block_weights(rng, n_draws, n_rows, units.order)
    if units.groups is None:
        codes = np.arange(n_rows)
    else:
        codes = np.unique(units.groups, return_inverse=True)[1]
    n_units = int(codes.max()) + 1
    drawn = rng.integers(0, n_units, size=(n_draws, n_units))
    drawn += np.arange(n_draws)[:, None] * n_units
    counts = np.bincount(drawn.ravel(), minlength=n_draws * n_units)
    return np.asarray(counts.reshape(n_draws, n_units)[:, codes], dtype=float)


def block_length(n_rows: int) -> int:
    """Return the number of successive rows in a block: 2 n^(1/3), and a third of n at most.

    It depends on the number of rows alone, so that another method changes no interval.

    Source:
        Hall, Horowitz and Jing, "On Blocking Rules for the Bootstrap with Dependent Data",
        Biometrika 82, 1995, for the order n^(1/3). The factor is chosen here, by simulation.

    >>> block_length(400)
    15
    """
    return max(1, min(math.ceil(round(2 * math.pow(n_rows, 1 / 3), 9)), n_rows // MIN_UNITS))


def _block_weights(
    rng: np.random.Generator, n_draws: int, n_rows: int, order: npt.NDArray[np.int64]
) -> Floats:
    """Draw blocks of successive rows; the earliest follow the latest, and the last is cut."""
    length = block_length(n_rows)
    n_blocks = -(-n_rows // length)
    lengths = np.full(n_blocks, length)
    lengths[-1] -= n_blocks * length - n_rows
    starts = rng.integers(0, n_rows, size=(n_draws, n_blocks))
    starts += np.arange(n_draws)[:, None] * 2 * n_rows
    first, after = (
        np.bincount(x.ravel(), minlength=n_draws * 2 * n_rows) for x in (starts, starts + lengths)
    )
    covered = (first - after).reshape(n_draws, 2 * n_rows).cumsum(axis=1)
    weights = np.empty((n_draws, n_rows))
    weights[:, order] = covered[:, :n_rows] + covered[:, n_rows:]
    return weights


class UnitCount(NamedTuple):
    """Number of rows, groups or blocks in a test part; the effective one if sizes are unequal."""

    number: float
    effective: float

    @property
    def is_enough(self) -> bool:
        """Whether there are enough for an interval."""
        return self.number >= MIN_UNITS and self.effective >= MIN_EFFECTIVE_UNITS

    @property
    def df(self) -> float:
        """Degrees of freedom of the variance between units."""
        return self.effective - 1

    @property
    def correction(self) -> float:
        """Factor for the variance of bootstrap draws, which is too small by (n - 1) / n."""
        return self.number / (self.number - 1)


def count_units(n_rows: int, units: ResamplingUnits = ROWS) -> UnitCount:
    """Count the units of a test part.

    Source:
        Kish, "Survey Sampling", 1965, for the effective number of groups. That the degrees of
        freedom come from such a number: Carter, Schnepel and Steigerwald, "Asymptotic Behavior of
        a t-Test Robust to Cluster Heterogeneity", Review of Economics and Statistics 99, 2017.
    """
    if units.groups is not None:
        sizes = np.unique(units.groups, return_counts=True)[1].astype(float)
        return UnitCount(float(sizes.size), float(sizes.sum() ** 2 / (sizes**2).sum()))
    number = float(n_rows) if units.order is None else n_rows / block_length(n_rows)
    return UnitCount(number, number)


def fixed_part_interval(
    statistic: Statistic,
    n_rows: int,
    *,
    n_draws: int = DRAWS,
    seed: int = 0,
    units: ResamplingUnits = ROWS,
    level: float = LEVEL,
) -> Interval:
    """Compute the interval of a statistic's mean over repeats, for a fixed test part.

    Args:
        statistic: paired difference, gap or score; see `Statistic`. Weights of 1 give the estimate.
        n_rows: number of rows of the test part, at least 1.
        n_draws: number of draws of rows.
        seed: seed of the draws, so that reports are reproducible to the last digit.
        units: what is drawn: rows, groups or blocks.
        level: confidence level, strictly between 0 and 1.

    Returns:
        An interval for this data; without ends if there are fewer than three repeats, rows or
        groups, or if almost all rows are in one group.

    Source:
        Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 for the
        percentile interval; Owen, "The Pigeonhole Bootstrap", 2007, for crossed factors;
        Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69,
        2015, section 5.3, for as wide an interval as by Student's t. That each draw is widened at
        random for it, and the t-distributed term of the repeats, are chosen here.
    """
    observed = statistic(np.ones((1, n_rows)))[0]
    draws = all_draws(statistic, n_rows, n_draws=n_draws, seed=seed, units=units)
    return interval_of_draws(observed, draws, n_rows, units=units, seed=seed, level=level)


def all_draws(
    statistic: Statistic,
    n_rows: int,
    *,
    n_draws: int = DRAWS,
    seed: int = 0,
    units: ResamplingUnits = ROWS,
) -> Floats:
    """Compute a statistic on every draw of rows, groups or blocks; equal seeds give equal draws.

    Returns:
        float (n_draws, n_repeats).
    """
    rng = np.random.default_rng(seed)
    n_cells = n_rows if units.order is None else 2 * n_rows  # blocks need twice the memory
    size = max(1, min(n_draws, CHUNK_CELLS // n_cells))
    chunks = [
        statistic(row_weights(rng, min(size, n_draws - start), n_rows, units))
        for start in range(0, n_draws, size)
    ]
    return np.concatenate(chunks)


def interval_of_draws(
    observed: Floats,
    draws: Floats,
    n_rows: int,
    *,
    units: ResamplingUnits = ROWS,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """Compute the interval of a mean over repeats from the draws of `all_draws`.

    Args:
        observed: float (n_repeats,), the statistic with all weights 1.
        draws: float (n_draws, n_repeats); draws with a value that is not finite are ignored.
        n_rows: number of rows of the test part.
        units: what was drawn.
        seed: seed of the widening and of the term for the repeats.
        level: confidence level, strictly between 0 and 1.
    """
    n_repeats = observed.size
    if n_repeats < MIN_REPEATS:
        return no_interval(observed, target=THIS_DATA, how=too_few(n_repeats))
    count = count_units(n_rows, units)
    if not count.is_enough:
        return no_interval(observed, target=THIS_DATA, how=_too_few_units(count, units))
    draws = draws[np.isfinite(draws).all(axis=1)]
    if draws.size == 0:
        return no_interval(observed, target=THIS_DATA, how="no interval: no draw had a score")
    values, rows, repeats = _crossed(draws, np.random.default_rng([seed, 1]), count)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    sides = min(int((values <= 0).sum()), int((values >= 0).sum()))
    drawn = _drawn_units(n_rows, count, units)
    return Interval(
        estimate=float(observed.mean()),
        low=float(low),
        high=float(high),
        n=n_repeats,
        target=THIS_DATA,
        how=f"paired bootstrap over {drawn}, crossed with {n_repeats} repeats",
        p=min(1.0, 2 * (sides + 1) / (len(draws) + 1)),
        error=math.sqrt(rows + repeats),
        df=float(satterthwaite_df([rows, repeats], [count.df, n_repeats - 1])),
        level=level,
    )


def pair_errors(draws: Floats, n_rows: int, units: ResamplingUnits = ROWS) -> tuple[Floats, Floats]:
    """Compute standard error and degrees of freedom of the difference of each pair of methods.

    Variance has the two sources of `fixed_part_interval`: rows and repeats.

    Args:
        draws: float (n_methods, n_draws, n_repeats), each method on the same draws.
        n_rows: number of rows of the test part.
        units: what was drawn.

    Returns:
        Two arrays float (n_methods, n_methods), with diagonals of 0 and infinity; NaN if there
        are too few units for an interval.
    """
    count = count_units(n_rows, units)
    if not count.is_enough:
        unknown = np.full((len(draws), len(draws)), math.nan)
        return unknown, unknown.copy()
    n_draws, n_repeats = draws.shape[1:]
    centres = draws.mean(axis=2)
    within = (draws - centres[:, :, None]).reshape(len(draws), -1)
    centred = centres - centres.mean(axis=1, keepdims=True)
    rows = count.correction * _difference_variances(centred @ centred.T / (n_draws - 1))
    repeats = _difference_variances(within @ within.T / (n_draws * (n_repeats - 1) * n_repeats))
    df = np.array([count.df, n_repeats - 1]).reshape(2, 1, 1)
    return np.sqrt(rows + repeats), satterthwaite_df(np.array([rows, repeats]), df)


def _difference_variances(covariance: Floats) -> Floats:
    """Return the variance of the difference of each pair, from a covariance matrix."""
    variances = np.diag(covariance)
    return np.asarray(np.maximum(variances[:, None] + variances[None, :] - 2 * covariance, 0.0))


def _crossed(
    draws: Floats, rng: np.random.Generator, count: UnitCount
) -> tuple[Floats, float, float]:
    """Combine draws of rows with a t-distributed term for the repeats.

    Returns:
        The combined draws, float (n_draws,); the variance due to rows; that due to repeats.
    """
    n_draws, n_repeats = draws.shape
    centres = draws.mean(axis=1)
    spreads = draws.std(axis=1, ddof=1) / math.sqrt(n_repeats)
    terms = spreads * rng.standard_t(n_repeats - 1, size=n_draws)
    # A normal variable over the root of a chi-squared one has Student's t distribution.
    widening = np.sqrt(count.correction * count.df / rng.chisquare(count.df, size=n_draws))
    middle = centres.mean()
    values = middle + widening * (centres - middle) + terms
    return values, count.correction * float(centres.var(ddof=1)), float((spreads**2).mean())


def _drawn_units(n_rows: int, count: UnitCount, units: ResamplingUnits) -> str:
    """Describe what was drawn, for readers of reports."""
    what = f" as if independent (the run stores no {units.missing})" if units.missing else ""
    if units.groups is not None:
        what = f" in {count.number:.0f} groups"
    elif units.order is not None:
        what = f" in blocks of {block_length(n_rows)} successive rows"
    return f"{n_rows} fixed test rows{what}"


def _too_few_units(count: UnitCount, units: ResamplingUnits) -> str:
    """Return the reason why there is no interval for so few units, for readers of reports."""
    if count.number >= MIN_UNITS:
        return f"no interval: one of {count.number:.0f} groups has almost all test rows"
    name = "groups" if units.groups is not None else "rows"
    return f"no interval: {count.number:.0f} of at least {MIN_UNITS} {name} in the test part"
