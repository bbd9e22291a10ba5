"""From how many training rows on learned features win."""

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
    """Where a difference over the number of rows turns positive for good.

    Args:
        size: first size from which every interval lies above 0; NaN where there is none.
        low: largest size up to which every interval lies below 0, so that the crossing lies
            beyond it; 0 where even the smallest size is not clearly below.
        estimate: where the line through the estimates last crosses 0 on a logarithmic axis; NaN
            where it doesn't cross.
        how: the answer in words.
    """

    size: float
    low: float
    estimate: float
    how: str

    @property
    def is_known(self) -> bool:
        """Whether there is such a size within the data."""
        return math.isfinite(self.size)


def find_crossing(sizes: Sequence[float], differences: Sequence[Interval]) -> Crossing:
    """Find where the first side overtakes the second.

    Args:
        sizes: rows of training plus validation, ascending, above 0.
        differences: at each size, first side minus second.

    Raises:
        ValueError: not one interval a size, or sizes that don't ascend.
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
    values = [interval.estimate for interval in differences]
    for i in range(len(sizes) - 1, 0, -1):
        before, after = values[i - 1], values[i]
        if before <= 0 < after:
            share = -before / (after - before)
            start, end = math.log(sizes[i - 1]), math.log(sizes[i])
            return math.exp(start + share * (end - start))
    return math.nan
