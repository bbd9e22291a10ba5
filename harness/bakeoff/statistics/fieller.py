"""Fieller's interval of a ratio of two means, such as the share of a gap that a remedy closes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.intervals import MIN_REPEATS, NEW_DATA, Interval, no_interval, too_few
from bakeoff.statistics.significance import LEVEL, t_quantile

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """Means of numerator and denominator, and the covariance of those means."""

    top: float
    bottom: float
    var_top: float
    var_bottom: float
    cov: float


def share_interval(
    top: npt.ArrayLike, bottom: npt.ArrayLike, *, test_ratio: npt.ArrayLike, level: float = LEVEL
) -> Interval:
    """Compute Fieller's interval of the ratio of two means over the same resampled splits.

    Args:
        top: numerators, float (J,), such as the gap that a remedy closed.
        bottom: denominators, float (J,), such as the gap of the control, paired with `top`.
        test_ratio: n_test / n_fit as in `intervals.resampled_interval`; corrects both variances
            and their covariance.
        level: confidence level, strictly between 0 and 1.

    Returns:
        An interval for new data; without ends if there are fewer than three repeats, or if the
        denominator is not clearly different from 0, since then Fieller's set is unbounded.

    Source:
        Fieller, "Some Problems in Interval Estimation", Journal of the Royal Statistical Society
        B 16, 1954.
    """
    x, y = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"expected two arrays of one length; got {x.shape} and {y.shape}.")
    n = x.size
    estimate = float(x.mean() / y.mean()) if n and y.mean() != 0 else math.nan
    if n < MIN_REPEATS:
        return _no_interval(estimate, n, too_few(n))
    factor = 1 / n + float(np.mean(np.asarray(test_ratio, dtype=float)))
    covariance = np.cov(x, y, ddof=1) * factor
    moments = _Moments(
        top=float(x.mean()),
        bottom=float(y.mean()),
        var_top=float(covariance[0, 0]),
        var_bottom=float(covariance[1, 1]),
        cov=float(covariance[0, 1]),
    )
    ends = _fieller(moments, float(t_quantile(n - 1, level)))
    if ends is None:
        return _no_interval(estimate, n, "no interval: the gap of the control is not clear")
    return Interval(
        estimate=estimate,
        low=ends[0],
        high=ends[1],
        n=n,
        target=NEW_DATA,
        how=f"Fieller's interval over {n} splits",
        df=n - 1,
        level=level,
    )


def _no_interval(estimate: float, n: int, how: str) -> Interval:
    return replace(no_interval([estimate], target=NEW_DATA, how=how), n=n)


def _fieller(m: _Moments, t: float) -> tuple[float, float] | None:
    """Return the ends of the ratios r with |top - r bottom| <= t times its error, if bounded."""
    a = m.bottom**2 - t**2 * m.var_bottom
    if a <= 0:
        return None
    b = m.top * m.bottom - t**2 * m.cov
    c = m.top**2 - t**2 * m.var_top
    root = math.sqrt(max(0.0, b**2 - a * c))
    return (b - root) / a, (b + root) / a
