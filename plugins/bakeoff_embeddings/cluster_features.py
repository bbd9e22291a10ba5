"""Clusters as features of any input kind: where a row lies among groups that nobody named."""

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
"""Columns above which rows are projected before they are clustered."""


@dataclass(kw_only=True, eq=False, repr=False)
class Clusters(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Distances, memberships, codes and statistics of k-means clusters, beside what was clustered.

    Features of any kind are standardised, projected onto their 50 principal components where they
    are more, and clustered; no target is seen. A row then has:

    - `distances`: the distance to each centre.
    - `memberships`: a soft share of each cluster, exp(-distance^2 / mean distance^2), sum 1.
    - `one_hot`: 1 for its cluster, 0 for the others.
    - `statistics`: its cluster's share of the training rows and spread, and its own distance to the
      centre beside that spread and beside the distance to the next centre.

    Args:
        over: features to cluster, such as `hog`; without a name of any, plain numbers.
        n_clusters: at least 1; there are never more than different training rows.
        use: any of the four; none leaves the clustered features alone.
        keep: whether the clustered features stand beside; else clusters take their place.
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
        """Cluster training rows of any input kind.

        Raises:
            ParameterError: a word in `use` that is none of the four, or nothing to hand on.
        """
        self._check()
        self.over_ = (PlainRows() if self.over is None else self.over).fit(X)
        rows = self._rows(self.over_.transform(X), fit=True)
        self.centres_ = self._centres(rows)
        distances = self._distances(rows)
        nearest = distances.argmin(axis=1)
        n_found = len(self.centres_)
        self.shares_ = np.bincount(nearest, minlength=n_found) / len(rows)
        own = distances[np.arange(len(rows)), nearest]
        sums = np.bincount(nearest, weights=own, minlength=n_found)
        self.spreads_ = np.maximum(sums / np.maximum(1, self.shares_ * len(rows)), 1e-6)
        self.scale_ = max(float((own**2).mean()), 1e-12)
        return self

    def transform(self, X: Any) -> Any:
        """Return float32 (n_samples, n_features), CSR where the kept features are."""
        check_is_fitted(self, "centres_")
        base = self.over_.transform(X)
        distances = self._distances(self._rows(base))
        makers = {
            "distances": lambda found: found,
            "memberships": self._memberships,
            "one_hot": self._one_hot,
            "statistics": self._statistics,
        }
        blocks = [np.asarray(makers[name](distances), np.float32) for name in self.use]
        if not self.keep:
            return np.concatenate(blocks, axis=1)
        if hasattr(base, "tocsr"):
            return _beside(base, blocks)
        return np.concatenate([np.asarray(base, np.float32), *blocks], axis=1)

    def _check(self) -> None:
        check_count("n_clusters", self.n_clusters)
        for word in self.use:
            if word not in USES:
                raise ParameterError("use", f"any of {', '.join(USES)}", word)
        if not self.use and not self.keep:
            raise ParameterError("use", "something where keep is false", self.use)

    def _rows(self, base: Any, *, fit: bool = False) -> npt.NDArray[np.float64]:
        """Standardised and, where there are many columns, projected."""
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
        near = np.exp((squares.min(axis=1, keepdims=True) - squares) / self.scale_)
        return np.asarray(near / near.sum(axis=1, keepdims=True))

    def _one_hot(self, distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.eye(distances.shape[1])[distances.argmin(axis=1)])

    def _statistics(self, distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        nearest = distances.argmin(axis=1)
        ordered = np.sort(distances, axis=1)
        own, following = ordered[:, 0], ordered[:, min(1, distances.shape[1] - 1)]
        spread = self.spreads_[nearest]
        beside = own / np.maximum(following, 1e-6)
        return np.stack([self.shares_[nearest], spread, own / spread, beside], axis=1)


def _beside(base: Any, blocks: list[npt.NDArray[np.float32]]) -> sparse.csr_matrix:
    return sparse.csr_matrix(
        sparse.hstack([base, *map(sparse.csr_matrix, blocks)]), dtype=np.float32
    )
