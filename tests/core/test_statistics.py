"""Intervals against hand computation, SciPy and simulations whose truth is known."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from bakeoff.statistics.bootstrap import (
    WEIGHTED,
    all_draws,
    by_calling,
    fixed_part_interval,
    pair_errors,
    row_weights,
    weighted_accuracy,
    weighted_balanced_accuracy,
    weighted_r2,
)
from bakeoff.statistics.intervals import (
    Interval,
    mean_interval,
    resampled_interval,
    resampled_intervals,
    resolution_of,
)
from bakeoff.statistics.significance import (
    holm,
    holm_of_leader,
    repeats_to_tell,
    satterthwaite_df,
    t_p,
    t_quantile,
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


@pytest.mark.parametrize("df", [1, 2.5, 30, 1e6, math.inf])
def test_quantiles_and_probabilities_are_scipys(df: float) -> None:
    """Student's t, down to few degrees of freedom and up to the normal distribution."""
    t = np.array([-3.0, 0.0, 0.4, 12.0])

    assert t_quantile(df, 0.9) == pytest.approx(stats.t.ppf(0.95, df))
    assert t_p(t, df) == pytest.approx(2 * stats.t.sf(np.abs(t), df))


def test_degrees_of_freedom_of_two_variances_are_those_of_welchs_test() -> None:
    """A variance without doubt adds none, and variances without doubt leave none."""
    rng = np.random.default_rng(6)
    a, b = rng.normal(0, 1, 9), rng.normal(0, 4, 5)
    parts = [a.var(ddof=1) / 9, b.var(ddof=1) / 5]

    assert satterthwaite_df(parts, [8, 4]) == pytest.approx(
        stats.ttest_ind(a, b, equal_var=False).df
    )
    assert satterthwaite_df([1.0, 1.0], [math.inf, 4]) == pytest.approx(16)
    assert satterthwaite_df([1.0, 0.0], [math.inf, 4]) == math.inf


def test_repeats_to_tell_is_the_first_number_that_clears_zero() -> None:
    """One fewer leaves 0 inside, at the same mean and spread."""
    values = np.array([0.2, 1.0, 2.2, -0.4, 1.0])
    mean, variance = values.mean(), values.var(ddof=1)

    more = repeats_to_tell([values], [0.05])

    def low(n: int) -> float:
        half = stats.t.ppf(0.975, n - 1) * math.sqrt(variance * (1 / n + 0.05))
        return float(mean - half)

    assert more is not None
    assert low(5 + more) > 0 >= low(5 + more - 1)


def test_no_number_of_repeats_tells_what_lies_below_the_floor() -> None:
    """With n_test/n_fit of 1/4 the error never falls below half the spread."""
    assert repeats_to_tell([[0.9, -0.5, 0.4, -0.3, 0.2]], [0.25]) is None


def test_no_more_repeats_are_asked_for_what_is_clear() -> None:
    """Five tight values far from 0."""
    assert repeats_to_tell([[1.0, 1.1, 0.9, 1.0, 1.05]], [0.25]) == 0


def test_holm_equals_the_published_steps() -> None:
    """Ordered p times 4, 3, 2, 1, never falling; what is no test is left out."""
    adjusted = holm([0.01, math.nan, 0.04, 0.03, 0.005])

    expected = [0.03, math.nan, 0.06, 0.06, 0.02]
    assert adjusted == pytest.approx(expected, nan_ok=True)


def test_a_leader_s_tests_count_the_pairs_that_are_left() -> None:
    """Four methods have six pairs, the three left then have three, the last two one."""
    adjusted = holm_of_leader([math.nan, 0.02, 0.001, 0.04])

    assert adjusted == pytest.approx([math.nan, 0.06, 0.006, 0.06], nan_ok=True)
    assert holm_of_leader([0.04]) == pytest.approx([0.04])


@pytest.mark.parametrize("n_methods", [2, 5, 10, 20])
def test_of_equal_methods_none_is_behind_the_leader(n_methods: int) -> None:
    """In at most 6 % of 2,000 benchmarks of five splits as correlated as the correction takes."""
    rng = np.random.default_rng(n_methods)
    shared = rng.normal(size=(2000, n_methods, 1)) * math.sqrt(0.2)
    scores = shared + rng.normal(size=(2000, n_methods, 5)) * math.sqrt(0.8)
    claimed = 0
    for table in scores:
        leader = int(table.mean(axis=1).argmax())
        behind = table[leader] - np.delete(table, leader, axis=0)
        p = resampled_intervals(behind, test_ratio=0.25).p
        claimed += bool((holm_of_leader(p) <= 0.05).any())

    assert claimed / 2000 <= 0.06


def test_interval_tells_above_within_and_clear() -> None:
    """Plain comparisons, and a change of unit."""
    interval = Interval(estimate=0.03, low=0.01, high=0.05, n=5, target="new data", how="")

    assert interval.is_clear
    assert interval.lies_above(0.005)
    assert not interval.lies_within(0.02)
    assert interval.scaled(100.0).high == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("name", "metric"),
    [("accuracy", metrics.accuracy_score), ("balanced_accuracy", metrics.balanced_accuracy_score)],
)
def test_weighted_labels_agree_with_scikit_learn(name: str, metric: object) -> None:
    """The same draw, once as weights and once as repeated rows."""
    rng = np.random.default_rng(0)
    truth, guess = rng.integers(0, 3, 40), rng.integers(0, 3, (2, 40))
    weights = row_weights(rng, 6, 40)

    fast = WEIGHTED[name](weights, truth, guess)

    assert callable(metric)
    assert fast == pytest.approx(by_calling(metric)(weights, truth, guess))


def test_weighted_r2_agrees_with_scikit_learn_far_from_zero() -> None:
    """Targets around a million, as incomes are."""
    rng = np.random.default_rng(0)
    truth = 1e6 + rng.normal(0, 1, 30)
    guess = truth + rng.normal(0, 0.5, (3, 30))
    weights = row_weights(rng, 5, 30)

    fast = weighted_r2(weights, truth, guess)

    assert fast == pytest.approx(by_calling(metrics.r2_score)(weights, truth, guess), abs=1e-6)


def test_rows_of_a_group_are_drawn_together() -> None:
    """Members of a group always have the same weight, and groups replace groups."""
    groups = np.array([5, 5, 9, 9, 9, 2])

    weights = row_weights(np.random.default_rng(0), 50, 6, groups)

    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2] == weights[:, 4]).all()
    assert (weights[:, [0, 2, 5]].sum(axis=1) == 3).all()


def test_rows_alone_give_the_textbook_error_of_a_mean() -> None:
    """Three repeats that agree: the interval is that of a share over 400 rows."""
    right = np.repeat([1, 0], [300, 100])
    guess = np.tile(right, (3, 1))

    interval = fixed_part_interval(
        lambda w: weighted_accuracy(w, np.ones(400, dtype=int), guess), 400, n_draws=4000
    )

    error = math.sqrt(0.75 * 0.25 / 400)
    assert interval.target == "this data"
    assert interval.error == pytest.approx(error, rel=0.05)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.06)


def test_repeats_alone_give_the_t_interval() -> None:
    """Where all rows of a repeat agree, only the repeats differ."""
    values = np.array([0.1, 0.4, 0.2, 0.35, 0.3])

    interval = fixed_part_interval(lambda w: np.tile(values, (len(w), 1)), 50, n_draws=40_000)

    ends = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high), abs=0.01)


def test_two_repeats_of_a_fixed_part_carry_no_interval() -> None:
    """Seeds can't be told from chance by two."""
    interval = fixed_part_interval(lambda w: np.tile([0.5, 0.6], (len(w), 1)), 50)

    assert interval.estimate == pytest.approx(0.55)
    assert not interval.is_known


@pytest.mark.parametrize(("row_sd", "seed_sd"), [(1.0, 0.0), (1.0, 0.05), (0.5, 0.2)])
def test_fixed_part_interval_covers_the_truth(row_sd: float, seed_sd: float) -> None:
    """300 fresh test parts of 200 rows and five seeds, with a true difference of 0.1."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(300):
        rows = rng.normal(0.1, row_sd, 200)
        seeds = rng.normal(0.0, seed_sd, 5)
        values = rows + seeds[:, None] + rng.normal(0, 0.3 * seed_sd, (5, 200))
        interval = fixed_part_interval(partial(weighted_mean, values), 200, n_draws=500)
        hits += interval.low <= 0.1 <= interval.high

    assert hits / 300 >= 0.93


def weighted_mean(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Mean over rows of each repeat."""
    return np.asarray(weights @ values.T / weights.sum(axis=1, keepdims=True))


def test_metrics_without_a_fast_form_are_called_and_survive_one_class() -> None:
    """ROC AUC has no value where a draw holds one class; that draw is left out."""
    truth = np.array([0, 0, 0, 0, 1, 1])
    scores = np.tile([0.1, 0.4, 0.2, 0.6, 0.5, 0.9], (3, 1))

    def auc(y: npt.NDArray[np.int64], p: npt.NDArray[np.float64]) -> float:
        if len(np.unique(y)) == 1:
            raise ValueError("expected two classes; got one.")
        return float(metrics.roc_auc_score(y, p))

    interval = fixed_part_interval(lambda w: by_calling(auc)(w, truth, scores), 6, n_draws=200)

    assert interval.estimate == pytest.approx(auc(truth, scores[0]))
    assert interval.is_known


def test_a_draw_lacks_a_class_and_balanced_accuracy_takes_those_it_has() -> None:
    """Weight only on class 1: the recall of class 1 is the score."""
    truth, guess = np.array([0, 1, 1]), np.array([[0, 1, 0]])

    score = weighted_balanced_accuracy(np.array([[0.0, 2.0, 1.0]]), truth, guess)

    assert score[0, 0] == pytest.approx(2 / 3)


def test_errors_of_every_pair_equal_those_of_each_pair() -> None:
    """From covariances, beside the interval of one pair's own draws."""
    rng = np.random.default_rng(5)
    truth = np.repeat([0, 1], 40)
    guesses = np.where(rng.random((3, 4, 80)) < 0.8, truth, 1 - truth)

    draws = np.stack(
        [all_draws(lambda w, g=g: weighted_accuracy(w, truth, g), 80) for g in guesses]
    )
    error, df = pair_errors(draws)

    for a, b in ((0, 1), (1, 2), (2, 0)):
        pair = fixed_part_interval(
            lambda w, a=a, b=b: (
                weighted_accuracy(w, truth, guesses[a]) - weighted_accuracy(w, truth, guesses[b])
            ),
            80,
        )
        assert error[a, b] == pytest.approx(pair.error)
        assert df[a, b] == pytest.approx(pair.df)
