"""Intervals for scores of repeated splits, and what follows from them.

Every interval names its target. `new data`: training and test rows drawn afresh from the same
place, which re-drawn splits inform about. `this data`: the fits of this very training part, met by
fresh test rows; see `bakeoff.statistics.bootstrap` for fixed test parts.

A page over 50,000 trials asks for thousands of intervals, so the formulas work on arrays; a single
interval is their result for a single line of values.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """As many intervals as the arrays hold, all of one shape; see `Interval`.

    Args:
        estimate: float (...), the values themselves.
        error: float (...), standard errors; NaN where there is no interval.
        df: float (...), degrees of freedom of the errors.
        count: int (...), values that each estimate is made of.
        target: `new data` or `this data`.
        how: how they were made.
        level: share of such intervals that hold the truth.
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
        """Half the width of each; NaN where there is no interval."""
        return np.asarray(t_quantile(self.df, self.level) * self.error)

    @property
    def p(self) -> Floats:
        """Two-sided probability of each estimate if the truth were 0; NaN without an interval."""
        with np.errstate(divide="ignore", invalid="ignore"):
            p = t_p(self.estimate / self.error, self.df)
        return np.where((self.error == 0) & (self.estimate == 0), 1.0, p)

    def scaled(self, factor: float) -> Intervals:
        """The same statements in another unit; `factor` above 0."""
        return replace(self, estimate=self.estimate * factor, error=self.error * factor)

    def to_list(self) -> list[Interval]:
        """One `Interval` each, in the order of the flattened arrays."""
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
    """Why so few repeats carry no interval, for people."""
    return f"no interval: {n} of at least {MIN_REPEATS} repeats"


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
    array, ratio = _checked(values, test_ratio, level)
    n = array.size
    if n < MIN_REPEATS:
        return no_interval(array, target=NEW_DATA, how=too_few(n))
    found = resampled_intervals(array, test_ratio=ratio, level=level, resolution=resolution)
    if np.isnan(found.error):
        how = f"no interval: every one of {n} repeats gave the same value"
        return no_interval(array, target=NEW_DATA, how=how)
    how = f"corrected resampled t over {n} splits (n_test/n_fit {ratio:.2f})"
    return replace(found, how=how).to_list()[0]


def resampled_intervals(
    values: npt.ArrayLike,
    *,
    test_ratio: npt.ArrayLike,
    level: float = LEVEL,
    resolution: npt.ArrayLike = 0.0,
) -> Intervals:
    """`resampled_interval` of each line, without its checks.

    Args:
        values: float (..., n_splits); NaN where a split has no value.
        test_ratio: n_test / n_fit >= 0, one number or one a value, which are averaged over the
            splits that have a value.
        level: strictly between 0 and 1.
        resolution: as in `resampled_interval`; one number, or those of means over 1, 2, ...
            splits, float (n_splits,), since lines may lack some.

    Returns:
        Intervals of shape (...).
    """
    array = np.asarray(values, dtype=float)
    known = np.isfinite(array)
    count = known.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, array, 0.0).sum(axis=-1) / count
        squares = np.where(known, (array - mean[..., None]) ** 2, 0.0).sum(axis=-1)
        spread = np.sqrt(squares / (count - 1))
        error = spread * np.sqrt(1 / count + _mean_ratio(test_ratio, known, count))
    step = np.asarray(resolution, dtype=float)
    if step.size > 1:
        step = step[np.clip(count - 1, 0, step.size - 1)]
    # Equal values of 0 are known to differ by nothing; equal values else tell no spread.
    is_flat = (spread <= np.finfo(float).eps * np.maximum(1.0, np.abs(mean))) & ~(step > 0)
    is_zero = is_flat & (mean == 0)
    least = floor_of(mean, step, level) / t_quantile(count - 1, level)
    error = np.where(is_flat, np.where(is_zero, 0.0, math.nan), np.maximum(error, least))
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
    """Least half width of an interval of shares of rows, see `resampled_interval`."""
    z, r = float(special.ndtri((1 + level) / 2)), np.asarray(resolution, dtype=float)
    return z * np.sqrt(np.abs(mean) * r + (z * r) ** 2)


def _checked(values: npt.ArrayLike, ratio: npt.ArrayLike, level: float) -> tuple[Floats, float]:
    """Values as an array, and the mean ratio."""
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


def _mean_ratio(ratio: npt.ArrayLike, known: npt.NDArray[np.bool_], count: Any) -> Any:
    """n_test / n_fit of each line, over the splits that have a value."""
    ratios = np.asarray(ratio, dtype=float)
    if not ratios.ndim:
        return ratios
    return np.where(known, np.broadcast_to(ratios, known.shape), 0.0).sum(axis=-1) / count


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
    if unknown := [i for i in intervals if not i.is_known]:
        how = unknown[0].how
        return no_interval([i.estimate for i in intervals], target=_target(intervals), how=how)
    return _mean_over_tasks(intervals).to_list()[0]


def mean_intervals(parts: Sequence[Intervals]) -> Intervals:
    """`mean_interval` element by element: each part holds the intervals of one task.

    Raises:
        ValueError: there is no part.
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
