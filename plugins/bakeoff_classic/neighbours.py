"""Nearest neighbour learners on scaled columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import sparse
from sklearn import neighbors

from bakeoff.spaces import Choice, Integer, Space
from bakeoff_classic._wrapped import Wrapped, WrappedClassifier, WrappedRegressor, scaled


@dataclass(kw_only=True, eq=False, repr=False)
class _Neighbours(Wrapped):
    """Parameters that classifier and regressor share."""

    n_neighbors: int = 5
    weights: str = "uniform"
    n_jobs: int = 1

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {"n_neighbors": Integer(1, 100, "log"), "weights": Choice(("uniform", "distance"))},
            source="chosen here",
        )

    def _options(self, X: Any) -> dict[str, Any]:
        """Return scikit-learn's: at most as many neighbours as rows, cosine for sparse rows."""
        return {
            "n_neighbors": min(self.n_neighbors, X.shape[0]),
            "weights": self.weights,
            "metric": "cosine" if sparse.issparse(X) else "euclidean",
            "n_jobs": self.n_jobs,
        }


class NearestNeighboursClassifier(_Neighbours, WrappedClassifier):
    """Nearest neighbours vote: Euclidean distance on scaled columns, cosine for sparse rows.

    Args:
        n_neighbors: neighbours that vote, at least 1; the training rows at most.
        weights: `uniform` or `distance`.
        n_jobs: threads.

    Source:
        Cover and Hart, "Nearest Neighbor Pattern Classification", 1967.
    """

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return scaled(X, neighbors.KNeighborsClassifier(**self._options(X)))


class NearestNeighboursRegressor(_Neighbours, WrappedRegressor):
    """Mean target of the nearest neighbours; distances as for classification.

    Args:
        n_neighbors: neighbours that are averaged, at least 1; the training rows at most.
        weights: `uniform` or `distance`.
        n_jobs: threads.

    Source:
        Stone, "Consistent Nonparametric Regression", 1977.
    """

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return scaled(X, neighbors.KNeighborsRegressor(**self._options(X)))
