"""Many intervals at once are SciPy's, and the same as one at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bakeoff.statistics.intervals import (
    Interval,
    Intervals,
    mean_interval,
    mean_intervals,
    resampled_interval,
    resampled_intervals,
)

values = st.lists(
    st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, math.nan]), min_size=5, max_size=5),
    min_size=1,
    max_size=4,
)


def same(one: Interval, other: Interval) -> bool:
    """Whether estimate, ends, p and error agree to the last few bits."""
    names = ("estimate", "low", "high", "p", "error")
    pairs = [(getattr(one, n), getattr(other, n)) for n in names]
    return all(a == pytest.approx(b, rel=1e-9, abs=1e-12, nan_ok=True) for a, b in pairs)


@settings(max_examples=60, deadline=None)
@given(values, st.sampled_from([0.0, 0.02]))
def test_each_line_equals_the_single_interval(lines: list[list[float]], step: float) -> None:
    """With missing splits, equal values and too few of them, with and without a resolution."""
    many = resampled_intervals(lines, test_ratio=0.3, resolution=step).to_list()

    for line, found in zip(lines, many, strict=True):
        kept = [v for v in line if math.isfinite(v)]
        single = resampled_interval(kept, test_ratio=[0.3] * len(kept), resolution=step)
        assert same(found, single), (found, single)


@settings(max_examples=60, deadline=None)
@given(st.lists(values.filter(lambda v: len(v) > 1), min_size=1, max_size=3))
def test_means_over_tasks_equal_the_single_mean(tasks: list[list[list[float]]]) -> None:
    """Welch and Satterthwaite's degrees of freedom, an unknown part leaves the mean unknown."""
    tasks = [task[:2] for task in tasks]
    many = mean_intervals([resampled_intervals(t, test_ratio=0.25) for t in tasks]).to_list()

    for index, found in enumerate(many):
        parts = [[v for v in task[index] if math.isfinite(v)] for task in tasks]
        single = mean_interval([resampled_interval(p, test_ratio=0.25) for p in parts])
        assert same(found, single), (found, single)


def test_lines_with_missing_splits_are_scipys_t_intervals() -> None:
    """Without overlap; the correction then multiplies the variance by 1 + J n_test/n_fit."""
    rng = np.random.default_rng(2)
    values = rng.normal(0.3, 1.0, (5, 12))
    values[rng.random(values.shape) < 0.3] = math.nan

    plain = resampled_intervals(values, test_ratio=0.0)
    corrected = resampled_intervals(values, test_ratio=0.25)

    expected = stats.ttest_1samp(values, 0.0, axis=1, nan_policy="omit")
    ends = expected.confidence_interval(0.95)
    assert plain.estimate - plain.half == pytest.approx(ends.low)
    assert plain.estimate + plain.half == pytest.approx(ends.high)
    assert plain.p == pytest.approx(expected.pvalue)
    assert plain.df == pytest.approx(expected.df)
    assert corrected.error == pytest.approx(plain.error * np.sqrt(1 + 0.25 * plain.count))


def test_another_level_is_scipys_too() -> None:
    """90 % intervals of several lines."""
    values = np.random.default_rng(4).normal(0.3, 1.0, (3, 9))

    found = resampled_intervals(values, test_ratio=0.0, level=0.9).to_list()

    ends = stats.ttest_1samp(values, 0.0, axis=1).confidence_interval(0.9)
    assert [i.low for i in found] == pytest.approx(ends.low)
    assert [i.high for i in found] == pytest.approx(ends.high)
    assert {i.level for i in found} == {0.9}


def test_means_of_two_tasks_are_welchs_for_two_groups() -> None:
    """Uncorrected, twice the mean of a and -b is the difference that Welch's test looks at."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(1.0, 1.0, (4, 8)), rng.normal(0.4, 3.0, (4, 6))

    found = mean_intervals([resampled_intervals(x, test_ratio=0.0) for x in (a, -b)])

    welch = stats.ttest_ind(a, b, axis=1, equal_var=False)
    ends = welch.confidence_interval(0.95)
    assert 2 * (found.estimate - found.half) == pytest.approx(ends.low)
    assert 2 * (found.estimate + found.half) == pytest.approx(ends.high)
    assert found.p == pytest.approx(welch.pvalue)
    assert found.df == pytest.approx(welch.df)


def test_differences_of_nothing_are_certain() -> None:
    """All 0: no error and a p of 1; a difference without error has a p of 0."""
    zero = resampled_intervals(-np.zeros((1, 4)), test_ratio=0.2)
    shifted = Intervals(
        estimate=np.array([0.5]),
        error=np.zeros(1),
        df=np.array([math.inf]),
        count=np.array([4]),
        target="new data",
        how="",
    )

    assert (zero.to_list()[0].p, zero.to_list()[0].error) == (1.0, 0.0)
    assert math.copysign(1, zero.estimate[0]) == 1
    assert shifted.p.tolist() == [0.0]


def test_ratios_are_averaged_over_the_splits_that_count() -> None:
    """The ratio of a missing split plays no part."""
    found = resampled_intervals([[1.0, 2.0, 4.0, math.nan]], test_ratio=[[0.1, 0.2, 0.3, 9.0]])

    expected = resampled_interval([1.0, 2.0, 4.0], test_ratio=[0.1, 0.2, 0.3])
    assert same(found.to_list()[0], expected)


def test_scaling_keeps_p() -> None:
    """Another unit, the same doubt."""
    found = resampled_intervals([[1.0, 2.0, 4.0]], test_ratio=0.2)

    assert found.scaled(100).p == pytest.approx(found.p)
    assert found.scaled(100).half == pytest.approx(found.half * 100)


def test_no_task_is_a_mistake() -> None:
    """There is nothing to average."""
    with pytest.raises(ValueError, match="at least one task"):
        mean_intervals([])


def test_an_unknown_one_says_why() -> None:
    """Too few repeats are counted."""
    two: Intervals = resampled_intervals(np.array([[1.0, 2.0]]), test_ratio=0.2)

    assert two.to_list()[0].how == "no interval: 2 of at least 3 repeats"
