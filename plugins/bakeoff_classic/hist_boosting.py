"""scikit-learn's histogram gradient boosting with a loss and score for every round.

scikit-learn has no callback. Trees are grown in blocks by warm start, which yields the same trees
as one call, and after each block its rounds are scored by staged prediction. With blocks of 20
rounds out of 100 each part is predicted as often as three whole predictions would.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn import ensemble

from bakeoff.spaces import Integer, Real, Space
from bakeoff_classic._base import dense
from bakeoff_classic._boosted import BoostedClassifier, BoostedRegressor, Booster
from bakeoff_classic.rounds import Pair, Watch, of_classes, of_values

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 20
"""Rounds between two checks of the time limit."""


@dataclass(kw_only=True, eq=False, repr=False)
class _HistBoosting(Booster):
    """Parameters and boosting loop that classifier and regressor share."""

    max_iter: int = 100
    learning_rate: float = 0.1
    max_leaf_nodes: int | None = 31
    max_depth: int | None = None
    min_samples_leaf: int = 20
    l2_regularization: float = 0.0
    early_stopping_rounds: int | None = None
    random_state: int | None = None

    _prediction: ClassVar[str]
    """scikit-learn's method whose predictions after each round give loss and score."""

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

    def _staged(self, rows: Any) -> Iterator[Any]:
        """Yield predictions after each round, from the first."""
        staged: Iterator[Any] = getattr(self.model_, f"staged_{self._prediction}")(rows)
        return staged

    def _pair(self, y: Any, predicted: Any) -> Pair:
        """Return loss and score of a prediction."""
        raise NotImplementedError

    def _boost_at_once(self, X: Any, y: Any) -> int:
        self.model_.set_params(max_iter=self.max_iter).fit(dense(X), y)
        return self.max_iter

    def _boost(self, parts: list[tuple[Any, Any]], watch: Watch) -> None:
        parts = [(dense(rows), y) for rows, y in parts]
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

    def _last(self, X: Any) -> npt.NDArray[Any]:
        """Predict with all rounds, or with those up to the best one after early stopping."""
        rows = dense(self._read(X))
        if self.n_rounds_ == self.model_.n_iter_:
            return np.asarray(getattr(self.model_, self._prediction)(rows))
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


class HistBoostingClassifier(_HistBoosting, BoostedClassifier):
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

    _prediction = "predict_proba"

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return ensemble.HistGradientBoostingClassifier(**self._options())

    def _pair(self, y: Any, predicted: Any) -> Pair:
        return of_classes(y, predicted)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        return self._last(X)


class HistBoostingRegressor(_HistBoosting, BoostedRegressor):
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

    _prediction = "predict"

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return ensemble.HistGradientBoostingRegressor(**self._options())

    def _pair(self, y: Any, predicted: Any) -> Pair:
        return of_values(y, float(np.mean((y - predicted) ** 2)))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict values, float64 (n_samples,)."""
        return self._last(X)
