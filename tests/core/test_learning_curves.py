"""The number of rows from which on a difference stays positive, against hand-made cases."""

from __future__ import annotations

import math

import pytest

from bakeoff.statistics.intervals import NEW_DATA, Interval
from bakeoff.statistics.learning_curves import NONE_WITHIN, find_crossing


def at(low: float, high: float) -> Interval:
    """An interval around the middle of two ends."""
    return Interval(
        estimate=(low + high) / 2, low=low, high=high, n=5, target=NEW_DATA, how="given"
    )


def test_crossing_is_the_first_size_that_stays_above() -> None:
    """Clearly below at 100, open at 300, above from 1000 on; the line crosses between."""
    found = find_crossing([100, 300, 1000], [at(-0.3, -0.1), at(-0.1, 0.1), at(0.1, 0.3)])

    assert (found.size, found.low, found.how) == (1000, 100, "from 1,000 rows on")
    assert found.estimate == pytest.approx(300)


def test_crossing_that_falls_back_is_none() -> None:
    """Above once is not above for good; the smallest size may be above already."""
    fallen = find_crossing([100, 300], [at(0.1, 0.3), at(-0.1, 0.3)])
    always = find_crossing([100, 300], [at(0.1, 0.3), at(0.1, 0.3)])

    assert (fallen.is_known, fallen.how, fallen.low) == (False, NONE_WITHIN, 0)
    assert (always.size, always.how) == (100, "at 100 rows already")
    assert math.isnan(always.estimate)
    with pytest.raises(ValueError, match="ascending sizes"):
        find_crossing([300, 100], [at(0, 1), at(0, 1)])
