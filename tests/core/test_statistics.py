"""Intervals against hand computation, SciPy and simulations whose truth is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from bakeoff.statistics.contrasts import adjusted_means
from bakeoff.statistics.intervals import (
    Interval,
    mean_interval,
    resampled_interval,
    resolution_of,
    trimmed_interval,
)

if TYPE_CHECKING:
    import numpy.typing as npt


def test_corrected_interval_equals_the_hand_computation() -> None:
    """Five differences, 80/20: variance 2.5 times (1/5 + 1/4), t of 4 degrees is 2.776."""
    interval = resampled_interval([1.0, 2.0, 3.0, 4.0, 5.0], test_ratio=0.25)

    half = 2.7764451 * math.sqrt(2.5 * 0.45)
    assert interval.estimate == pytest.approx(3.0)
    assert (interval.low, interval.high) == pytest.approx((3.0 - half, 3.0 + half))
    assert interval.target == "new data"


def test_without_overlap_the_interval_is_scipys_t_interval() -> None:
    """A ratio of 0 takes the correction away."""
    values = np.random.default_rng(1).normal(0.3, 1.0, 12)

    interval = resampled_interval(values, test_ratio=0.0)

    expected = stats.ttest_1samp(values, 0.0)
    ends = expected.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high))
    assert interval.p == pytest.approx(expected.pvalue)


def test_repeated_folds_count_as_that_many_splits() -> None:
    """Two repeats of five folds: J is 10 and n_test/n_fit is 1/4."""
    values = np.arange(10.0)

    interval = resampled_interval(values, test_ratio=np.full(10, 0.25))

    error = math.sqrt(values.var(ddof=1) * (1 / 10 + 1 / 4))
    assert interval.n == 10
    assert interval.high - interval.estimate == pytest.approx(stats.t.ppf(0.975, 9) * error)


@pytest.mark.parametrize("values", [[], [0.1], [0.1, 0.3]])
def test_under_three_repeats_there_is_no_interval(values: list[float]) -> None:
    """The mean stands alone and says why."""
    interval = resampled_interval(values, test_ratio=0.25)

    assert not interval.is_known
    assert "of at least 3 repeats" in interval.how


def test_equal_differences_claim_nothing_unless_they_are_zero() -> None:
    """Without spread there is no interval; where all are 0 the two are the same."""
    one = resampled_interval([0.1, 0.1, 0.1], test_ratio=0.25)
    zero = resampled_interval([0.0, 0.0, 0.0], test_ratio=0.25)

    assert not one.is_known
    assert (zero.low, zero.high, zero.p) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("values", "ratio", "level"),
    [([1.0, math.nan, 2.0], 0.2, 0.95), ([1.0, 2.0, 3.0], -0.1, 0.95), ([1.0, 2.0, 3.0], 0.2, 1.0)],
)
def test_impossible_arguments_are_refused(values: list[float], ratio: float, level: float) -> None:
    """Not finite, negative, or out of range."""
    with pytest.raises(ValueError, match="expected"):
        resampled_interval(values, test_ratio=ratio, level=level)


def test_scores_that_never_differ_have_the_width_of_a_share() -> None:
    """No discordant row among 67: Wilson's upper end for 0 of 67 is 3.84/67, less its shrinkage."""
    resolution = resolution_of(20, 100, 5)
    flat = resampled_interval([0.0] * 5, test_ratio=0.3, resolution=resolution)
    plain = resampled_interval([0.1, 0.3, 0.2], test_ratio=0.3)
    floored = resampled_interval([0.1, 0.3, 0.2], test_ratio=0.3, resolution=resolution)

    assert flat.high == pytest.approx(1.95996**2 * resolution, rel=1e-4)
    assert flat.p == pytest.approx(1.0)
    assert (plain.low, plain.high) == (floored.low, floored.high)
    assert resampled_interval([0.1] * 5, test_ratio=0.3, resolution=resolution).is_known
    assert not resampled_interval([0.1] * 5, test_ratio=0.3).is_known


def mean_against_zero(rng: np.random.Generator, n: int, mu: float) -> npt.NDArray[np.float64]:
    """Five 80/20 splits of one fresh sample: squared error of "zero" minus that of "the mean"."""
    y = rng.normal(mu, 1.0, n)
    differences = []
    for _ in range(5):
        order = rng.permutation(n)
        test, train = y[order[: n // 5]], y[order[n // 5 :]]
        differences.append(np.mean(test**2) - np.mean((test - train.mean()) ** 2))
    return np.array(differences)


@pytest.mark.parametrize("mu", [0.0, 0.25, 0.5, 1.0])
def test_corrected_interval_covers_where_the_plain_one_fails(mu: float) -> None:
    """1,000 fresh samples of a learner whose true advantage is mu^2 - 1/n_fit.

    The correction takes the correlation between splits to be n_test / n_all, which holds roughly:
    over 5,000 samples it covers 91 % (mu 0.25) to 95 %, the plain interval 81 % to 89 %.
    """
    rng = np.random.default_rng(7)
    truth = mu**2 - 1 / 80
    samples = [mean_against_zero(rng, 100, mu) for _ in range(1000)]

    intervals = [resampled_interval(s, test_ratio=0.25) for s in samples]

    corrected = np.mean([i.low <= truth <= i.high for i in intervals])
    plain = [resampled_interval(s, test_ratio=0.0) for s in samples]
    uncorrected = np.mean([i.low <= truth <= i.high for i in plain])
    assert corrected >= 0.90
    assert uncorrected < 0.90


def test_mean_of_tasks_equals_welch_for_two_groups() -> None:
    """Uncorrected, twice the mean of a and -b is the difference that Welch's test looks at."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(1.0, 1.0, 8), rng.normal(0.4, 3.0, 6)
    parts = [resampled_interval(a, test_ratio=0.0), resampled_interval(-b, test_ratio=0.0)]

    interval = mean_interval(parts)

    welch = stats.ttest_ind(a, b, equal_var=False)
    ends = welch.confidence_interval(0.95)
    assert (2 * interval.low, 2 * interval.high) == pytest.approx((ends.low, ends.high))
    assert interval.p == pytest.approx(welch.pvalue)


def test_a_task_without_an_interval_leaves_the_mean_without_one() -> None:
    """The estimate stays, the ends go."""
    known = resampled_interval([1.0, 2.0, 3.0], test_ratio=0.25)
    unknown = resampled_interval([4.0], test_ratio=0.25)

    interval = mean_interval([known, unknown])

    assert interval.estimate == pytest.approx(3.0)
    assert not interval.is_known


def test_interval_tells_above_within_and_clear() -> None:
    """Plain comparisons, and a change of unit."""
    interval = Interval(estimate=0.03, low=0.01, high=0.05, n=5, target="new data", how="")

    assert interval.is_clear
    assert interval.lies_above(0.005)
    assert not interval.lies_within(0.02)
    assert interval.scaled(100.0).high == pytest.approx(5.0)


def test_the_trimmed_interval_is_scipys_without_overlap() -> None:
    """Twenty values, two trimmed at each end."""
    values = np.random.default_rng(2).normal(0.3, 1.0, 20)

    interval = trimmed_interval(values, test_ratio=0.0)

    ends = stats.mstats.trimmed_mean_ci(values, limits=(0.1, 0.1))
    assert (interval.low, interval.high) == pytest.approx(tuple(ends))
    assert interval.estimate == pytest.approx(stats.trim_mean(values, 0.1))


def test_one_diverged_split_does_not_widen_the_trimmed_interval() -> None:
    """Winsorised: 0.30, 0.30, 0.31, 0.32, 0.32; times 5/3 for what is trimmed, t of 2 degrees."""
    interval = trimmed_interval([0.31, 0.30, -1e6, 0.33, 0.32], test_ratio=0.25)

    half = 4.3026527 * 0.01 * 5 / 3 * math.sqrt(0.45)
    assert interval.estimate == pytest.approx(0.31)
    assert (interval.low, interval.high) == pytest.approx((0.31 - half, 0.31 + half))
    assert not trimmed_interval([0.31, 0.30, 0.32, 0.33], test_ratio=0.25).is_known


def test_a_method_that_lacks_the_hardest_split_gains_nothing() -> None:
    """It is behind by 0.1 on every split that both have, and 0.02 ahead by plain means."""
    worse, better, guessing = [0.8, 0.8, np.nan], [0.9, 0.9, 0.54], [0.5, 0.5, 0.5]

    assert np.nanmean(worse) > np.mean(better)
    assert adjusted_means([worse, better, guessing]) == pytest.approx([0.68, 0.78, 0.5])


def test_methods_that_share_no_split_have_their_plain_means() -> None:
    """Nothing can be paired; a method without any score has none."""
    table = np.array([[0.1, 0.3, np.nan], [np.nan, np.nan, 0.9], [np.nan] * 3])

    assert adjusted_means(table) == pytest.approx([0.2, 0.9, np.nan], nan_ok=True)
    assert adjusted_means(table[:, ::-1]) == pytest.approx([0.2, 0.9, np.nan], nan_ok=True)
    assert adjusted_means(table[:1, :2]) == pytest.approx([0.2])
