"""Shares of a gap with Fieller's interval: how much of it a remedy closes."""

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
    """Fieller's interval of the ratio of two means over the same re-drawn splits.

    Args:
        top: float (J,), such as the gap that a remedy closed.
        bottom: float (J,), such as the gap of the control, paired with `top`.
        test_ratio: n_test / n_fit as in `statistics.resampled_interval`, whose correction both
            variances and their covariance share.
        level: strictly between 0 and 1.

    Returns:
        An interval for new data; without ends under three repeats, and where the denominator is
        not clearly different from 0, since then no bounded set of ratios holds the truth.

    Source:
        Fieller, "Some Problems in Interval Estimation", Journal of the Royal Statistical Society
        B 16, 1954.
    """
    one, other = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"expected two arrays of one length; got {one.shape} and {other.shape}.")
    n = one.size
    estimate = float(one.mean() / other.mean()) if n and other.mean() != 0 else math.nan
    if n < MIN_REPEATS:
        return _without(estimate, n, too_few(n))
    factor = 1 / n + float(np.mean(np.asarray(test_ratio, dtype=float)))
    spread = np.cov(one, other, ddof=1) * factor
    moments = _Moments(
        top=float(one.mean()),
        bottom=float(other.mean()),
        var_top=float(spread[0, 0]),
        var_bottom=float(spread[1, 1]),
        cov=float(spread[0, 1]),
    )
    ends = _fieller(moments, float(t_quantile(n - 1, level)))
    if ends is None:
        return _without(estimate, n, "no interval: the gap of the control is not clear")
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


def _without(estimate: float, n: int, how: str) -> Interval:
    return replace(no_interval([estimate], target=NEW_DATA, how=how), n=n)


def _fieller(m: _Moments, t: float) -> tuple[float, float] | None:
    """Ends of the set of ratios r with |top - r bottom| <= t times its error, if it is bounded."""
    a = m.bottom**2 - t**2 * m.var_bottom
    if a <= 0:
        return None
    b = m.top * m.bottom - t**2 * m.cov
    c = m.top**2 - t**2 * m.var_top
    root = math.sqrt(max(0.0, b**2 - a * c))
    return (b - root) / a, (b + root) / a
