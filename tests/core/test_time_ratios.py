"""Ratios of paired times: medians with intervals of order statistics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bakeoff.statistics.speedup import time_ratio

FIVE = [2.0, 3.0, 4.0, 5.0, 200.0]


def test_five_pairs_have_the_smallest_and_largest_ratio_as_ends() -> None:
    """One split that took 50 times as long moves an end, not the ratio; 1 - 2 / 2^5 = 93.75 %."""
    found = time_ratio(FIVE, [1.0] * 5)

    assert (found.estimate, found.low, found.high, found.level) == (4.0, 2.0, 200.0, 0.9375)
    assert found.is_clear


def test_four_pairs_have_no_interval() -> None:
    """The widest has a level of 1 - 2 / 2^4 = 87.5 %; the median is the root of 3 times 4."""
    found = time_ratio([2.0, 3.0, 4.0, 9.0], [1.0] * 4)

    assert found.estimate == pytest.approx(math.sqrt(12))
    assert not found.is_known
    assert not found.is_clear
    assert found.how == "no interval: 4 of at least 5 splits"


@pytest.mark.parametrize("n", [6, 9, 10, 25, 40])
def test_ends_are_those_of_scipys_test_of_a_median(n: int) -> None:
    """Against `quantile_test`, an independent implementation, where 95 % are reached."""
    logs = np.random.default_rng(n).normal(size=n)
    found = time_ratio(np.exp(logs), np.ones(n))
    ours = np.log([found.low, found.high])
    # The two one-sided intervals of 97.5 %, whose ends are those of the two-sided one.
    ends = [
        stats.quantile_test(logs, alternative=side).confidence_interval(0.975)
        for side in ("greater", "less")
    ]

    assert ours == pytest.approx([ends[0].low, ends[1].high])
    assert found.level >= 0.95


@pytest.mark.parametrize("n", [5, 12])
def test_the_level_is_how_often_the_median_is_held(n: int) -> None:
    """20,000 samples of a skewed distribution whose median is 1."""
    samples = np.exp(np.random.default_rng(3).standard_exponential((20_000, n)) - math.log(2))
    found = [time_ratio(sample, np.ones(n)) for sample in samples[:4000]]
    held = np.mean([f.low <= 1 <= f.high for f in found])

    assert held == pytest.approx(found[0].level, abs=0.012)


def test_exchanged_sides_invert_the_ratio() -> None:
    """Of an even number too."""
    first, second = [1.0, 7.0, 3.0, 9.0, 2.0, 6.0], [2.0, 2.0, 5.0, 1.0, 7.0, 3.0]
    one, other = time_ratio(first, second), time_ratio(second, first)

    assert one.estimate == pytest.approx(1 / other.estimate)
    assert (one.low, one.high) == pytest.approx((1 / other.high, 1 / other.low))


def test_every_task_weighs_the_same_however_many_splits_it_has() -> None:
    """Medians 2 and 8 give 4; seven splits of one task don't outvote five of the other."""
    first = [2.0] * 7 + [8.0] * 5
    found = time_ratio(first, [1.0] * 12, ["a"] * 7 + ["b"] * 5)

    assert found.estimate == pytest.approx(4.0)
    assert found.n == 12


def test_five_splits_of_two_tasks_have_no_interval_but_may_be_clear() -> None:
    """0.9375 squared is under 90 %; (1 - 2 / 2^6) squared = 93.8 % isn't."""
    tasks = ["a"] * 5 + ["b"] * 5
    found = time_ratio([*FIVE, *FIVE], [1.0] * 10, tasks)
    mixed = time_ratio([*FIVE, 0.5, *FIVE[1:]], [1.0] * 10, tasks)

    assert found.how == "no interval: 5 of at least 6 splits on each of 2 tasks"
    assert (found.is_known, found.is_clear, mixed.is_clear) == (False, True, False)


def test_ends_over_tasks_are_geometric_means_of_the_tasks_ends() -> None:
    """Six splits each: [1, 6] and [4, 24] give [2, 12], at (1 - 2 / 2^6)^2."""
    first = [1.0, 2, 3, 4, 5, 6, 4, 8, 12, 16, 20, 24]
    found = time_ratio(first, [1.0] * 12, ["a"] * 6 + ["b"] * 6)

    assert (found.low, found.high) == pytest.approx((2.0, 12.0))
    assert found.level == pytest.approx((1 - 2 / 64) ** 2)


def test_the_level_over_tasks_is_a_lower_bound() -> None:
    """Two tasks with medians 1 and 3, skewed; the root of 3 is held at least that often."""
    rng, held = np.random.default_rng(5), []
    tasks = ["a"] * 8 + ["b"] * 8
    for _ in range(2000):
        first = np.exp(rng.standard_exponential(16) - math.log(2))
        first[8:] *= 3
        found = time_ratio(first, np.ones(16), tasks)
        held.append(found.low <= math.sqrt(3) <= found.high)

    assert np.mean(held) >= found.level - 0.01


def test_pairs_without_both_times_are_left_out() -> None:
    """Nothing measured, not started, and a task of which nothing is known."""
    found = time_ratio([math.nan, 0.0, 6.0], [1.0, 1.0, 2.0])
    none = time_ratio([6.0, math.nan], [2.0, 1.0], ["a", "b"])

    assert (found.estimate, found.n) == (3.0, 1)
    assert math.isnan(none.estimate)
    assert math.isnan(time_ratio([], []).estimate)


def test_sides_of_different_length_are_refused() -> None:
    """They are not pairs."""
    with pytest.raises(ValueError, match="expected seconds and tasks of shape"):
        time_ratio([1.0, 2.0], [1.0])
