"""Intervals of ratios of means, against simulation and the plain interval."""

from __future__ import annotations

import numpy as np
import pytest

from bakeoff.statistics.fieller import share_interval
from bakeoff.statistics.intervals import resampled_interval


def test_share_of_a_gap_holds_its_truth() -> None:
    """Fieller's set over 1,000 draws of eight pairs with a true ratio of 0.6."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(1000):
        gap = rng.normal(1.0, 0.3, 8)
        found = share_interval(0.6 * gap + rng.normal(0, 0.2, 8), gap, test_ratio=0.0)
        held.append(found.low <= 0.6 <= found.high)

    assert 0.93 <= np.mean(held) <= 0.97


def test_share_of_a_constant_denominator_is_the_plain_interval() -> None:
    """Dividing by a known number scales the corrected t interval."""
    top = np.array([0.1, 0.2, 0.4, 0.3])
    expected = resampled_interval(top, test_ratio=0.25).scaled(1 / 2)
    found = share_interval(top, np.full(4, 2.0), test_ratio=0.25)

    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_share_of_a_gap_that_is_not_clear_has_no_interval() -> None:
    """Any ratio at all could be true; two repeats say nothing either."""
    unclear = share_interval([0.1, 0.2, 0.1], [0.1, -0.1, 0.05], test_ratio=0.25)

    assert not unclear.is_known
    assert unclear.how == "no interval: the gap of the control is not clear"
    assert share_interval([1, 1], [1, 2], test_ratio=0).how.startswith("no interval: 2 of")
