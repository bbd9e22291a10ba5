"""XGBoost with a loss and score for every round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost
from scipy import sparse

from bakeoff.spaces import Integer, Real, Space
from bakeoff.training import uninterrupted
from bakeoff_classic._boosted import BoostedClassifier, BoostedRegressor, Booster
from bakeoff_classic.rounds import Pair, Watch, balanced_accuracy, of_values

DEVICES = {"cpu": "cpu", "gpu": "cuda", "cuda": "cuda"}
DENSE_BINS, SPARSE_BINS = 256, 32
"""Bins of a column. Texts give sparse matrices of thousands of columns, where finding a split costs
by the bin; their weights need few."""

PARTS = ("validation_0", "validation_1")
"""Names that XGBoost gives to the first and the second evaluation set: training, validation."""


@dataclass(kw_only=True, eq=False, repr=False)
class _XGBoost(Booster):
    """Parameters and boosting loop that classifier and regressor share."""

    _dtype = (np.float32, np.float64)

    n_estimators: int = 100
    learning_rate: float = 0.3
    max_depth: int = 6
    min_child_weight: float = 1.0
    subsample: float = 1.0
    colsample_bytree: float = 1.0
    reg_alpha: float = 0.0
    reg_lambda: float = 1.0
    max_bin: int | None = None
    early_stopping_rounds: int | None = None
    device: str = "cpu"
    random_state: int | None = None
    n_jobs: int = 1

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {
                "n_estimators": Integer(20, 800, "log"),
                "learning_rate": Real(0.01, 0.5, "log"),
                "max_depth": Integer(2, 12),
                "min_child_weight": Real(0.1, 100.0, "log"),
                "subsample": Real(0.4, 1.0),
                "colsample_bytree": Real(0.3, 1.0),
                "reg_alpha": Real(1e-6, 10.0, "log"),
                "reg_lambda": Real(1e-3, 100.0, "log"),
            },
            starts=(
                {
                    "n_estimators": 400,
                    "learning_rate": 0.05,
                    "max_depth": 6,
                    "subsample": 0.8,
                    "colsample_bytree": 0.8,
                },
                {
                    "n_estimators": 600,
                    "learning_rate": 0.05,
                    "max_depth": 3,
                    "subsample": 0.8,
                    "colsample_bytree": 0.6,
                },
                {
                    "n_estimators": 300,
                    "learning_rate": 0.1,
                    "max_depth": 9,
                    "min_child_weight": 3.0,
                    "subsample": 0.8,
                    "colsample_bytree": 0.6,
                },
            ),
            source="Chen and Guestrin, XGBoost, KDD 2016, for what is varied; Gorishniy et al., "
            "Revisiting Deep Learning Models for Tabular Data, NeurIPS 2021, for ranges; starts "
            "chosen here",
        )

    def _options(self, X: Any) -> dict[str, Any]:
        if self.device not in DEVICES:
            raise ValueError(f"expected device 'cpu' or 'gpu'; got {self.device!r}.")
        converted = ("early_stopping_rounds", "device", "max_bin")
        names = (name for name in self.get_params() if name not in converted)
        return {
            **{name: getattr(self, name) for name in names},
            "tree_method": "hist",
            "max_bin": self.max_bin or (SPARSE_BINS if sparse.issparse(X) else DENSE_BINS),
            "device": DEVICES[self.device],
        }

    def _boost_at_once(self, X: Any, y: Any) -> int:
        self.model_.fit(X, y, verbose=False)
        return self.n_estimators

    def _boost(self, parts: list[tuple[Any, Any]], watch: Watch) -> None:
        self.model_.set_params(callbacks=[Rounds(watch, [truth for _, truth in parts])])
        self.model_.fit(*parts[0], eval_set=parts, verbose=False)
        self.model_.set_params(callbacks=None)

    def _raw_predict(self, rows: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities or values with the best rounds, whatever the training device."""
        booster, rounds = self.model_.get_booster(), (0, self.n_rounds_)
        predicted = booster.predict(xgboost.DMatrix(rows), iteration_range=rounds)
        return np.asarray(predicted, dtype=np.float64)

    @property
    def n_parameters_(self) -> int:
        """Number of nodes of the trees that are used for prediction, leaves included."""
        booster = self.model_.get_booster()[: self.n_rounds_]
        return sum(tree.count("\n") for tree in booster.get_dump())


class _Classifier(xgboost.XGBClassifier):
    """XGBoost's classifier, guarded while native code that calls Python back builds matrices."""

    def _create_dmatrix(self, *args: Any, **kwargs: Any) -> Any:
        with uninterrupted():
            return super()._create_dmatrix(*args, **kwargs)


class _Regressor(xgboost.XGBRegressor):
    """XGBoost's regressor, guarded in the same way."""

    def _create_dmatrix(self, *args: Any, **kwargs: Any) -> Any:
        with uninterrupted():
            return super()._create_dmatrix(*args, **kwargs)


class XGBoostClassifier(_XGBoost, BoostedClassifier):
    """XGBoost for classification; entries that a sparse matrix doesn't store count as missing.

    Rounds report log loss and balanced accuracy. Early stopping is off by default.

    Args:
        n_estimators: boosting rounds, at least 1.
        learning_rate: shrinkage of each tree, in (0, 1].
        max_depth: most levels of a tree, at least 1; 0 for no limit.
        min_child_weight: least sum of second derivatives in a leaf, at least 0.
        subsample: share of rows for each tree, in (0, 1].
        colsample_bytree: share of columns for each tree, in (0, 1].
        reg_alpha: L1 penalty on leaf values, at least 0.
        reg_lambda: L2 penalty on leaf values, at least 0.
        max_bin: bins of each column, at least 2; None takes 256, or 32 for a sparse matrix.
        early_stopping_rounds: rounds without a better validation loss after which boosting stops
            and the best round counts; None never stops. Needs validation data.
        device: `cpu` or `gpu`.
        random_state: seed of the samples.
        n_jobs: threads.

    Source:
        Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016. Defaults are
        XGBoost's.
    """

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return _Classifier(**self._options(X), eval_metric=_score)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        return _two_columns(self._raw_predict(self._read(X)))


class XGBoostRegressor(_XGBoost, BoostedRegressor):
    """XGBoost for regression; entries that a sparse matrix doesn't store count as missing.

    Rounds report the mean squared error and R squared. Early stopping is off by default.

    Args:
        n_estimators: boosting rounds, at least 1.
        learning_rate: shrinkage of each tree, in (0, 1].
        max_depth: most levels of a tree, at least 1; 0 for no limit.
        min_child_weight: least sum of second derivatives in a leaf, at least 0.
        subsample: share of rows for each tree, in (0, 1].
        colsample_bytree: share of columns for each tree, in (0, 1].
        reg_alpha: L1 penalty on leaf values, at least 0.
        reg_lambda: L2 penalty on leaf values, at least 0.
        max_bin: bins of each column, at least 2; None takes 256, or 32 for a sparse matrix.
        early_stopping_rounds: rounds without a better validation loss after which boosting stops
            and the best round counts; None never stops. Needs validation data.
        device: `cpu` or `gpu`.
        random_state: seed of the samples.
        n_jobs: threads.

    Source:
        As for the classifier.
    """

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return _Regressor(**self._options(X), eval_metric="rmse")

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict values, float64 (n_samples,)."""
        return self._raw_predict(self._read(X))


class Rounds(xgboost.callback.TrainingCallback):
    """Callback that reports each round of XGBoost's evaluation log.

    Args:
        watch: what the rounds are reported to.
        truths: target of each part; in regression R squared follows from it.
    """

    def __init__(self, watch: Watch, truths: list[Any]) -> None:
        super().__init__()
        self.watch = watch
        self.truths = truths

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
        """Report the round that just ended; return True to end boosting."""
        logs = [evals_log[part] for part in PARTS if part in evals_log]
        return self.watch.report(*(self._pair(number, log) for number, log in enumerate(logs)))

    def _pair(self, number: int, log: Any) -> Pair:
        if "rmse" in log:
            return of_values(self.truths[number], log["rmse"][-1] ** 2)
        loss = log["mlogloss"] if "mlogloss" in log else log["logloss"]
        return loss[-1], log[_score.__name__][-1]


def _score(codes: npt.NDArray[Any], proba: npt.NDArray[Any]) -> float:
    return balanced_accuracy(codes.astype(np.int64), _two_columns(proba))


def _two_columns(proba: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return probabilities (n_samples, n_classes); XGBoost gives one column for two classes."""
    return np.column_stack([1 - proba, proba]) if proba.ndim == 1 else proba
