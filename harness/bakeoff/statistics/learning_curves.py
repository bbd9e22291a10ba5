"""Find the number of training rows from which on one side of a comparison wins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.statistics.intervals import Interval

NONE_WITHIN = "none within this data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Number of rows from which on a difference is positive.

    Args:
        size: first size from which on every interval is above 0; NaN if there is none.
        low: largest size up to which every interval is below 0, a lower bound of the crossing; 0
            if the interval of the smallest size is not below 0.
        estimate: last zero of the line through the estimates over the logarithm of the size; NaN
            if there is none.
        how: the result in words.
    """

    size: float
    low: float
    estimate: float
    how: str

    @property
    def is_known(self) -> bool:
        """Whether the data have such a size."""
        return math.isfinite(self.size)


def find_crossing(sizes: Sequence[float], differences: Sequence[Interval]) -> Crossing:
    """Find the size from which on the first side is better than the second.

    Args:
        sizes: number of training plus validation rows, ascending, above 0.
        differences: first side minus second at each size.

    Raises:
        ValueError: numbers of sizes and intervals differ, or sizes don't ascend.
    """
    ascending = all(a < b for a, b in pairwise(sizes))
    if len(sizes) != len(differences) or not sizes or not ascending or sizes[0] <= 0:
        raise ValueError(f"expected one interval for each of ascending sizes; got {sizes!r}.")
    above = [interval.lies_above(0) for interval in differences]
    below = [interval.is_known and interval.high < 0 for interval in differences]
    first = next((i for i in range(len(sizes)) if all(above[i:])), None)
    n_below = next((i for i, is_below in enumerate(below) if not is_below), len(below))
    low = float(sizes[n_below - 1]) if n_below else 0.0
    if first is None:
        how, size = NONE_WITHIN, math.nan
    else:
        size = float(sizes[first])
        how = f"from {size:,.0f} rows on" if first else f"at {size:,.0f} rows already"
    return Crossing(size=size, low=low, estimate=_estimate(sizes, differences), how=how)


def _estimate(sizes: Sequence[float], differences: Sequence[Interval]) -> float:
    """Return the size at which the interpolated estimates last cross 0; NaN without a crossing."""
    values = [interval.estimate for interval in differences]
    for i in range(len(sizes) - 1, 0, -1):
        before, after = values[i - 1], values[i]
        if before <= 0 < after:
            share = -before / (after - before)
            start, end = math.log(sizes[i - 1]), math.log(sizes[i])
            return math.exp(start + share * (end - start))
    return math.nan
