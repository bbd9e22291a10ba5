"""The check can fail: weak methods do, equal ones pass, and its scores are scikit-learn's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fair.answers import Entry
from fair.judge import METRICS, judge
from fair.recipes import tables
from fair.records import Answers
from sklearn import metrics

if TYPE_CHECKING:
    from fair.answers import Store

pytestmark = pytest.mark.quick

ORACLES = {
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "r2": metrics.r2_score,
    "adjusted_rand": metrics.adjusted_rand_score,
}


def _answers(right: float, seed: int, n_splits: int = 5, n_rows: int = 200) -> list[Answers]:
    """Return labels of two classes, of which a given share is right."""
    truth = np.arange(n_splits * n_rows) % 2
    wrong = np.random.default_rng(seed).random(len(truth)) >= right
    rows = np.split(np.arange(len(truth)), n_splits)
    return [Answers(r, truth[r], np.where(wrong, 1 - truth, truth)[r]) for r in rows]


def test_equal_methods_pass() -> None:
    """A method beside itself differs by nothing, with no noise."""
    verdict = judge("balanced_accuracy", _answers(0.8, 0), _answers(0.8, 0))

    assert (verdict.difference, verdict.low, verdict.high, verdict.is_fair) == (0, 0, 0, True)


def test_methods_that_differ_by_chance_pass() -> None:
    """Two methods of one true accuracy pass where the estimate happens to be small."""
    assert judge("balanced_accuracy", _answers(0.9, 3), _answers(0.9, 4)).is_fair


def test_a_weak_method_fails() -> None:
    """Ten points below the recipe is far outside of noise."""
    verdict = judge("balanced_accuracy", _answers(0.8, 0), _answers(0.9, 1))

    assert verdict.high < -0.015
    assert not verdict.is_fair


def test_a_small_loss_fails_only_where_it_is_sure() -> None:
    """Two points below: sure on many rows that err together, noise on few that don't."""
    sure = judge("balanced_accuracy", _cut(0.88, 20_000), _cut(0.9, 20_000))
    noise = judge("balanced_accuracy", _cut(0.88, 100), _cut(0.9, 100))

    assert (sure.is_fair, noise.is_fair) == (False, True)


def _cut(right: float, n_rows: int) -> list[Answers]:
    truth = np.arange(n_rows) % 2
    predicted = np.where(np.arange(n_rows) < right * n_rows, truth, 1 - truth)
    return [Answers(np.arange(n_rows), truth, predicted)]


def test_other_rows_are_refused() -> None:
    """Both sides are tested on the same rows, or there is no verdict."""
    other = [Answers(a.rows + 1, a.truth, a.predicted) for a in _answers(0.8, 0)]
    with pytest.raises(ValueError, match="same test rows"):
        judge("balanced_accuracy", _answers(0.8, 0), other)


@pytest.mark.parametrize("metric", METRICS)
def test_scores_are_scikit_learns(metric: str) -> None:
    """With a weight of 1 each, and with whole weights: rows that stand there several times."""
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
    weights = rng.integers(1, 4, (4, 60)) if metric != "adjusted_rand" else np.ones((4, 60))
    repeated = [np.repeat(np.arange(60), row.astype(int)) for row in weights]

    expected = [ORACLES[metric](truth[rows], predicted[rows]) for rows in repeated]
    assert np.allclose(expected, METRICS[metric](truth, predicted, weights * 1.0))


def test_interval_has_the_width_that_theory_gives() -> None:
    """For balanced classes the error of a paired difference is that of its row-wise mean."""
    ours, theirs = _answers(0.8, 0), _answers(0.8, 1)
    verdict = judge("balanced_accuracy", ours, theirs)

    gaps = np.concatenate([_hit(a) - _hit(b) for a, b in zip(ours, theirs, strict=True)])
    expected = 2 * 1.645 * gaps.std() / np.sqrt(len(gaps))
    assert verdict.high - verdict.low == pytest.approx(expected, rel=0.1)


def _hit(answers: Answers) -> Any:
    return (answers.truth == answers.predicted).astype(float)


def test_repeats_of_one_test_part_do_not_narrow_the_interval() -> None:
    """Rows that five repeats test are no five times as many rows."""
    ours, theirs = _answers(0.8, 0, n_splits=1), _answers(0.8, 1, n_splits=1)
    once, five = (judge("balanced_accuracy", ours * n, theirs * n) for n in (1, 5))

    assert (once.low, once.high) == pytest.approx((five.low, five.high))


def test_a_shipped_method_that_guesses_fails(store: Store) -> None:
    """Through the program and a real recipe: the constant loses to a logistic regression."""
    shipped = store.shipped(Entry("wine", "raw+constant"))
    recipe = store.recipe("wine", tables.columns_logistic)

    assert not judge("balanced_accuracy", shipped, recipe).is_fair
