"""scikit-learn's histogram gradient boosting with a loss and score for every round.

scikit-learn has no callback. Trees are grown in blocks by warm start, which yields the same trees
as one call, and after each block its rounds are scored by staged prediction. With blocks of 20
rounds out of 100 each part is predicted as often as three whole predictions would.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn import ensemble

from bakeoff.spaces import Integer, Real, Space
from bakeoff_classic._base import dense
from bakeoff_classic._wrapped import WrappedClassifier, WrappedRegressor
from bakeoff_classic.rounds import Pair, Watch, class_codes, of_classes, of_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLOCK = 20
"""Rounds between two checks of the time limit."""


class _HistBoosting:
    """Parameters and boosting loop that classifier and regressor share."""

    model_: Any
    n_rounds_: int

    def __init__(  # noqa: PLR0913  scikit-learn's parameters
        self,
        *,
        max_iter: int = 100,
        learning_rate: float = 0.1,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        early_stopping_rounds: int | None = None,
        random_state: int | None = None,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.early_stopping_rounds = early_stopping_rounds
        self.random_state = random_state

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {
                "max_iter": Integer(20, 500, "log"),
                "learning_rate": Real(0.01, 0.5, "log"),
                "max_leaf_nodes": Integer(4, 255, "log"),
                "min_samples_leaf": Integer(1, 100, "log"),
                "l2_regularization": Real(1e-6, 100.0, "log"),
            },
            starts=(
                {"max_iter": 300, "learning_rate": 0.05},
                {"max_iter": 300, "learning_rate": 0.05, "max_leaf_nodes": 8},
                {"max_iter": 200, "learning_rate": 0.1, "min_samples_leaf": 3},
            ),
            source="Gorishniy et al., Revisiting Deep Learning Models for Tabular Data, NeurIPS "
            "2021, for what is varied; ranges and starts chosen here",
        )

    def _options(self) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "max_leaf_nodes": self.max_leaf_nodes,
            "max_depth": self.max_depth,
            "min_samples_leaf": self.min_samples_leaf,
            "l2_regularization": self.l2_regularization,
            "early_stopping": False,
            "warm_start": True,
            "random_state": self.random_state,
        }

    def _staged(self, X: Any) -> Iterator[Any]:
        """Yield predictions after each round, from the first."""
        raise NotImplementedError

    def _pair(self, y: Any, predicted: Any) -> Pair:
        """Return loss and score of a prediction."""
        raise NotImplementedError

    def _boost(self, parts: list[tuple[Any, Any]], watch: Watch) -> None:
        """Grow trees on the first part; compute loss and score of every round on each part."""
        if not watch.is_needed:
            self.model_.set_params(max_iter=self.max_iter).fit(*parts[0])
            self.n_rounds_ = self.max_iter
            return
        stop = False
        while not stop and watch.n_rounds < self.max_iter:
            n_done = watch.n_rounds
            self.model_.set_params(max_iter=min(n_done + BLOCK, self.max_iter)).fit(*parts[0])
            stages = [islice(self._staged(rows), n_done, None) for rows, _ in parts]
            for predicted in zip(*stages, strict=True):
                pairs = [self._pair(part[1], p) for part, p in zip(parts, predicted, strict=True)]
                stop = watch.report(*pairs) or stop
                if watch.stopped_early:
                    break
        self.n_rounds_ = watch.best_round if watch.stopped_early else watch.n_rounds
        watch.finish(self.n_parameters_, has_validation=len(parts) > 1)

    def _last(self, rows: Any, predict: Callable[[Any], Any]) -> npt.NDArray[Any]:
        """Predict with all rounds, or with those up to the best one after early stopping."""
        if self.n_rounds_ == self.model_.n_iter_:
            return np.asarray(predict(rows))
        return np.asarray(next(islice(self._staged(rows), self.n_rounds_ - 1, None)))

    @property
    def n_iter_(self) -> int:
        """Number of rounds that are used for prediction."""
        return self.n_rounds_

    @property
    def n_parameters_(self) -> int:
        """Number of nodes of the trees that are used for prediction, leaves included."""
        trees = self.model_._predictors[: self.n_rounds_]  # noqa: SLF001  no public count of nodes
        return sum(len(tree.nodes) for group in trees for tree in group)


class HistBoostingClassifier(_HistBoosting, WrappedClassifier):
    """Histogram gradient boosting for classification; sparse matrices are made dense.

    Rounds report log loss and balanced accuracy. Early stopping is off by default.

    Args:
        max_iter: boosting rounds, at least 1.
        learning_rate: shrinkage of each tree, above 0.
        max_leaf_nodes: most leaves of a tree, at least 2; None for no limit.
        max_depth: most levels of a tree, at least 1; None for no limit.
        min_samples_leaf: fewest training rows in a leaf, at least 1.
        l2_regularization: L2 penalty on leaf values, at least 0.
        early_stopping_rounds: rounds without a better validation loss after which boosting stops
            and the best round counts; None never stops. Needs validation data.
        random_state: seed of the bins' subsample.

    Source:
        Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", 2001; Ke et al.,
        "LightGBM", NIPS 2017, for histograms and leaf-wise growth. Defaults are scikit-learn's.
    """

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Fit on X float (n_samples, n_features) and class codes y (n_samples,).

        Args:
            X: training rows.
            y: class codes.
            validation: pair (X, y); rows of classes that training lacks are left out.
            record: training record that every round is reported to.
        """
        rows, codes = self._begin(X, y)
        self.model_ = ensemble.HistGradientBoostingClassifier(**self._options())
        parts = [(dense(rows), codes)]
        if validation is not None:
            codes, is_known = class_codes(np.asarray(validation[1]), self.classes_)
            if is_known.any():
                parts.append((dense(self._read(validation[0]))[is_known], codes[is_known]))
        self._boost(parts, Watch(record, self.early_stopping_rounds))
        return self

    def _staged(self, X: Any) -> Iterator[Any]:
        staged: Iterator[Any] = self.model_.staged_predict_proba(X)
        return staged

    def _pair(self, y: Any, predicted: Any) -> Pair:
        return of_classes(y, predicted)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        rows = dense(self._read(X))
        return self._last(rows, self.model_.predict_proba)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes, (n_samples,)."""
        proba = self.predict_proba(X)
        return np.asarray(self.classes_[proba.argmax(axis=1)])


class HistBoostingRegressor(_HistBoosting, WrappedRegressor):
    """Histogram gradient boosting for regression; sparse matrices are made dense.

    Rounds report the mean squared error and R squared. Early stopping is off by default.

    Args:
        max_iter: boosting rounds, at least 1.
        learning_rate: shrinkage of each tree, above 0.
        max_leaf_nodes: most leaves of a tree, at least 2; None for no limit.
        max_depth: most levels of a tree, at least 1; None for no limit.
        min_samples_leaf: fewest training rows in a leaf, at least 1.
        l2_regularization: L2 penalty on leaf values, at least 0.
        early_stopping_rounds: rounds without a better validation loss after which boosting stops
            and the best round counts; None never stops. Needs validation data.
        random_state: seed of the bins' subsample.

    Source:
        As for the classifier.
    """

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Fit on X float (n_samples, n_features) and values y (n_samples,).

        Args:
            X: training rows.
            y: values, in the target's own units.
            validation: pair (X, y).
            record: training record that every round is reported to.
        """
        rows, values = self._begin(X, y)
        self.model_ = ensemble.HistGradientBoostingRegressor(**self._options())
        parts = [(dense(rows), values)]
        if validation is not None:
            truth = np.asarray(validation[1], dtype=np.float64)
            parts.append((dense(self._read(validation[0])), truth))
        self._boost(parts, Watch(record, self.early_stopping_rounds))
        return self

    def _staged(self, X: Any) -> Iterator[Any]:
        staged: Iterator[Any] = self.model_.staged_predict(X)
        return staged

    def _pair(self, y: Any, predicted: Any) -> Pair:
        return of_values(y, float(np.mean((y - predicted) ** 2)))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict values, float64 (n_samples,)."""
        rows = dense(self._read(X))
        return self._last(rows, self.model_.predict)
