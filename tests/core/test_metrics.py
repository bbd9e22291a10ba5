"""Metrics of classification against scikit-learn, and what they say where little is defined."""

from __future__ import annotations

import inspect
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sklearn.metrics as oracle

from bakeoff.errors import UnknownNameError
from bakeoff.metrics import classification
from bakeoff.metrics.base import signed
from bakeoff.problems.table import PROBLEMS, default_metric
from bakeoff.registry import builtin
from bakeoff.registry.catalogue import MetricComponent, Registry

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTRY = Registry()
builtin.bakeoff_register_metrics(REGISTRY.register("metrics", "builtin"))
COMPONENTS = [c for c in REGISTRY.all("metrics") if isinstance(c, MetricComponent)]
CLASSIFICATION = [c for c in COMPONENTS if "multiclass" in c.problems]
LABELS = [c.name for c in CLASSIFICATION if c.uses == "labels"]
NAN = float("nan")


def sample(
    n_classes: int, seed: int, n_rows: int = 80, held: tuple[int, ...] = ()
) -> tuple[Any, Any]:
    """Codes and rounded, hence often tied, probabilities; `held` are the codes that occur."""
    rng = np.random.default_rng(seed)
    true = rng.choice(held or range(n_classes), n_rows)
    proba = rng.dirichlet(np.ones(n_classes), n_rows) + 0.4 * np.eye(n_classes)[true]
    proba = np.round(proba * 8 + 0.01, 0) + 0.125
    return true, proba / proba.sum(axis=1, keepdims=True)


def score(name: str, true: Any, proba: Any) -> float:
    """What a registered metric gives on probabilities, or on the labels that follow."""
    component = REGISTRY.get("metrics", name)
    assert isinstance(component, MetricComponent)
    pred = proba if component.uses == "proba" else proba.argmax(axis=1)
    value = component.load()(true, pred, n_classes=proba.shape[1])
    assert isinstance(value, float)
    return value


def averaged(function: Callable[..., float]) -> Callable[[Any, Any], float]:
    """scikit-learn's metric of labels, of code 1 or averaged over classes that occur."""

    def value(true: Any, proba: Any) -> float:
        average = "binary" if proba.shape[1] == 2 else "macro"
        return function(true, proba.argmax(axis=1), average=average, zero_division=0)

    return value


def one_against_rest(function: Callable[..., float]) -> Callable[[Any, Any], float]:
    """scikit-learn's metric of two classes, averaged over the codes with rows and without."""

    def value(true: Any, proba: Any) -> float:
        n_classes = proba.shape[1]
        codes = [1] if n_classes == 2 else range(n_classes)
        values = [
            function(true == code, proba[:, code]) for code in codes if len(set(true == code)) == 2
        ]
        return float(np.mean(values))

    return value


def labelled(function: Callable[..., float]) -> Callable[[Any, Any], float]:
    """scikit-learn's metric of labels as it is."""
    return lambda true, proba: function(true, proba.argmax(axis=1))


def top_3(true: Any, proba: Any) -> float:
    """scikit-learn's accuracy of the three likeliest, with every code known to it."""
    if proba.shape[1] <= 3:
        return NAN
    return float(oracle.top_k_accuracy_score(true, proba, k=3, labels=np.arange(proba.shape[1])))


def brier(true: Any, proba: Any) -> float:
    """scikit-learn's Brier loss."""
    if proba.shape[1] == 2:
        return float(oracle.brier_score_loss(true, proba[:, 1], pos_label=1))
    return float(oracle.brier_score_loss(true, proba, labels=np.arange(proba.shape[1])))


def calibration(true: Any, proba: Any) -> float:
    """The calibration error, bin by bin and row by row."""
    error = 0.0
    for index in range(15):
        rows = [
            row
            for row in range(len(true))
            if index / 15 < proba[row].max() <= (index + 1) / 15 + 1e-12
        ]
        right = sum(proba[row].argmax() == true[row] for row in rows)
        error += abs(right - sum(proba[row].max() for row in rows)) / len(true)
    return error


ORACLES: dict[str, Callable[[Any, Any], float]] = {
    "accuracy": labelled(oracle.accuracy_score),
    "balanced_accuracy": labelled(oracle.balanced_accuracy_score),
    "precision": averaged(oracle.precision_score),
    "recall": averaged(oracle.recall_score),
    "f1": averaged(oracle.f1_score),
    "matthews": labelled(oracle.matthews_corrcoef),
    "cohen_kappa": labelled(oracle.cohen_kappa_score),
    "roc_auc": one_against_rest(oracle.roc_auc_score),
    "average_precision": one_against_rest(oracle.average_precision_score),
    "top_3_accuracy": top_3,
    "log_loss": lambda true, proba: oracle.log_loss(true, proba, labels=np.arange(proba.shape[1])),
    "brier": brier,
    "expected_calibration_error": calibration,
}
CASES = {
    "two_classes": (2, ()),
    "three_classes": (3, ()),
    "ten_classes": (10, ()),
    "classes_that_the_part_lacks": (10, (1, 4, 7)),
    "two_classes_of_five": (5, (0, 3)),
}


def test_every_metric_of_classification_has_an_oracle() -> None:
    """No metric of classification is registered without a second implementation here."""
    assert sorted(ORACLES) == [c.name for c in CLASSIFICATION]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ORACLES)
def test_metric_agrees_with_its_oracle(name: str, case: str) -> None:
    """Random labels and tied probabilities give what the second implementation gives."""
    n_classes, held = CASES[case]
    for seed in range(5):
        true, proba = sample(n_classes, seed, held=held)
        value = score(name, true, proba)
        with warnings.catch_warnings():  # scikit-learn warns of classes that the truth lacks
            warnings.simplefilter("ignore")
            expected = ORACLES[name](true, proba)

        assert pytest.approx(expected, abs=1e-12, nan_ok=True) == value


@pytest.mark.parametrize("component", CLASSIFICATION, ids=lambda c: c.name)
@pytest.mark.parametrize("n_classes", [2, 6])
def test_perfect_prediction_gets_the_best_value(component: MetricComponent, n_classes: int) -> None:
    """The end of the range that the direction points to is reached by the truth itself."""
    if n_classes == 2 and component.name == "top_3_accuracy":
        n_classes = 4
    true = np.tile(np.arange(n_classes), 4)
    best = component.high if component.direction == "maximize" else component.low

    assert pytest.approx(best) == score(component.name, true, np.eye(n_classes)[true])


@pytest.mark.parametrize("component", CLASSIFICATION, ids=lambda c: c.name)
def test_worse_predictions_move_against_the_direction(component: MetricComponent) -> None:
    """Confident mistakes on most rows score worse than on one row in eight."""
    true = np.tile(np.arange(5), 8)
    pred = np.where(np.arange(40) % 8 == 0, (true + 2) % 5, true)
    sure = np.eye(5) * 0.8 + [0.01, 0.02, 0.04, 0.06, 0.07]
    better, worse = (score(component.name, true, sure[p]) for p in (pred, (pred + 2) % 5))

    assert signed(component.direction) * (better - worse) > 0


@pytest.mark.parametrize("component", CLASSIFICATION, ids=lambda c: c.name)
def test_worst_prediction_stays_in_the_range(component: MetricComponent) -> None:
    """Being surely wrong on every row stays between low and high."""
    for n_classes in (2, 5):
        true = np.tile(np.arange(n_classes), 3)
        value = score(component.name, true, np.eye(n_classes)[(true + 1) % n_classes])

        assert math.isnan(value) or component.low <= value <= component.high


@pytest.mark.parametrize("name", ORACLES)
def test_order_of_rows_does_not_matter(name: str) -> None:
    """A shuffle of the rows changes nothing."""
    true, proba = sample(4, 1)
    order = np.random.default_rng(0).permutation(len(true))

    assert pytest.approx(score(name, true, proba)) == score(name, true[order], proba[order])


@pytest.mark.parametrize(
    ("name", "chance"),
    [
        ("accuracy", 0.25),
        ("balanced_accuracy", 0.25),
        ("matthews", 0.0),
        ("cohen_kappa", 0.0),
        ("roc_auc", 0.5),
        ("average_precision", 0.25),
        ("log_loss", math.log(4)),
        ("brier", 0.75),
        ("top_3_accuracy", 0.75),
        ("expected_calibration_error", 0.0),
    ],
)
def test_equal_probabilities_get_the_value_of_chance(name: str, chance: float) -> None:
    """A method that says nothing about four balanced classes gets what the docstring says."""
    true = np.tile(np.arange(4), 5)

    assert pytest.approx(chance) == score(name, true, np.full((20, 4), 0.25))


@pytest.mark.parametrize("name", ORACLES)
def test_part_without_rows_is_not_defined(name: str) -> None:
    """An empty validation part has no score."""
    empty = np.empty(0, dtype=np.int64)

    assert math.isnan(score(name, empty, np.empty((0, 4))))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy", 0.75),
        ("balanced_accuracy", 0.75),
        ("precision", 0.5),
        ("recall", 0.375),
        ("f1", 3 / 7),
        ("matthews", NAN),
        ("cohen_kappa", 0.0),
        ("roc_auc", NAN),
        ("average_precision", 1.0),
        ("top_3_accuracy", 1.0),
    ],
)
def test_part_with_one_class_alone_has_the_documented_value(name: str, value: float) -> None:
    """Four rows of class 2, one of them taken for class 0, worked out by hand."""
    proba = np.eye(4)[[2, 2, 2, 0]] * 0.6 + 0.1

    assert pytest.approx(value, nan_ok=True) == score(name, np.full(4, 2), proba)


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "average_precision"])
def test_two_classes_without_a_positive_row_are_not_defined(name: str) -> None:
    """Where code 1 is neither in the truth nor predicted there is nothing to find."""
    assert math.isnan(score(name, np.zeros(5, np.int64), np.tile([0.9, 0.1], (5, 1))))


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "matthews"])
def test_predicting_the_negative_class_alone_scores_nothing(name: str) -> None:
    """A prediction without positives gets 0, not an undefined value."""
    assert score(name, np.array([0, 1, 0, 1]), np.tile([0.9, 0.1], (4, 1))) == 0.0


def test_kappa_of_one_class_throughout_is_not_defined() -> None:
    """Nothing is left beyond chance when there is one class in truth and prediction."""
    assert math.isnan(score("cohen_kappa", np.ones(3, np.int64), np.tile([0.1, 0.9], (3, 1))))


def test_one_sure_mistake_costs_a_finite_log_loss() -> None:
    """A true class of probability 0 counts as the float64 epsilon."""
    value = score("log_loss", np.array([0]), np.array([[0.0, 1.0]]))

    assert pytest.approx(-math.log(2.0**-52)) == value


def test_counts_beyond_32_bits_do_not_overflow() -> None:
    """Products of counts of 100,000 rows stay exact enough in the correlation."""
    true = np.repeat([0, 1], 50_000)

    assert pytest.approx(1.0) == score("matthews", true, np.eye(2)[true])


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize(
    ("pred", "message"),
    [
        (np.array([0, 1]), r"expected y_pred of shape \(3,\); got \(2,\)\."),
        (np.array([0, 1, 3]), r"expected codes in 0\.\.2; got 0\.\.3\."),
        (np.array([0.0, 1.0, 2.0]), r"expected integers \(n_samples,\); got float64 \(3,\)\."),
    ],
)
def test_wrong_labels_are_refused(name: str, pred: Any, message: str) -> None:
    """Shape, range and type of predicted labels are said with what was expected."""
    with pytest.raises(ValueError, match=message):
        getattr(classification, name)(np.array([0, 1, 2]), pred, n_classes=3)


def test_probabilities_of_too_few_classes_are_refused() -> None:
    """Probabilities must have a column for each class of the task."""
    with pytest.raises(ValueError, match=r"shape \(2, 3\); got \(2, 2\)"):
        classification.log_loss(np.array([0, 1]), np.eye(2), n_classes=3)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_registered_metric_has_the_face_of_a_metric(component: MetricComponent) -> None:
    """Each import string leads to a documented function of the interface's signature."""
    metric = component.load()

    first = "X" if component.uses == "space" else "y_true"
    assert (component.name, [first, "y_pred", "n_classes"]) == (
        metric.__name__,
        list(inspect.signature(metric).parameters),
    )
    assert metric.__doc__
    assert component.direction in metric.__doc__


@pytest.mark.parametrize("problem_type", sorted(PROBLEMS))
def test_default_metric_fits_its_problem_type(problem_type: str) -> None:
    """A default is a registered metric of that problem type, and uses what its answers hold."""
    name = default_metric(problem_type)
    component = REGISTRY.get("metrics", name)

    assert isinstance(component, MetricComponent)
    assert component.uses in PROBLEMS[problem_type].uses

    assert problem_type in REGISTRY.get("metrics", name).problems


def test_problem_type_without_a_default_is_told() -> None:
    """A name that has no default is an error that names those that have."""
    with pytest.raises(UnknownNameError, match="did you mean 'binary'"):
        default_metric("binry")


def test_sign_turns_every_direction_into_more_is_better() -> None:
    """One for `maximize`, minus one for `minimize`."""
    signs = [signed(direction) for direction in ("maximize", "minimize")]

    assert signs == [1, -1]


def test_unknown_direction_is_refused() -> None:
    """A direction that is no direction is a programmer's mistake."""
    with pytest.raises(ValueError, match="got 'up'"):
        signed("up")
