"""Confidence intervals for mean scores over repeated splits, and their means over tasks.

Every interval has a target. `new data`: new training and test rows from the same population, which
resampled splits give evidence about. `this data`: the fits on this training part, tested on new
rows; see `bakeoff.statistics.bootstrap` for fixed test parts.

A report on 50,000 trials has thousands of intervals, so the formulas work on arrays; a single
interval is an array of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bakeoff.statistics.significance import LEVEL, satterthwaite_df, t_p, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

NEW_DATA = "new data"

THIS_DATA = "this data"

MIN_REPEATS = 3
"""Minimum number of values for an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its confidence interval, or without one if the data are too few.

    Args:
        estimate: the point estimate; NaN if there are no values.
        low: lower end; NaN if there is no interval.
        high: upper end; NaN if there is no interval.
        n: number of values in the estimate.
        target: `new data` or `this data`, see the module's docstring.
        how: how the interval was computed, or why there is none, for readers of reports.
        p: two-sided p value of the hypothesis that the true value is 0; NaN if unknown.
        error: standard error of the estimate; NaN if unknown.
        df: degrees of freedom of the standard error.
        level: confidence level.
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
        """Whether there is an interval besides the estimate."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.is_known and (self.low > 0 or self.high < 0)

    def lies_above(self, bound: float) -> bool:
        """Return True if the whole interval is above `bound`."""
        return self.is_known and self.low > bound

    def lies_within(self, band: float) -> bool:
        """Return True if the whole interval is within [-band, band]."""
        return self.is_known and self.low >= -band and self.high <= band

    def scaled(self, factor: float) -> Interval:
        """Return the interval in another unit; a negative `factor` turns it round."""
        low, high = sorted((self.low * factor, self.high * factor))
        estimate, error = self.estimate * factor, self.error * abs(factor)
        return replace(self, estimate=estimate, low=low, high=high, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Array of intervals; see `Interval`.

    Args:
        estimate: float (...), point estimates.
        error: float (...), standard errors; NaN if there is no interval.
        df: float (...), degrees of freedom of the standard errors.
        count: int (...), number of values in each estimate.
        target: `new data` or `this data`.
        how: how they were computed.
        level: confidence level.
    """

    estimate: Floats
    error: Floats
    df: Floats
    count: npt.NDArray[np.int64]
    target: str
    how: str
    level: float = LEVEL

    @property
    def half(self) -> Floats:
        """Half width of each interval; NaN if there is none."""
        return np.asarray(t_quantile(self.df, self.level) * self.error)

    @property
    def p(self) -> Floats:
        """Two-sided p value of each hypothesis of a true value of 0; NaN without an interval."""
        with np.errstate(divide="ignore", invalid="ignore"):
            p = t_p(self.estimate / self.error, self.df)
        return np.where((self.error == 0) & (self.estimate == 0), 1.0, p)

    def scaled(self, factor: float) -> Intervals:
        """Return the intervals in another unit; `factor` above 0."""
        return replace(self, estimate=self.estimate * factor, error=self.error * factor)

    def to_list(self) -> list[Interval]:
        """Return a list of `Interval`, in the order of the flattened arrays."""
        columns = (self.estimate, self.half, self.p, self.error, self.df, self.count)
        rows = zip(*(np.ravel(column).tolist() for column in columns), strict=True)
        return [self._one(*row) for row in rows]

    def _one(self, estimate: float, half: float, p: float, *rest: float) -> Interval:
        error, df, count = rest
        how = self.how
        if not math.isfinite(half):
            is_few = count < MIN_REPEATS
            how = too_few(int(count)) if is_few else "no interval: the repeats tell no spread"
        return Interval(
            estimate=estimate,
            low=estimate - half,
            high=estimate + half,
            n=int(count),
            target=self.target,
            how=how,
            p=p,
            error=error,
            df=df,
            level=self.level,
        )


def too_few(n: int) -> str:
    """Return the reason why there is no interval for so few repeats, for readers of reports."""
    return f"no interval: {n} of at least {MIN_REPEATS} repeats"


def no_interval(values: npt.ArrayLike, *, target: str, how: str) -> Interval:
    """Return an `Interval` with the mean of values but without ends; `how` has the reason."""
    array = np.asarray(values, dtype=float)
    estimate = float(array.mean()) if array.size else math.nan
    nan = math.nan
    return Interval(estimate=estimate, low=nan, high=nan, n=array.size, target=target, how=how)


def resolution_of(n_test: float, n_rows: float, n_splits: int) -> float:
    """Return the resolution of a mean share of rows: 1 / expected number of distinct test rows.

    Args:
        n_test: number of rows of one test part.
        n_rows: number of rows from which the test parts are drawn.
        n_splits: number of test parts, drawn independently.

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
    """Compute the corrected resampled t interval of the mean over resampled splits.

    Splits of one dataset share rows, so their values are correlated and the usual factor 1/J is too
    small: the variance is multiplied by 1/J + n_test/n_fit instead. With k folds and r repeats
    J is r times k and n_test/n_fit is 1/(k-1), as for any other split. The correction assumes that
    the correlation between splits is that of their shared rows, so coverage is approximate.

    If almost no row is predicted wrongly, all splits agree and their variance says nothing about
    rows that were not drawn. For scores that are shares of rows, `resolution` sets a minimum half
    width, that of Wilson's interval for a share: z sqrt(|mean| r + z^2 r^2).

    Args:
        values: float (J,), one value per split: paired differences, gaps or scores.
        test_ratio: n_test / n_fit >= 0, one number, or one per split, which are averaged; n_fit is
            the number of rows fitted. 0 gives the ordinary t interval of independent values.
        level: confidence level, strictly between 0 and 1.
        resolution: `resolution_of` the test parts for scores bounded by -1 and 1; 0 for others.

    Returns:
        An interval for new data; without ends if J is below three. Without a resolution there are
        none either if every split has the same value other than 0, since the variance is unknown.

    Raises:
        ValueError: a value is not finite, a ratio is negative, or `level` is out of range.

    Source:
        Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003,
        section 3.1; for repeated k-fold: Bouckaert and Frank, "Evaluating the Replicability of
        Significance Tests for Comparing Learning Algorithms", 2004; Wilson, "Probable Inference,
        the Law of Succession, and Statistical Inference", 1927, for the floor.
    """
    array, ratio = _checked(values, test_ratio, level)
    n = array.size
    if n < MIN_REPEATS:
        return no_interval(array, target=NEW_DATA, how=too_few(n))
    intervals = resampled_intervals(array, test_ratio=ratio, level=level, resolution=resolution)
    if np.isnan(intervals.error):
        how = f"no interval: every one of {n} repeats gave the same value"
        return no_interval(array, target=NEW_DATA, how=how)
    how = f"corrected resampled t over {n} splits (n_test/n_fit {ratio:.2f})"
    return replace(intervals, how=how).to_list()[0]


def trimmed_interval(
    values: npt.ArrayLike, *, test_ratio: npt.ArrayLike, level: float = LEVEL
) -> Interval:
    """Compute the interval of the trimmed mean over resampled splits; outliers don't widen it.

    A tenth of the values at each end is trimmed, at least one; the variance is that of the
    winsorised values, corrected for shared rows as in `resampled_interval`.

    Args:
        values: float (J,), one value per split.
        test_ratio: n_test / n_fit >= 0, one number, or one per split, which are averaged.
        level: confidence level, strictly between 0 and 1.

    Returns:
        An interval for new data; without ends if trimming leaves fewer than three values.

    Source:
        Tukey and McLaughlin, "Less Vulnerable Confidence and Significance Procedures for Location
        Based on a Single Sample: Trimming/Winsorization 1", Sankhya A 25, 1963.
    """
    array, ratio = _checked(values, test_ratio, level)
    n, n_cut = array.size, max(1, array.size // 10)
    n_left = n - 2 * n_cut
    if n_left < MIN_REPEATS:
        return no_interval(array, target=NEW_DATA, how=too_few(max(0, n_left)))
    ordered = np.sort(array)
    estimate = float(ordered[n_cut:-n_cut].mean())
    winsorised = np.clip(ordered, ordered[n_cut], ordered[-n_cut - 1])
    error = float(winsorised.std(ddof=1)) * n / n_left * math.sqrt(1 / n + ratio)
    half = float(t_quantile(n_left - 1, level)) * error
    return Interval(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        n=n,
        target=NEW_DATA,
        how=f"t of the trimmed mean over {n} splits, {n_cut} trimmed at each end",
        error=error,
        df=n_left - 1,
        level=level,
    )


def resampled_intervals(
    values: npt.ArrayLike,
    *,
    test_ratio: npt.ArrayLike,
    level: float = LEVEL,
    resolution: npt.ArrayLike = 0.0,
) -> Intervals:
    """Compute `resampled_interval` along the last axis, without its checks.

    Args:
        values: float (..., n_splits); NaN if a split has no value.
        test_ratio: n_test / n_fit >= 0, one number, or one per value, which are averaged over the
            splits that have a value.
        level: confidence level, strictly between 0 and 1.
        resolution: as in `resampled_interval`; one number, or those of means over 1, 2, ...
            splits, float (n_splits,), since some splits may have no value.

    Returns:
        Intervals of shape (...).
    """
    array = np.asarray(values, dtype=float)
    is_finite = np.isfinite(array)
    count = is_finite.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(is_finite, array, 0.0).sum(axis=-1) / count
        squares = np.where(is_finite, (array - mean[..., None]) ** 2, 0.0).sum(axis=-1)
        deviation = np.sqrt(squares / (count - 1))
        error = deviation * np.sqrt(1 / count + _mean_ratio(test_ratio, is_finite, count))
    step = np.asarray(resolution, dtype=float)
    if step.size > 1:
        step = step[np.clip(count - 1, 0, step.size - 1)]
    # Differences that are all 0 have an error of 0; that of other equal values is unknown.
    is_constant = (deviation <= np.finfo(float).eps * np.maximum(1.0, np.abs(mean))) & ~(step > 0)
    is_zero = is_constant & (mean == 0)
    least = floor_of(mean, step, level) / t_quantile(count - 1, level)
    error = np.where(is_constant, np.where(is_zero, 0.0, math.nan), np.maximum(error, least))
    return Intervals(
        estimate=np.where(is_zero, 0.0, mean),
        error=np.where(count < MIN_REPEATS, math.nan, error),
        df=np.asarray(count - 1, dtype=float),
        count=count,
        target=NEW_DATA,
        how="corrected resampled t over splits",
        level=level,
    )


def floor_of(mean: npt.ArrayLike, resolution: npt.ArrayLike, level: float = LEVEL) -> Any:
    """Return the minimum half width of an interval of shares of rows, see `resampled_interval`."""
    z, r = float(special.ndtri((1 + level) / 2)), np.asarray(resolution, dtype=float)
    return z * np.sqrt(np.abs(mean) * r + (z * r) ** 2)


def _checked(values: npt.ArrayLike, ratio: npt.ArrayLike, level: float) -> tuple[Floats, float]:
    """Validate the arguments; return values as an array, and the mean ratio."""
    if not 0 < level < 1:
        raise ValueError(f"expected 0 < level < 1; got {level}.")
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"expected finite values of shape (n,); got {array!r}.")
    ratios = np.asarray(ratio, dtype=float)
    mean = float(ratios.mean()) if ratios.size else 0.0
    if not mean >= 0:
        raise ValueError(f"expected test_ratio >= 0; got {ratio!r}.")
    return array, mean


def _mean_ratio(ratio: npt.ArrayLike, is_finite: npt.NDArray[np.bool_], count: Any) -> Any:
    """Return the mean of n_test / n_fit over the splits that have a value."""
    ratios = np.asarray(ratio, dtype=float)
    if not ratios.ndim:
        return ratios
    return np.where(is_finite, np.broadcast_to(ratios, is_finite.shape), 0.0).sum(axis=-1) / count


def mean_interval(intervals: Sequence[Interval]) -> Interval:
    """Compute the interval of the mean over tasks with equal weights, from the tasks' intervals.

    It is an interval for these tasks, not for new tasks. The degrees of freedom are those of Welch
    and Satterthwaite. If one task has no interval, the mean has none.

    Raises:
        ValueError: there is no interval to average.
    """
    if not intervals:
        raise ValueError("expected at least one interval; got none.")
    if len(intervals) == 1:
        return intervals[0]
    if unknown := [i for i in intervals if not i.is_known]:
        how = unknown[0].how
        return no_interval([i.estimate for i in intervals], target=_target(intervals), how=how)
    return _mean_over_tasks(intervals).to_list()[0]


def mean_intervals(parts: Sequence[Intervals]) -> Intervals:
    """Compute `mean_interval` element by element: each part has the intervals of one task.

    Raises:
        ValueError: there are no parts.
    """
    if not parts:
        raise ValueError("expected at least one task; got none.")
    return parts[0] if len(parts) == 1 else _mean_over_tasks(parts)


def _mean_over_tasks(parts: Sequence[Interval] | Sequence[Intervals]) -> Intervals:
    n = len(parts)
    variances = np.array([(part.error / n) ** 2 for part in parts])
    error = np.sqrt(variances.sum(axis=0))
    return Intervals(
        estimate=np.array([part.estimate for part in parts]).mean(axis=0),
        error=error,
        df=satterthwaite_df(variances, np.array([part.df for part in parts])),
        count=np.full(error.shape, n),
        target=_target(parts),
        how=f"mean of {n} tasks of equal weight; {parts[0].how}",
        level=parts[0].level,
    )


def _target(parts: Sequence[Interval] | Sequence[Intervals]) -> str:
    targets = {part.target for part in parts}
    return targets.pop() if len(targets) == 1 else THIS_DATA
