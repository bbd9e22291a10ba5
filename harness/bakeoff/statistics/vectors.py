"""Many intervals at once: the formulas of `bakeoff.statistics.intervals` on arrays.

A page over 50,000 trials asks for thousands of intervals; one call each would take a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.intervals import (
    MIN_REPEATS,
    NEW_DATA,
    THIS_DATA,
    Interval,
    floor_of,
)
from bakeoff.statistics.significance import t_p, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """As many intervals as the arrays are long; see `bakeoff.statistics.intervals.Interval`.

    Args:
        estimate: float (n,).
        error: float (n,), standard errors; NaN where there is no interval.
        df: float (n,), degrees of freedom of the errors.
        count: int (n,), values that each estimate is made of.
        target: `new data` or `this data`.
        how: how they were made.
    """

    estimate: Floats
    error: Floats
    df: Floats
    count: npt.NDArray[np.int64]
    target: str
    how: str

    @property
    def half(self) -> Floats:
        """Half the width of each, shaped (n,); NaN where there is no interval."""
        return np.asarray(t_quantile(self.df) * self.error)

    @property
    def p(self) -> Floats:
        """Two-sided probability, shaped (n,), of such an estimate if the truth were 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = self.estimate / self.error
        p = t_p(t, self.df)
        certain = np.where(self.estimate == 0, 1.0, 0.0)
        p = np.where(self.error == 0, certain, p)
        return np.asarray(np.where(np.isfinite(self.error), p, math.nan))

    def scaled(self, factor: float) -> Intervals:
        """The same statements in another unit; `factor` above 0."""
        return Intervals(
            estimate=self.estimate * factor,
            error=self.error * factor,
            df=self.df,
            count=self.count,
            target=self.target,
            how=self.how,
        )

    def to_list(self) -> list[Interval]:
        """One `Interval` each."""
        columns = (self.estimate, self.half, self.p, self.error, self.df, self.count)
        return [self._one(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]

    def _one(self, estimate: float, half: float, p: float, *rest: float) -> Interval:
        error, df, count = rest
        how = self.how
        if not math.isfinite(half):
            few = f"no interval: {count} of at least {MIN_REPEATS} repeats"
            how = few if count < MIN_REPEATS else "no interval: the repeats tell no spread"
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
        )


def resampled_intervals(
    values: npt.ArrayLike, *, test_ratio: npt.ArrayLike, resolution: npt.ArrayLike = 0.0
) -> Intervals:
    """`bakeoff.statistics.intervals.resampled_interval` of each line.

    Args:
        values: float (n, n_splits); NaN where a split has no value.
        test_ratio: n_test / n_fit >= 0, broadcast to the shape of `values`; averaged over the
            splits that have a value.
        resolution: as in `bakeoff.statistics.intervals.resampled_interval`: one number, or those of
            means over 1, 2, ... splits, float (n_splits,), since lines may lack some.

    Source:
        Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.
    """
    array = np.atleast_2d(np.asarray(values, dtype=float))
    known = np.isfinite(array)
    count = known.sum(axis=1)
    filled = np.where(known, array, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=1) / count
        squares = np.where(known, (array - mean[:, None]) ** 2, 0.0).sum(axis=1)
        spread = np.sqrt(squares / (count - 1))
        ratios = np.where(known, np.broadcast_to(test_ratio, array.shape), 0.0).sum(axis=1) / count
        error = spread * np.sqrt(1 / count + ratios)
        flat = spread <= np.finfo(float).eps * np.maximum(1.0, np.abs(mean))
    # Equal values of 0 are known to differ by nothing; equal values else tell no spread.
    steps = np.atleast_1d(np.asarray(resolution, dtype=float))
    step = steps[np.clip(count - 1, 0, len(steps) - 1)]
    least = floor_of(mean, step) / t_quantile(count - 1)
    unknown = np.where(flat, np.where(mean == 0, 0.0, math.nan), error)
    error = np.where(step > 0, np.maximum(error, least), unknown)
    error = np.where(count < MIN_REPEATS, math.nan, error)
    return Intervals(
        estimate=mean,
        error=error,
        df=np.asarray(count - 1, dtype=float),
        count=count,
        target=NEW_DATA,
        how="corrected resampled t over splits",
    )


def mean_intervals(parts: Sequence[Intervals]) -> Intervals:
    """`bakeoff.statistics.intervals.mean_interval` element by element: each part is one task.

    Raises:
        ValueError: there is no part.
    """
    if not parts:
        raise ValueError("expected at least one task; got none.")
    if len(parts) == 1:
        return parts[0]
    n = len(parts)
    squares = np.array([(part.error / n) ** 2 for part in parts])
    free = np.array([part.df for part in parts])
    total = squares.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        denominator = (squares**2 / free).sum(axis=0)
        df = np.where(denominator > 0, total**2 / denominator, math.inf)
    targets = {part.target for part in parts}
    return Intervals(
        estimate=np.asarray(np.mean([part.estimate for part in parts], axis=0)),
        error=np.sqrt(total),
        df=df,
        count=np.full(total.shape, n),
        target=targets.pop() if len(targets) == 1 else THIS_DATA,
        how=f"mean of {n} tasks of equal weight; {parts[0].how}",
    )
