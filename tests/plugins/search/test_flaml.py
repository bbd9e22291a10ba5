"""FLAML competes through public surface alone: budget, metric and history are those of a suite."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("flaml")
pytest.importorskip("lightgbm")

from bakeoff.training import SearchBudget, TrainingRecord
from bakeoff_search.flaml_method import FlamlClassifier, FlamlRegressor

if TYPE_CHECKING:
    from collections.abc import Callable


def _frame(n_rows: int, seed: int) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_rows)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(n_rows) < 0.1, np.nan, x),
            "text": np.where(x > 0, "high", "low"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9, n_rows), "D"),
        }
    )
    return frame, x


@pytest.fixture
def granted() -> Callable[..., tuple[TrainingRecord, list[tuple[Any, ...]]]]:
    """A record with a budget, and the list that its history goes to."""

    def make(direction: str, value: Any) -> tuple[TrainingRecord, list[tuple[Any, ...]]]:
        record, tried = TrainingRecord(), []
        record.budget = SearchBudget(
            configs=None,
            seconds=2.0,
            refit=True,
            metric="made up",
            direction=direction,
            value=value,
            tried=lambda *facts: tried.append(facts),
        )
        return record, tried

    return make


def test_classes_are_searched_within_the_grant(granted: Any) -> None:
    """By the metric that it is handed; the history has a score for each configuration."""
    calls = []

    def accuracy(y: Any, proba: Any, classes: Any) -> float:
        calls.append(len(y))
        return float((classes[np.asarray(proba).argmax(axis=1)] == y).mean())

    X, x = _frame(200, 0)
    X_validation, x_validation = _frame(50, 1)
    y = np.where(x > 0, 2, 0)
    record, tried = granted("maximize", accuracy)
    started = time.monotonic()
    made = FlamlClassifier(random_state=0).fit(
        X, y, validation=(X_validation, np.where(x_validation > 0, 2, 0)), record=record
    )

    assert set(calls) == {50}
    assert made.classes_.tolist() == [0, 2]
    assert made.predict_proba(X_validation).shape == (50, 2)
    assert set(made.predict(X_validation)) <= {0, 2}
    assert len(tried) >= 1
    assert all(0 <= score <= 1 for _, _, score, _ in tried)
    assert max(score for _, _, score, _ in tried) > 0.9
    assert [at for *_, at in tried] == sorted(at for *_, at in tried)
    assert 0 < record.search_s <= time.monotonic() - started


def test_values_are_searched_in_the_direction_of_the_metric(granted: Any) -> None:
    """A loss is told as it is, not turned round."""

    def rmse(y: Any, answer: Any, classes: Any) -> float:
        assert classes is None
        return float(np.sqrt(np.mean((y - answer) ** 2)))

    X, x = _frame(200, 0)
    record, tried = granted("minimize", rmse)
    made = FlamlRegressor(random_state=0).fit(X, 3 * x, validation=(X, 3 * x), record=record)

    assert made.predict(X).shape == (200,)
    assert min(score for _, _, score, _ in tried) < np.std(3 * x)


def test_a_table_where_nothing_varies_is_answered_with_shares_and_mean() -> None:
    """FLAML itself drops every column of it, and fails."""
    X = pd.DataFrame({"x": np.ones(8), "text": ["same"] * 8})
    shares = FlamlClassifier().fit(X, np.array([0] * 6 + [1] * 2)).predict_proba(X)

    np.testing.assert_allclose(shares, [[0.75, 0.25]] * 8)
    np.testing.assert_allclose(FlamlRegressor().fit(X, np.arange(8.0)).predict(X), [3.5] * 8)


def test_one_class_is_refused() -> None:
    """As every learner does."""
    X, _ = _frame(20, 0)

    with pytest.raises(ValueError, match="expected at least two classes"):
        FlamlClassifier().fit(X, np.zeros(20, dtype=int))
