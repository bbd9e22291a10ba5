"""FLAML as a method: an example for AutoML systems that search by themselves.

It uses the public interface only: a method registered with `searches=True`, whose training record
has a `SearchBudget` with budget, metric and a callback for the configurations that were evaluated.
"""

from __future__ import annotations

import json
import logging
import pkgutil
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.dummy import DummyClassifier, DummyRegressor

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from bakeoff.training import SearchBudget

ESTIMATORS = ("lgbm", "rf", "xgboost", "extra_tree", "xgb_limitdepth", "lrl1")
"""FLAML's estimators by default, without CatBoost."""

ALONE_S = 30.0
"""Search time in seconds if no suite sets a budget."""

VARIES = 2
"""Least distinct values of a column that is informative."""


@dataclass(kw_only=True, eq=False, repr=False)
class _Flaml(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of classifier and regressor."""

    _task: ClassVar[str]

    estimators: tuple[str, ...] | None = None
    ensemble: bool = False
    n_jobs: int = 1
    random_state: int | None = None

    def _run(self, X: Any, y: Any, validation: Any, record: Any) -> None:
        """Search within the budget, and report FLAML's history."""
        self.n_features_in_ = X.shape[1]
        if (_frame(X).nunique(dropna=False) < VARIES).all():  # FLAML would drop every column
            is_value = self._task == "regression"
            self.model_: Any = (DummyRegressor() if is_value else DummyClassifier()).fit(X, y)
            return
        logging.getLogger("flaml").setLevel(logging.ERROR)
        budget = getattr(record, "budget", None)
        seconds = ALONE_S if budget is None or budget.seconds is None else budget.seconds
        if record is not None:
            seconds = min(seconds, 0.9 * record.seconds_left())
        settings: dict[str, Any] = {
            "task": self._task,
            "time_budget": seconds,
            "n_jobs": self.n_jobs,
            "estimator_list": list(self.estimators or self._known()),
            "ensemble": self.ensemble,
            "seed": 0 if self.random_state is None else int(self.random_state) % 2**31,
            "verbose": 0,
            "retrain_full": "budget" if budget is None or budget.refit else False,
            "early_stop": False,
        }
        if budget is not None:
            settings["metric"] = self._loss(budget)
            if budget.configs is not None:
                settings["max_iter"] = budget.configs
        if validation is not None:
            settings |= {"X_val": _frame(validation[0]), "y_val": np.asarray(validation[1])}
            settings["eval_method"] = "holdout"
        started = time.perf_counter()
        self.model_ = pkgutil.resolve_name("flaml:AutoML")()
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            log = Path(folder) / "flaml.log"
            self.model_.fit(
                _frame(X), np.asarray(y), log_file_name=str(log), log_type="all", **settings
            )
            if budget is not None:
                _tell(log, budget)
        if record is not None:
            record.searched(time.perf_counter() - started)
            record.note("flaml_chosen", self.model_.best_estimator)

    def _known(self) -> tuple[str, ...]:
        return ESTIMATORS

    def _loss(self, budget: SearchBudget) -> Any:
        """Return the task's metric in FLAML's form: a function of a loss and values to log."""
        sign = -1.0 if budget.direction == "maximize" else 1.0

        def loss(X_val: Any, y_val: Any, estimator: Any, *_: Any, **__: Any) -> Any:
            classes = getattr(self, "classes_", None)
            if classes is None:
                value = sign * budget.value(np.asarray(y_val), estimator.predict(X_val), None)
            else:
                proba = estimator.predict_proba(X_val)
                value = sign * budget.value(classes[np.asarray(y_val)], proba, classes)
            return value, {"loss": value}

        return loss

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes or values, (n_samples,)."""
        return np.asarray(self.model_.predict(_frame(X)))


class FlamlClassifier(ClassifierMixin, _Flaml):  # type: ignore[misc]  # scikit-learn has no types
    """FLAML for classification: cost-frugal search over boosters, forests and a linear model.

    Args:
        estimators: FLAML's names of estimators to search; None for its own list without CatBoost.
        ensemble: whether to stack the best models at the end.
        n_jobs: threads.
        random_state: seed of the search.

    Source:
        Wang, Wu, Weimer and Zhu, "FLAML: A Fast and Lightweight AutoML Library", MLSys 2021.
    """

    _task = "classification"

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Search on a table (n_samples, n_columns) and class codes y (n_samples,).

        Args:
            X: training rows.
            y: class codes.
            validation: pair (X, y) that configurations are chosen by; None leaves it to FLAML.
            record: training record with budget and metric.
        """
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            raise ValueError("expected at least two classes; got one class.")
        if validation is not None:
            is_known = np.isin(validation[1], self.classes_)
            validation = (validation[0][is_known], np.asarray(validation[1])[is_known])
        self._run(X, y, validation, record)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        return np.asarray(self.model_.predict_proba(_frame(X)), dtype=np.float64)


class FlamlRegressor(RegressorMixin, _Flaml):  # type: ignore[misc]  # scikit-learn has no types
    """FLAML for regression. Arguments and source are those of `FlamlClassifier`."""

    _task = "regression"

    def _known(self) -> tuple[str, ...]:
        return tuple(name for name in ESTIMATORS if name != "lrl1")

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Search on a table (n_samples, n_columns) and values y (n_samples,).

        Args:
            X: training rows.
            y: values.
            validation: pair (X, y) that configurations are chosen by; None leaves it to FLAML.
            record: training record with budget and metric.
        """
        self._run(X, y, validation, record)
        return self


def _tell(log: Path, budget: SearchBudget) -> None:
    """Report every configuration of FLAML's log in its order."""
    sign = -1.0 if budget.direction == "maximize" else 1.0
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "learner" not in entry:  # a line that marks the best one so far
            continue
        loss = float(entry["validation_loss"])
        score = sign * loss if np.isfinite(loss) else None
        budget.tried(entry["learner"], _plain(entry["config"]), score, entry["wall_clock_time"])


def _frame(X: Any) -> pd.DataFrame:
    """Convert a table for FLAML: strings become categories, dates become days."""
    import pandas as pd
    from pandas.api import types

    columns = {}
    for i in range(X.shape[1]):
        column = X.iloc[:, i]
        if types.is_datetime64_any_dtype(column):
            column = (column - pd.Timestamp(0, tz=column.dt.tz)).dt.total_seconds() / 86400
        elif not types.is_numeric_dtype(column) and not isinstance(
            column.dtype, pd.CategoricalDtype
        ):
            column = column.astype("category")
        columns[f"c{i}"] = column
    return pd.DataFrame(columns)


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration without FLAML's sample size, which is no hyperparameter."""
    return {name: value for name, value in config.items() if name != "FLAML_sample_size"}
