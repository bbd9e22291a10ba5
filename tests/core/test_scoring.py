"""What counts as a prediction, and what its scores are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from bakeoff.errors import DivergedError
from bakeoff.metrics.classification import accuracy, log_loss
from bakeoff.problems.scoring import PredictionError, Predictions, check, predict, score
from bakeoff.records import Protocol, Task
from bakeoff.registry.catalogue import MetricComponent

PROBA = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]


def task(problem_type: str = "multiclass", n_classes: int = 3) -> Task:
    """A task of that type."""
    return Task(
        name="t",
        dataset="t",
        input_kind="table",
        problem_type=problem_type,
        metric="accuracy",
        direction="maximize",
        protocol=Protocol.of("holdout"),
        fingerprint="",
        n_classes=0 if problem_type == "regression" else n_classes,
    )


def knows(*classes: Any) -> Any:
    """An estimator that saw these classes in training."""
    return SimpleNamespace(classes_=np.array(classes))


def test_probabilities_give_labels_too() -> None:
    """The likeliest class, the first of equals."""
    found = check([[0.4, 0.4, 0.2], [0.1, 0.2, 0.7]], object(), task(), 2)

    assert found.labels is not None
    assert found.labels.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("classes", "proba", "expected"),
    [
        ((0, 1, 2), [[0.25, 0.25, 0.5]], [[0.25, 0.25, 0.5]]),
        ((0, 2), [[0.25, 0.75]], [[0.25, 0.0, 0.75]]),
        ((2, 0), [[0.25, 0.75]], [[0.75, 0.0, 0.25]]),
        ((1,), [[1.0]], [[0.0, 1.0, 0.0]]),
        ((0.0, 2.0), [[0.25, 0.75]], [[0.25, 0.0, 0.75]]),
    ],
)
def test_columns_are_lined_up_by_the_classes_that_training_showed(
    classes: tuple[int, ...], proba: list[list[float]], expected: list[list[float]]
) -> None:
    """A class that training never showed gets zeros."""
    found = check(proba, knows(*classes), task(), 1)

    assert found.proba is not None
    assert found.proba.tolist() == expected


def test_labels_alone_give_no_probabilities() -> None:
    """So that metrics of probabilities stay undefined instead of made up."""
    found = check([0, 2, 1], object(), task(), 3)

    assert (found.proba, found.get("proba")) == (None, None)
    assert found.stored.tolist() == [0, 2, 1]


@pytest.mark.parametrize("answer", [[0.0, 2.0], np.array([0, 2], dtype=np.uint8)])
def test_labels_may_be_any_whole_numbers(answer: Any) -> None:
    """Whatever type holds them."""
    found = check(answer, object(), task(), 2)

    assert found.labels is not None
    assert found.labels.dtype == np.int64


@pytest.mark.parametrize("answer", [[1.5, 2.5], [[1.5], [2.5]], np.array([1.5, 2.5], np.float32)])
def test_values_may_be_a_column(answer: Any) -> None:
    """Some estimators answer (n, 1)."""
    found = check(answer, object(), task("regression"), 2)

    assert found.values is not None
    assert found.values.tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (["yes", "no"], "expected numbers; got list of <U3."),
        (None, "expected numbers; got NoneType of object."),
        ([[1.0], [0.5, 0.5]], "expected an array; got list."),
        (sparse.csr_matrix(PROBA), "expected numbers; got csr_matrix of object."),
        (np.array(PROBA) * 1j, "expected numbers; got ndarray of complex128."),
        ([0], "expected predictions of shape (2,); got (1,)."),
        (0, "expected predictions of shape (2,); got ()."),
        ([[0.5, 0.5], [0.5, 0.5]], "expected predictions of shape (2, 3); got (2, 2)."),
        (PROBA[:1], "expected predictions of shape (2, 3); got (1, 3)."),
        (np.zeros((2, 3, 1)), "expected predictions of shape (2,); got (2, 3, 1)."),
        ([[0.5, 0.2, 0.1], [1, 0, 0]], "expected probabilities that sum to 1 in every row."),
        ([[1.5, -0.5, 0], [1, 0, 0]], "expected probabilities in [0, 1]; got values outside."),
        ([0, 3], "expected class codes in 0..2; got array([0, 3])."),
        ([-1, 0], "expected class codes in 0..2; got array([-1,  0])."),
        ([0.5, 1], "expected class codes in 0..2; got array([0.5, 1. ])."),
    ],
)
def test_wrong_answer_about_classes_is_refused(answer: Any, told: str) -> None:
    """With what was expected and what came."""
    with pytest.raises(PredictionError) as caught:
        check(answer, object(), task(), 2)

    assert str(caught.value) == told


@pytest.mark.parametrize(
    "classes", [(-1, 0, 1), (0, 1, 3), (0, 0, 1), (0.5, 1, 2), ("a", "b", "c"), (None, 1, 2)]
)
def test_classes_that_are_not_the_tasks_are_refused(classes: tuple[Any, ...]) -> None:
    """Else columns would be lined up under the wrong class without a word."""
    with pytest.raises(PredictionError, match=r"expected classes_ to be different codes in 0..2"):
        check(PROBA, knows(*classes), task(), 2)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([[1.0, 2.0], [1.0, 2.0]], "expected predictions of shape (2,); got (2, 2)."),
        ([1.0], "expected predictions of shape (2,); got (1,)."),
    ],
)
def test_wrong_answer_about_a_number_is_refused(answer: Any, told: str) -> None:
    """One value a row."""
    with pytest.raises(PredictionError) as caught:
        check(answer, object(), task("regression"), 2)

    assert str(caught.value) == told


@pytest.mark.parametrize("problem_type", ["multiclass", "regression"])
def test_values_that_are_not_finite_diverged(problem_type: str) -> None:
    """Counted, so that one odd row is told from a broken network."""
    with pytest.raises(DivergedError, match=r"^2 of 3 predicted values are not finite\.$"):
        check([np.nan, 1.0, np.inf], object(), task(problem_type), 3)


def test_probabilities_are_asked_for_where_they_are_offered() -> None:
    """For classes alone; a number has none."""
    estimator = SimpleNamespace(predict=lambda X: "labels", predict_proba=lambda X: "proba")
    found = [predict(estimator, None, task(kind)) for kind in ("binary", "regression")]
    without = predict(SimpleNamespace(predict=lambda X: "labels"), None, task())

    assert (found, without) == (["proba", "labels"], "labels")


def test_metric_that_the_predictions_do_not_allow_is_undefined() -> None:
    """Labels have no log loss."""

    def metric(name: str, uses: str) -> MetricComponent:
        return MetricComponent(kind="metrics", name=name, target="", owner="", uses=uses)

    pairs = [(metric("accuracy", "labels"), accuracy), (metric("log_loss", "proba"), log_loss)]
    predictions = Predictions(labels=np.array([0, 1, 1]))

    assert score(predictions, np.array([0, 1, 2]), pairs, task()) == {
        "accuracy": pytest.approx(2 / 3),
        "log_loss": None,
    }
