"""Intervals for scores of repeated splits, and what follows from them.

Every interval names its target. `new data`: training and test rows drawn afresh from the same
place, which re-drawn splits inform about. `this data`: the fits of this very training part, met by
fresh test rows; see `bakeoff.statistics.bootstrap` for fixed test parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bakeoff.statistics.significance import LEVEL, t_p, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

NEW_DATA = "new data"

THIS_DATA = "this data"

MIN_REPEATS = 3
"""Fewer values than this carry no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its interval, or without one where the data carry none.

    Args:
        estimate: the value itself; NaN where there is nothing to estimate from.
        low: lower end; NaN where there is no interval.
        high: upper end; NaN where there is no interval.
        n: values that the estimate is made of.
        target: `new data` or `this data`, see the module's docstring.
        how: how the interval was made, or why there is none, for people.
        p: two-sided probability of such an estimate if the truth were 0; NaN where unknown.
        error: standard error of the estimate; NaN where unknown.
        df: degrees of freedom of that error.
        level: share of such intervals that hold the truth.
    """

    estimate: float
    low: float
    high: float
    n: int
    target: str
    how: str
    p: float = math.nan
    error: float = math.nan
    df: float = math.nan
    level: float = LEVEL

    @property
    def is_known(self) -> bool:
        """Whether there is an interval and not only an estimate."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.is_known and (self.low > 0 or self.high < 0)

    def lies_above(self, bound: float) -> bool:
        """Whether the whole interval lies above `bound`."""
        return self.is_known and self.low > bound

    def lies_within(self, band: float) -> bool:
        """Whether the whole interval lies in [-band, band]."""
        return self.is_known and self.low >= -band and self.high <= band

    def scaled(self, factor: float) -> Interval:
        """The same statement in another unit; `factor` above 0."""
        return replace(
            self,
            estimate=self.estimate * factor,
            low=self.low * factor,
            high=self.high * factor,
            error=self.error * factor,
        )


def no_interval(values: npt.ArrayLike, *, target: str, how: str) -> Interval:
    """The mean alone, with the reason why no interval stands beside it."""
    array = np.asarray(values, dtype=float)
    estimate = float(array.mean()) if array.size else math.nan
    nan = math.nan
    return Interval(estimate=estimate, low=nan, high=nan, n=array.size, target=target, how=how)


def resolution_of(n_test: float, n_rows: float, n_splits: int) -> float:
    """The smallest step that a mean share of rows can make: 1 over the different rows tested.

    Args:
        n_test: rows of one test part.
        n_rows: rows from which the test parts are drawn.
        n_splits: test parts, each drawn afresh.

    >>> round(1 / resolution_of(20, 100, 5), 1)
    67.2
    """
    return 1 / (n_rows * (1 - (1 - n_test / n_rows) ** n_splits))


def resampled_interval(
    values: npt.ArrayLike,
    *,
    test_ratio: npt.ArrayLike,
    level: float = LEVEL,
    resolution: float = 0.0,
) -> Interval:
    """Corrected resampled t interval of the mean over re-drawn splits.

    Splits of one dataset share rows, so their values are correlated and the usual 1/J is too
    small: the variance is multiplied by 1/J + n_test/n_fit instead. With k folds and r repeats
    J is r times k and n_test/n_fit is 1/(k-1), as for any other split. The correction takes the
    correlation between splits to be that of their shared rows, so the level holds roughly.

    Where hardly any row is predicted wrongly, all splits agree and their spread says nothing of
    the rows that were not drawn. For scores that are shares of rows `resolution` puts a floor
    under the width, that of Wilson's interval for a share: z sqrt(|mean| r + z^2 r^2).

    Args:
        values: float (J,), one value a split: paired differences, gaps or scores.
        test_ratio: n_test / n_fit >= 0, one number or one a split, which are averaged; n_fit are
            the rows really fitted. 0 gives the ordinary t interval of independent values.
        level: strictly between 0 and 1.
        resolution: `resolution_of` the test parts for scores bounded by -1 and 1; 0 for others.

    Returns:
        An interval for new data; without ends where J is below three. Without a resolution there
        are none either where every split gave the same value other than 0, so that nothing is
        known of the spread.

    Raises:
        ValueError: a value is not finite, a ratio is negative, or `level` is out of range.

    Source:
        Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003,
        section 3.1; for repeated k-fold: Bouckaert and Frank, "Evaluating the Replicability of
        Significance Tests for Comparing Learning Algorithms", 2004; Wilson, "Probable Inference,
        the Law of Succession, and Statistical Inference", 1927, for the floor.
    """
    array = np.asarray(values, dtype=float)
    ratio = _checked_ratio(array, test_ratio, level)
    n = array.size
    if n < MIN_REPEATS:
        how = f"no interval: {n} of at least {MIN_REPEATS} repeats"
        return no_interval(array, target=NEW_DATA, how=how)
    mean, spread = float(array.mean()), float(array.std(ddof=1))
    how = f"corrected resampled t over {n} splits (n_test/n_fit {ratio:.2f})"
    is_flat = spread <= np.finfo(float).eps * max(1.0, abs(mean))
    if is_flat and not resolution > 0:
        return _without_spread(array, mean, how, level)
    quantile = float(t_quantile(n - 1, level))
    least = floor_of(mean, resolution, level)
    error = max(spread * math.sqrt(1 / n + ratio), float(least) / quantile)
    half = quantile * error
    p = float(t_p(mean / error, n - 1))
    return Interval(
        estimate=mean,
        low=mean - half,
        high=mean + half,
        n=n,
        target=NEW_DATA,
        how=how,
        p=p,
        error=error,
        df=n - 1,
        level=level,
    )


def floor_of(mean: npt.ArrayLike, resolution: npt.ArrayLike, level: float = LEVEL) -> Any:
    """Least half width of an interval of shares of rows, see `resampled_interval`."""
    z, r = float(special.ndtri((1 + level) / 2)), np.asarray(resolution, dtype=float)
    return z * np.sqrt(np.abs(mean) * r + (z * r) ** 2)


def _checked_ratio(values: npt.NDArray[np.float64], ratio: npt.ArrayLike, level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"expected 0 < level < 1; got {level}.")
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(f"expected finite values of shape (n,); got {values!r}.")
    ratios = np.asarray(ratio, dtype=float)
    mean = float(ratios.mean()) if ratios.size else 0.0
    if not mean >= 0:
        raise ValueError(f"expected test_ratio >= 0; got {ratio!r}.")
    return mean


def _without_spread(
    values: npt.NDArray[np.float64], mean: float, how: str, level: float
) -> Interval:
    if mean != 0:
        same = f"no interval: every one of {values.size} repeats gave the same value"
        return no_interval(values, target=NEW_DATA, how=same)
    return Interval(
        estimate=0.0,
        low=0.0,
        high=0.0,
        n=values.size,
        target=NEW_DATA,
        how=how,
        p=1.0,
        error=0.0,
        df=values.size - 1,
        level=level,
    )


def mean_interval(intervals: Sequence[Interval]) -> Interval:
    """Mean over tasks, each weighing the same, with what their own intervals leave open.

    It speaks about these tasks, not about tasks that were never run. The degrees of freedom are
    Welch and Satterthwaite's. One task without an interval leaves the mean without one.

    Raises:
        ValueError: there is no interval to average.
    """
    if not intervals:
        raise ValueError("expected at least one interval; got none.")
    if len(intervals) == 1:
        return intervals[0]
    targets = {i.target for i in intervals}
    target = targets.pop() if len(targets) == 1 else THIS_DATA
    estimates = [i.estimate for i in intervals]
    if unknown := [i for i in intervals if not i.is_known]:
        return no_interval(estimates, target=target, how=unknown[0].how)
    parts = np.array([(i.error / len(intervals)) ** 2 for i in intervals])
    estimate, error = float(np.mean(estimates)), float(math.sqrt(parts.sum()))
    free = np.array([i.df for i in intervals])
    denominator = float((parts**2 / free).sum())
    df = float(parts.sum()) ** 2 / denominator if denominator > 0 else math.inf
    level = intervals[0].level
    half = float(t_quantile(df, level)) * error
    p = float(t_p(estimate / error, df)) if error > 0 else float(estimate == 0)
    return Interval(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        n=len(intervals),
        target=target,
        how=f"mean of {len(intervals)} tasks of equal weight; {intervals[0].how}",
        p=p,
        error=error,
        df=df,
        level=level,
    )
