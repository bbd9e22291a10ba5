"""K-means cluster features of any input kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from bakeoff_embeddings import resampling
from bakeoff_embeddings.errors import ParameterError, check_count
from bakeoff_embeddings.plain import PlainRows

USES = ("distances", "memberships", "one_hot", "statistics")
MOST_COLUMNS = 50
"""Columns above which rows are projected (SVD) before they are clustered."""


@dataclass(kw_only=True, eq=False, repr=False)
class ClusterFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Distances, memberships, codes and statistics of k-means clusters of other features.

    Features of any kind are standardised, reduced to 50 components by truncated SVD if there are
    more columns, and clustered without the target. A row then has:

    - `distances`: the distance to each centre.
    - `memberships`: soft membership of each cluster, exp(-distance^2 / mean distance^2), sum 1.
    - `one_hot`: 1 for its cluster, 0 for the others.
    - `statistics`: its cluster's share of the training rows and spread, and its distance to the
      centre divided by that spread and by the distance to the second nearest centre.

    Args:
        over: features to cluster, such as `hog`; by default numeric values, see `plain`.
        n_clusters: at least 1; there are never more than different training rows.
        use: any of the four; none returns the clustered features alone.
        keep: whether to return the clustered features too; else cluster features replace them.
        random_state: seed.

    Source:
        Coates and Ng, "Learning Feature Representations with K-means", 2012, for distances as
        features; the statistics are chosen here.
    """

    over: Any = None
    n_clusters: int = 30
    use: tuple[str, ...] | list[str] = ("distances", "memberships")
    keep: bool = True
    random_state: int | None = None

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  no target is ever used
        """Fit the features and cluster the training rows of any input kind.

        Raises:
            ParameterError: a word in `use` that is none of the four, or no output at all.
        """
        self._check()
        self.over_ = (PlainRows() if self.over is None else self.over).fit(X)
        rows = self._rows(self.over_.transform(X), fit=True)
        self.centres_ = self._centres(rows)
        distances = self._distances(rows)
        nearest = distances.argmin(axis=1)
        n_clusters = len(self.centres_)
        self.shares_ = np.bincount(nearest, minlength=n_clusters) / len(rows)
        nearest_distances = distances[np.arange(len(rows)), nearest]
        sums = np.bincount(nearest, weights=nearest_distances, minlength=n_clusters)
        self.spreads_ = np.maximum(sums / np.maximum(1, self.shares_ * len(rows)), 1e-6)
        self.scale_ = max(float((nearest_distances**2).mean()), 1e-12)
        return self

    def transform(self, X: Any) -> Any:
        """Return float32 (n_samples, n_features), CSR if kept clustered features are sparse."""
        check_is_fitted(self, "centres_")
        base = self.over_.transform(X)
        distances = self._distances(self._rows(base))
        blocks_by_name = {
            "distances": lambda matrix: matrix,
            "memberships": self._memberships,
            "one_hot": self._one_hot,
            "statistics": self._statistics,
        }
        blocks = [np.asarray(blocks_by_name[name](distances), np.float32) for name in self.use]
        if not self.keep:
            return np.concatenate(blocks, axis=1)
        if hasattr(base, "tocsr"):
            return _beside(base, blocks)
        return np.concatenate([np.asarray(base, np.float32), *blocks], axis=1)

    def _check(self) -> None:
        check_count("n_clusters", self.n_clusters)
        for name in self.use:
            if name not in USES:
                raise ParameterError("use", f"any of {', '.join(USES)}", name)
        if not self.use and not self.keep:
            raise ParameterError("use", "something where keep is false", self.use)

    def _rows(self, base: Any, *, fit: bool = False) -> npt.NDArray[np.float64]:
        """Return features standardised and, if there are many columns, projected."""
        from sklearn.decomposition import TruncatedSVD

        if fit:
            self.projection_ = None
            if base.shape[1] > MOST_COLUMNS:
                n_kept = min(MOST_COLUMNS, base.shape[1] - 1)
                self.projection_ = TruncatedSVD(n_kept, random_state=self.random_state or 0)
                with np.errstate(
                    invalid="ignore", divide="ignore"
                ):  # equal rows have no variance to explain
                    self.projection_.fit(base)
        rows = base if self.projection_ is None else self.projection_.transform(base)
        rows = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, "f8")
        if fit:
            self.mean_, spread = rows.mean(axis=0), rows.std(axis=0)
            # Directions of an SVD are in one unit already; columns of other features are not.
            if self.projection_ is not None:
                spread = np.full_like(spread, float(spread.max()))
            self.spread_ = np.where(spread > 1e-9, spread, 1.0)  # noqa: PLR2004  no spread at all
        return np.asarray((rows - self.mean_) / self.spread_)

    def _centres(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        from sklearn.cluster import KMeans

        if (rows == rows[0]).all():
            return rows[:1]
        n_clusters = min(self.n_clusters, len(rows))
        model = KMeans(n_clusters, n_init=2, random_state=self.random_state)
        with resampling.quiet():
            centres = model.fit(rows).cluster_centers_
        return np.unique(centres, axis=0)

    def _distances(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        squares = (rows**2).sum(axis=1)[:, None] + (self.centres_**2).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(squares - 2 * rows @ self.centres_.T, 0.0)))

    def _memberships(self, distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        squares = distances**2
        similarity = np.exp((squares.min(axis=1, keepdims=True) - squares) / self.scale_)
        return np.asarray(similarity / similarity.sum(axis=1, keepdims=True))

    def _one_hot(self, distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.eye(distances.shape[1])[distances.argmin(axis=1)])

    def _statistics(self, distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        nearest = distances.argmin(axis=1)
        ordered = np.sort(distances, axis=1)
        nearest_distance, second_distance = (
            ordered[:, 0],
            ordered[:, min(1, distances.shape[1] - 1)],
        )
        spread = self.spreads_[nearest]
        distance_ratio = nearest_distance / np.maximum(second_distance, 1e-6)
        return np.stack(
            [self.shares_[nearest], spread, nearest_distance / spread, distance_ratio], axis=1
        )


def _beside(base: Any, blocks: list[npt.NDArray[np.float32]]) -> sparse.csr_matrix:
    return sparse.csr_matrix(
        sparse.hstack([base, *map(sparse.csr_matrix, blocks)]), dtype=np.float32
    )
