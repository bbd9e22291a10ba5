"""Metrics of regression against scikit-learn and SciPy, and where they are not defined."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics as oracle

from bakeoff.metrics import regression
from bakeoff.metrics.base import signed
from bakeoff.registry import builtin
from bakeoff.registry.catalogue import MetricComponent, Registry

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTRY = Registry()
builtin.bakeoff_register_metrics(REGISTRY.register("metrics", "builtin"))
COMPONENTS = {
    c.name: c
    for c in REGISTRY.all("metrics")
    if isinstance(c, MetricComponent) and "regression" in c.problems
}
ORACLES: dict[str, Callable[[Any, Any], float]] = {
    "rmse": oracle.root_mean_squared_error,
    "mae": oracle.mean_absolute_error,
    "median_absolute_error": oracle.median_absolute_error,
    "max_error": oracle.max_error,
    "mape": oracle.mean_absolute_percentage_error,
    "r2": oracle.r2_score,
    "explained_variance": oracle.explained_variance_score,
    "spearman": lambda true, pred: float(scipy.stats.spearmanr(true, pred).statistic),
}


def sample(seed: int) -> tuple[Any, Any]:
    """Targets and predictions, rounded so that some are equal, none 0."""
    rng = np.random.default_rng(seed)
    true = np.round(rng.normal(20, 3, 60), 0)
    return true, np.round(true + rng.normal(0.5, 2, 60), 0)


def score(name: str, true: Any, pred: Any) -> float:
    """What the registered metric gives."""
    value = COMPONENTS[name].load()(np.asarray(true), np.asarray(pred), n_classes=0)
    assert isinstance(value, float)
    return value


def test_every_metric_of_regression_has_an_oracle() -> None:
    """No metric of regression is registered without a second implementation here."""
    assert sorted(ORACLES) == sorted(COMPONENTS)


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("seed", range(5))
def test_metric_agrees_with_its_oracle(name: str, seed: int) -> None:
    """Random values with ties give what the second implementation gives."""
    true, pred = sample(seed)

    assert pytest.approx(ORACLES[name](true, pred)) == score(name, true, pred)


@pytest.mark.parametrize("name", ORACLES)
def test_perfect_prediction_gets_the_best_value(name: str) -> None:
    """The end of the range that the direction points to is reached by the truth itself."""
    true, _ = sample(0)
    component = COMPONENTS[name]
    best = component.high if component.direction == "maximize" else component.low

    assert pytest.approx(best) == score(name, true, true)


@pytest.mark.parametrize("name", ORACLES)
def test_worse_predictions_move_against_the_direction(name: str) -> None:
    """Predictions given to the wrong rows score worse than those of the right ones."""
    true, pred = sample(1)
    change = score(name, true, pred) - score(name, true, np.roll(pred, 1))

    assert signed(COMPONENTS[name].direction) * change > 0


@pytest.mark.parametrize("name", ORACLES)
def test_order_of_rows_does_not_matter(name: str) -> None:
    """A shuffle of the rows changes nothing."""
    true, pred = sample(2)
    order = np.random.default_rng(0).permutation(len(true))

    assert pytest.approx(score(name, true, pred)) == score(name, true[order], pred[order])


def test_predicting_the_mean_explains_nothing() -> None:
    """The mean of the truth is the zero of both shares of variance."""
    true, _ = sample(3)
    mean = np.full(len(true), true.mean())

    assert pytest.approx([0.0, 0.0]) == [score(n, true, mean) for n in ("r2", "explained_variance")]


def test_constant_offset_is_forgiven_by_explained_variance_alone() -> None:
    """Truth 1, 2, 3 predicted one too high: variance 2/3, squared error 1."""
    values = [score(n, [1.0, 2, 3], [2.0, 3, 4]) for n in ("r2", "explained_variance")]

    assert pytest.approx([-0.5, 1.0]) == values


@pytest.mark.parametrize("name", ORACLES)
def test_part_without_rows_is_not_defined(name: str) -> None:
    """An empty validation part has no score."""
    assert math.isnan(score(name, np.empty(0), np.empty(0)))


@pytest.mark.parametrize("name", ["r2", "explained_variance", "spearman"])
@pytest.mark.parametrize("rows", [1, 3])
def test_constant_truth_is_not_defined(name: str, rows: int) -> None:
    """Shares of a variance of 0 and ranks of equal values mean nothing."""
    assert math.isnan(score(name, np.full(rows, 0.1), np.arange(rows) * 1.0))


def test_constant_prediction_has_no_rank_correlation() -> None:
    """Equal predictions have no order to compare."""
    assert math.isnan(score("spearman", [1.0, 2, 3], [5.0, 5, 5]))


def test_relative_error_of_a_truth_of_zero_is_not_defined() -> None:
    """A relative error of a target of 0 would be infinite."""
    assert math.isnan(score("mape", [0.0, 1.0], [1.0, 1.0]))


@pytest.mark.parametrize("name", ORACLES)
def test_absurdly_large_predictions_raise_no_warning(name: str) -> None:
    """Squares beyond float64 end as a value, infinity or NaN; the tests turn warnings to errors."""
    assert isinstance(score(name, [1.0, 2.0], [1e300, -1e300]), float)


def test_column_of_predictions_is_refused() -> None:
    """Predictions must have the shape of the truth."""
    with pytest.raises(ValueError, match=r"expected y_pred of shape \(3,\); got \(3, 1\)\."):
        regression.rmse(np.ones(3), np.ones((3, 1)), n_classes=0)
