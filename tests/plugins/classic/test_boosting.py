"""Boosters report what their libraries compute, stop when asked, and count what they made."""

from __future__ import annotations

import signal
import time
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn import datasets, ensemble, metrics

from bakeoff.training import TrainingRecord, alarm
from bakeoff_classic.hist_boosting import HistBoostingClassifier, HistBoostingRegressor
from bakeoff_classic.rounds import of_values
from bakeoff_classic.xgb import XGBoostClassifier, XGBoostRegressor

CLASSIFIERS = [
    lambda n, **more: HistBoostingClassifier(max_iter=n, random_state=0, **more),
    lambda n, **more: XGBoostClassifier(n_estimators=n, random_state=0, **more),
]
REGRESSORS = [
    lambda n, **more: HistBoostingRegressor(max_iter=n, random_state=0, **more),
    lambda n, **more: XGBoostRegressor(n_estimators=n, random_state=0, **more),
]
Parts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _halves(X: np.ndarray, y: np.ndarray) -> Parts:
    order = np.random.default_rng(0).permutation(len(y))[:400]
    return X[order[:250]], y[order[:250]], X[order[250:]], y[order[250:]]


@pytest.fixture(scope="module")
def digits() -> Parts:
    """Three of the digits: X train, y train, X validation, y validation."""
    X, y = datasets.load_digits(n_class=3, return_X_y=True)
    return _halves(X.astype(np.float32), y)


@pytest.fixture(scope="module")
def diabetes() -> Parts:
    """Diabetes progression, in the same four parts."""
    return _halves(*datasets.load_diabetes(return_X_y=True))


def _column(record: TrainingRecord, name: str) -> list[float]:
    return [epoch[name] for epoch in record.epochs]


def test_xgboosts_rounds_equal_its_own_evaluation(digits: Parts) -> None:
    """Log loss of both parts, round by round, from a fit by XGBoost alone."""
    X, y, X_val, y_val = digits
    library = xgboost.XGBClassifier(n_estimators=6, n_jobs=1, tree_method="hist", random_state=0)
    library.fit(X, y, eval_set=[(X, y), (X_val, y_val)], verbose=False)
    losses = [log["mlogloss"] for log in library.evals_result().values()]
    record = TrainingRecord()
    ours = CLASSIFIERS[1](6).fit(X, y, validation=(X_val, y_val), record=record)

    assert _column(record, "train_loss") == losses[0]
    assert _column(record, "validation_loss") == losses[1]
    assert np.array_equal(ours.predict_proba(X_val), library.predict_proba(X_val))


def test_xgboosts_values_equal_its_own_evaluation(diabetes: Parts) -> None:
    """The mean squared error is the square of XGBoost's own figure, and R squared follows."""
    X, y, X_val, y_val = diabetes
    library = xgboost.XGBRegressor(n_estimators=6, n_jobs=1, tree_method="hist", random_state=0)
    library.fit(X, y, eval_set=[(X_val, y_val)], verbose=False)
    errors = np.array(library.evals_result()["validation_0"]["rmse"]) ** 2
    record = TrainingRecord()
    ours = REGRESSORS[1](6).fit(X, y, validation=(X_val, y_val), record=record)

    assert np.allclose(_column(record, "validation_loss"), errors)
    assert np.array_equal(ours.predict(X_val), library.predict(X_val).astype(np.float64))
    assert record.epochs[-1]["validation_score"] == pytest.approx(ours.score(X_val, y_val))


def test_histogram_rounds_equal_staged_prediction(digits: Parts) -> None:
    """One fit by scikit-learn, staged: the same losses and scores over more than one block."""
    X, y, X_val, y_val = digits
    library = ensemble.HistGradientBoostingClassifier(max_iter=25, random_state=0).fit(X, y)
    staged = list(library.staged_predict_proba(X_val))
    record = TrainingRecord()
    ours = CLASSIFIERS[0](25).fit(X, y, validation=(X_val, y_val), record=record)

    assert np.allclose(
        _column(record, "validation_loss"), [metrics.log_loss(y_val, p) for p in staged]
    )
    assert np.allclose(
        _column(record, "validation_score"),
        [metrics.balanced_accuracy_score(y_val, p.argmax(axis=1)) for p in staged],
    )
    assert np.array_equal(ours.predict_proba(X_val), library.predict_proba(X_val))


def test_histogram_values_equal_staged_prediction(diabetes: Parts) -> None:
    """The same for regression, on the training part."""
    X, y, _, _ = diabetes
    library = ensemble.HistGradientBoostingRegressor(max_iter=25, random_state=0).fit(X, y)
    staged = list(library.staged_predict(X))
    record = TrainingRecord()
    REGRESSORS[0](25).fit(X, y, record=record)

    assert np.allclose(
        _column(record, "train_loss"), [metrics.mean_squared_error(y, p) for p in staged]
    )
    assert np.allclose(_column(record, "train_score"), [metrics.r2_score(y, p) for p in staged])


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_scores_are_balanced_accuracies(make: Any, digits: Parts) -> None:
    """The last round's scores are those of the fitted model."""
    X, y, X_val, y_val = digits
    record = TrainingRecord()
    ours = make(4).fit(X, y, validation=(X_val, y_val), record=record)
    expected = metrics.balanced_accuracy_score(y_val, ours.predict(X_val))

    assert record.epochs[-1]["validation_score"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_watching_changes_no_prediction(make: Any, digits: Parts) -> None:
    """Validation data and record are for looking on: without them the model is the same."""
    X, y, X_val, y_val = digits
    watched = make(22).fit(X, y, validation=(X_val, y_val), record=TrainingRecord())

    assert np.array_equal(watched.predict_proba(X_val), make(22).fit(X, y).predict_proba(X_val))


@pytest.mark.parametrize("make", CLASSIFIERS + REGRESSORS)
def test_counts_are_stored(make: Any, digits: Parts) -> None:
    """Rounds, the best one by validation loss, and the nodes of the trees."""
    X, y, X_val, y_val = digits
    record = TrainingRecord()
    ours = make(6).fit(X, y.astype(float), validation=(X_val, y_val), record=record)
    best = 1 + int(np.argmin(_column(record, "validation_loss")))

    assert record.counts == {"n_epochs": 6, "best_epoch": best, "n_parameters": ours.n_parameters_}
    assert ours.n_parameters_ > 0


@pytest.mark.parametrize("make", CLASSIFIERS)
def test_validation_rows_of_unknown_classes_are_left_out(make: Any, digits: Parts) -> None:
    """A class that training lacks has no probability to score."""
    X, y, X_val, y_val = digits
    seen = y > 0
    known, all_rows = TrainingRecord(), TrainingRecord()
    make(3).fit(X[seen], y[seen], validation=(X_val, y_val), record=all_rows)
    make(3).fit(X[seen], y[seen], validation=(X_val[y_val > 0], y_val[y_val > 0]), record=known)

    assert all_rows.epochs == known.epochs


@pytest.mark.parametrize("make", REGRESSORS)
def test_early_stopping_keeps_the_best_round(make: Any, diabetes: Parts) -> None:
    """Asked for, it stops, and predicts as a model of that many rounds."""
    X, y, X_val, y_val = diabetes
    record = TrainingRecord()
    ours = make(80, early_stopping_rounds=3).fit(X, y, validation=(X_val, y_val), record=record)
    best = record.counts["best_epoch"]

    assert len(record.epochs) == best + 3 < 80
    assert np.allclose(ours.predict(X_val), make(best).fit(X, y).predict(X_val))


@pytest.mark.parametrize("make", CLASSIFIERS + REGRESSORS)
def test_boosting_ends_when_time_is_up(make: Any, digits: Parts) -> None:
    """A record whose deadline has passed stops after the first look, with a usable model."""
    X, y, X_val, _ = digits
    record = TrainingRecord(deadline=0.0, clock=lambda: 1.0)
    ours = make(60).fit(X, y.astype(float), record=record)

    assert 1 <= len(record.epochs) <= 20
    assert len(ours.predict(X_val)) == len(X_val)


def test_a_target_without_variance_scores_zero() -> None:
    """R squared has no value there; the report must not hold NaN."""
    assert of_values(np.ones(3), 0.5) == (0.5, 0.0)


def test_an_unknown_device_is_refused() -> None:
    """The message names what is known and what came."""
    with pytest.raises(ValueError, match="expected device 'cpu' or 'gpu'; got 'tpu'"):
        XGBoostRegressor(device="tpu").fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("learner", [HistBoostingClassifier, XGBoostClassifier])
def test_trees_are_the_same_whether_rounds_are_watched_or_not(learner: Any) -> None:
    """Where nobody asks for rounds they are grown in one call, which is faster."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    watched, alone = (
        learner(random_state=0).fit(X, y, record=record) for record in (TrainingRecord(), None)
    )

    np.testing.assert_array_equal(watched.predict_proba(X), alone.predict_proba(X))
    assert (watched.n_rounds_, watched.n_parameters_) == (alone.n_rounds_, alone.n_parameters_)


@pytest.mark.parametrize("make", [CLASSIFIERS[1], REGRESSORS[1]])
def test_time_that_is_up_does_not_end_reading_in_native_code(
    make: Any, digits: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XGBoost would take the exception for the end of its data, and crash the process."""
    read, rung = xgboost.data.SingleBatchInternalIter.next, []

    def next_batch(batches: Any, *words: Any) -> Any:
        signal.raise_signal(signal.SIGALRM)
        rung.append(True)
        return read(batches, *words)

    monkeypatch.setattr(xgboost.data.SingleBatchInternalIter, "next", next_batch)
    X, y, *_ = digits
    with alarm(time.monotonic() + 600):
        made = make(2).fit(X, y)

    assert rung
    assert made.predict(X).shape == y.shape
