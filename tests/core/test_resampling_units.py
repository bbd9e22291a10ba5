"""Rows of groups and rows in time: drawn together, counted, and intervals that hold the truth.

The long simulations run with: pytest -m slow tests/core/test_resampling_units.py
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from bakeoff.statistics.bootstrap import (
    ROWS,
    all_draws,
    block_length,
    count_units,
    fixed_part_interval,
    pair_errors,
    row_weights,
    weighted_accuracy,
)
from bakeoff.store.run_data import ResamplingUnits

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Sample = Callable[[np.random.Generator], tuple[Floats, ResamplingUnits]]
    """Paired differences (n_repeats, n_rows), whose true mean is `TRUTH`, and their units."""

TRUTH, N_REPEATS = 0.05, 3


def means(values: Floats, weights: Floats) -> Floats:
    """Weighted mean over rows of each repeat."""
    return np.asarray(weights @ values.T / weights.sum(axis=1, keepdims=True))


def grouped(rng: np.random.Generator, sizes: list[int]) -> tuple[Floats, ResamplingUnits]:
    """Two methods, right in 80 and 75 %, in each group up to 15 points more or less often."""
    codes = np.repeat(np.arange(len(sizes)), sizes)
    chances = np.array([[0.8], [0.75]]) + rng.uniform(-0.15, 0.15, (2, len(sizes)))
    first, second = (rng.random(codes.size) < chance[codes] for chance in chances)
    difference = first.astype(float) - second
    return np.tile(difference, (N_REPEATS, 1)), ResamplingUnits(groups=codes)


def twenty_groups(rng: np.random.Generator) -> tuple[Floats, ResamplingUnits]:
    """Of twenty rows."""
    return grouped(rng, [20] * 20)


def unlike_groups(rng: np.random.Generator) -> tuple[Floats, ResamplingUnits]:
    """Twenty, whose sizes are log-normal around twenty."""
    return grouped(rng, np.ceil(20 * rng.lognormal(-0.5, 1, 20)).astype(int).tolist())


def in_time(rng: np.random.Generator, *, share: float = 0.6) -> tuple[Floats, ResamplingUnits]:
    """400 rows in shuffled places, each with `share` of the effect of the row before."""
    effects = np.empty(400)
    effects[0] = rng.normal()
    for row in range(1, 400):
        effects[row] = share * effects[row - 1] + math.sqrt(1 - share**2) * rng.normal()
    order = rng.permutation(400)
    difference = np.empty(400)
    difference[order] = TRUTH + effects
    return np.tile(difference, (N_REPEATS, 1)), ResamplingUnits(order=order)


def coverage(sample: Sample, n: int, *, as_rows: bool = False) -> float:
    """Share of `n` intervals that hold the truth."""
    hits = 0
    for seed in range(n):
        values, units = sample(np.random.default_rng([3, seed]))
        drawn = ROWS if as_rows else units
        statistic = partial(means, values)
        interval = fixed_part_interval(statistic, values.shape[1], n_draws=400, units=drawn)
        hits += interval.low <= TRUTH <= interval.high
    return hits / n


@pytest.mark.parametrize("sample", [twenty_groups, in_time])
def test_intervals_hold_the_truth_where_rows_depend_on_each_other(sample: Sample) -> None:
    """Those of single rows are too short."""
    assert coverage(sample, 200) >= 0.91
    assert coverage(sample, 200, as_rows=True) <= 0.89


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sample", "at_most_as_rows"),
    [
        (lambda rng: grouped(rng, [20] * 5), 0.90),
        (lambda rng: grouped(rng, [20] * 10), 0.90),
        (twenty_groups, 0.88),
        (lambda rng: grouped(rng, [20] * 50), 0.88),
        (unlike_groups, 0.80),
        (in_time, 0.75),
        (partial(in_time, share=0.3), 0.88),
    ],
    ids=["5 groups", "10 groups", "20 groups", "50 groups", "unlike", "time .6", "time .3"],
)
def test_coverage_of_groups_and_blocks(sample: Sample, at_most_as_rows: float) -> None:
    """2,000 test parts each; the standard error of a share is half a point."""
    assert 0.93 <= coverage(sample, 2000) <= 0.975
    assert coverage(sample, 2000, as_rows=True) <= at_most_as_rows


def test_coverage_is_that_of_students_t_for_five_groups() -> None:
    """Where all rows of a group agree, the group means are all there is."""
    rng = np.random.default_rng(0)
    level = rng.normal(0, 1, 5)
    values = np.tile(np.repeat(level, 8), (N_REPEATS, 1))
    units = ResamplingUnits(groups=np.repeat(np.arange(5), 8))

    interval = fixed_part_interval(partial(means, values), 40, units=units, n_draws=200_000)

    ends = stats.ttest_1samp(level, 0.0).confidence_interval(0.95)
    assert interval.error == pytest.approx(level.std(ddof=1) / math.sqrt(5), rel=0.01)
    assert interval.df == pytest.approx(4)
    assert interval.high - interval.low == pytest.approx(ends.high - ends.low, rel=0.1)


def test_a_block_is_of_successive_rows_in_time() -> None:
    """Whatever the order of the rows; the earliest follow the latest."""
    order = np.random.default_rng(1).permutation(27)
    weights = row_weights(np.random.default_rng(0), 400, 27, ResamplingUnits(order=order))
    starts = np.random.default_rng(0).integers(0, 27, size=(400, 5))

    expected = np.zeros((400, 27))
    for draw, blocks in enumerate(starts):
        drawn = [order[(start + step) % 27] for start in blocks for step in range(6)][:27]
        np.add.at(expected[draw], drawn, 1)
    assert block_length(27) == 6
    assert (weights == expected).all()


@pytest.mark.parametrize(
    ("n_rows", "length"), [(1, 1), (3, 1), (9, 3), (27, 6), (64, 8), (1000, 20), (1_000_000, 200)]
)
def test_blocks_grow_with_the_cube_root(n_rows: int, length: int) -> None:
    """Twice it, rounded up, and never more than a third of the rows."""
    assert block_length(n_rows) == length


def test_units_are_counted() -> None:
    """Sizes 4, 2 and 2 are as many as 64 / 24 of equal size."""
    groups = ResamplingUnits(groups=np.array([7, 7, 7, 7, 1, 1, 9, 9]))

    assert count_units(8) == (8, 8)
    assert count_units(8, groups) == (3, pytest.approx(64 / 24))
    assert count_units(27, ResamplingUnits(order=np.arange(27))) == (4.5, 4.5)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([0] * 20 + [1] * 20, "no interval: 2 of at least 3 groups in the test part"),
        ([0] * 37 + [1, 2, 3], "no interval: one of 4 groups has almost all test rows"),
    ],
)
def test_too_few_groups_carry_no_interval(groups: list[int], reason: str) -> None:
    """Neither the interval nor the errors of pairs; the estimate stays."""
    units = ResamplingUnits(groups=np.array(groups))
    values = np.random.default_rng(0).normal(size=(N_REPEATS, 40))
    interval = fixed_part_interval(partial(means, values), 40, units=units)
    draws = all_draws(partial(means, values), 40, units=units)
    error, df = pair_errors(np.stack([draws, draws]), 40, units)

    assert not interval.is_known
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.how == reason
    assert np.isnan(error).all()
    assert np.isnan(df).all()


def test_what_was_drawn_is_told() -> None:
    """Rows, groups and blocks, and what an earlier run does not store."""
    values = np.random.default_rng(0).normal(size=(N_REPEATS, 40))

    def how(units: ResamplingUnits) -> str:
        return fixed_part_interval(partial(means, values), 40, units=units, n_draws=10).how

    assert [
        how(units)
        for units in (
            ROWS,
            ResamplingUnits(groups=np.arange(40) // 4),
            ResamplingUnits(order=np.arange(40)),
            ResamplingUnits(missing="groups"),
        )
    ] == [
        f"paired bootstrap over 40 fixed test rows{drawn}, crossed with 3 repeats"
        for drawn in (
            "",
            " in 10 groups",
            " in blocks of 7 successive rows",
            " as if independent (the run stores no groups)",
        )
    ]


@pytest.mark.parametrize(
    "units",
    [
        ResamplingUnits(groups=np.arange(80) // 8),
        ResamplingUnits(order=np.random.default_rng(3).permutation(80)),
    ],
    ids=["groups", "blocks"],
)
def test_errors_of_every_pair_equal_those_of_each_pair(units: ResamplingUnits) -> None:
    """With the same correction and degrees of freedom."""
    rng = np.random.default_rng(5)
    truth = np.repeat([0, 1], 40)
    guesses = np.where(rng.random((3, 4, 80)) < 0.8, truth, 1 - truth)

    def scores(guess: npt.NDArray[np.int64], weights: Floats) -> Floats:
        return weighted_accuracy(weights, truth, guess)

    draws = np.stack([all_draws(partial(scores, g), 80, units=units) for g in guesses])
    error, df = pair_errors(draws, 80, units)

    for a, b in ((0, 1), (1, 2), (2, 0)):
        pair = fixed_part_interval(
            lambda w, a=a, b=b: scores(guesses[a], w) - scores(guesses[b], w), 80, units=units
        )
        assert error[a, b] == pytest.approx(pair.error)
        assert df[a, b] == pytest.approx(pair.df)
