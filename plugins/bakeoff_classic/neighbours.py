"""Nearest neighbour learners on scaled columns."""

from __future__ import annotations

from typing import Any

from scipy import sparse
from sklearn import neighbors

from bakeoff.spaces import Choice, Integer, Space
from bakeoff_classic._wrapped import WrappedClassifier, WrappedRegressor, scaled

SPACE = Space(
    {"n_neighbors": Integer(1, 100, "log"), "weights": Choice(("uniform", "distance"))},
    source="chosen here",
)


def _options(learner: Any, X: Any) -> dict[str, Any]:
    """Return scikit-learn's options: at most as many neighbours as rows, cosine for sparse rows."""
    return {
        "n_neighbors": min(learner.n_neighbors, X.shape[0]),
        "weights": learner.weights,
        "metric": "cosine" if sparse.issparse(X) else "euclidean",
        "n_jobs": learner.n_jobs,
    }


class NearestNeighboursClassifier(WrappedClassifier):
    """Nearest neighbours vote: Euclidean distance on scaled columns, cosine for sparse rows.

    Args:
        n_neighbors: neighbours that vote, at least 1; the training rows at most.
        weights: `uniform` or `distance`.
        n_jobs: threads.

    Source:
        Cover and Hart, "Nearest Neighbor Pattern Classification", 1967.
    """

    def __init__(self, *, n_neighbors: int = 5, weights: str = "uniform", n_jobs: int = 1) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.n_jobs = n_jobs

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return SPACE

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return scaled(X, neighbors.KNeighborsClassifier(**_options(self, X)))


class NearestNeighboursRegressor(WrappedRegressor):
    """Mean target of the nearest neighbours; distances as for classification.

    Args:
        n_neighbors: neighbours that are averaged, at least 1; the training rows at most.
        weights: `uniform` or `distance`.
        n_jobs: threads.

    Source:
        Stone, "Consistent Nonparametric Regression", 1977.
    """

    def __init__(self, *, n_neighbors: int = 5, weights: str = "uniform", n_jobs: int = 1) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.n_jobs = n_jobs

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return SPACE

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        return scaled(X, neighbors.KNeighborsRegressor(**_options(self, X)))
