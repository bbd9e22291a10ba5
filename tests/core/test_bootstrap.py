"""Intervals of a fixed test part: against scikit-learn, textbook formulas and known truth."""

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
from bakeoff.store.run_data import ResamplingUnits

if TYPE_CHECKING:
    import numpy.typing as npt


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

    weights = row_weights(np.random.default_rng(0), 50, 6, ResamplingUnits(groups=groups))

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
    error, df = pair_errors(draws, 80)

    for a, b in ((0, 1), (1, 2), (2, 0)):
        pair = fixed_part_interval(
            lambda w, a=a, b=b: (
                weighted_accuracy(w, truth, guesses[a]) - weighted_accuracy(w, truth, guesses[b])
            ),
            80,
        )
        assert error[a, b] == pytest.approx(pair.error)
        assert df[a, b] == pytest.approx(pair.df)
