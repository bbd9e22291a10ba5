"""scikit-learn's clusterers, with choice of the number of clusters and measured stability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.utils.validation import check_is_fitted

from bakeoff_embeddings import resampling
from bakeoff_embeddings.errors import ClustersError, check_count

if TYPE_CHECKING:
    from bakeoff.training import TrainingRecord
    from bakeoff_embeddings.resampling import FloatMatrix

Labels = npt.NDArray[np.int64]


@dataclass(kw_only=True, eq=False, repr=False)
class Clusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of clusterers; `labels_` holds the cluster of each row of the last fit.

    Args:
        resamples: pairs of subsamples over which stability is measured, not timed; 0 for none.
        random_state: seed.
    """

    resamples: int = 10
    random_state: int | None = None

    def _cluster(self, rows: FloatMatrix, record: TrainingRecord | None) -> Labels:
        """Return cluster codes of rows that are not all equal, and store the fitted model."""
        raise NotImplementedError

    def _fixed(self) -> Any:
        """Return an unfitted copy with the chosen number of clusters, for resamples."""
        return clone(self).set_params(resamples=0)

    def fit(self, X: Any, y: Any = None, *, record: TrainingRecord | None = None) -> Self:  # noqa: ARG002
        """Cluster rows (n_samples, n_features); rows that are all equal form one cluster.

        Raises:
            ClustersError: no rows, or fewer than clusters.
        """
        check_count("resamples", self.resamples, least=0)
        rows = as_rows(X)
        if len(rows) == 0:
            raise ClustersError(0, 1)
        self.n_features_in_ = rows.shape[1]
        self.is_one_ = bool((rows == rows[0]).all())
        self.labels_ = np.zeros(len(rows), np.int64)
        if self.is_one_:
            if record is not None:
                record.note("n_clusters", 1, "all rows are alike")
        else:
            self.labels_ = np.asarray(self._cluster(rows, record), np.int64)
        return self

    def examine(self, inputs: dict[str, Any], record: TrainingRecord) -> None:
        """Record cluster sizes and stability over subsamples; see `resampling.stability`."""
        codes, sizes = np.unique(self.labels_, return_counts=True)
        record.array("cluster_codes", codes)
        record.array("cluster_sizes", sizes)
        noise = int(sizes[codes == -1].sum())
        reason = f"{noise} of {len(self.labels_)} rows are noise" if noise else "of fitted rows"
        record.note("clusters_found", int((codes >= 0).sum()), reason)
        if self.resamples and not self.is_one_:
            rows = resampling.drawn(as_rows(inputs["train"]), self.random_state)
            values = resampling.stability(
                self._fixed(), rows, n_pairs=self.resamples, seed=self.random_state or 0
            )
            if len(values):
                low, high = np.percentile(values, [2.5, 97.5])
                interval = (
                    f"[{low:.4f}, {high:.4f}] adjusted Rand between {len(values)} pairs of "
                    f"subsamples of {len(rows)} rows, the middle 95 %"
                )
                record.note("cluster_stability", f"{values.mean():.4f}", interval)
                record.array("cluster_stability", values)


@dataclass(kw_only=True, eq=False, repr=False)
class Counted(Clusterer):
    """Base of clusterers with a given number of clusters. Parameters: `Clusterer`'s and these.

    Args:
        n_clusters: number of clusters, at least 1; None chooses the number by silhouette over
            resamples and notes it with an interval, see `resampling.choose_n_clusters`.
        most_clusters: most clusters to choose, at least 2.
    """

    n_clusters: int | None = None
    most_clusters: int = 20

    def _model(self, n_clusters: int) -> Any:
        """Return the unfitted scikit-learn estimator."""
        raise NotImplementedError

    def _cluster(self, rows: FloatMatrix, record: TrainingRecord | None) -> Labels:
        self.n_clusters_ = self._number(rows, record)
        self.model_ = self._model(self.n_clusters_)
        with resampling.quiet():
            labels: Labels = self.model_.fit_predict(rows)
        return labels

    def _number(self, rows: FloatMatrix, record: TrainingRecord | None) -> int:
        if self.n_clusters is not None:
            check_count("n_clusters", self.n_clusters)
            if self.n_clusters > len(rows):
                raise ClustersError(len(rows), self.n_clusters)
            if record is not None:
                record.note("n_clusters", self.n_clusters, "asked for")
            return self.n_clusters
        check_count("most_clusters", self.most_clusters, least=2)
        choice = resampling.choose_n_clusters(
            rows, most=self.most_clusters, seed=self.random_state or 0
        )
        if record is not None:
            reason = (
                f"[{choice.low}, {choice.high}] largest silhouette of k-means in each of "
                f"{len(choice.best)} subsamples, their median and the middle 90 %"
            )
            record.note("n_clusters", choice.n_clusters, reason)
        return choice.n_clusters

    def _fixed(self) -> Any:
        return super()._fixed().set_params(n_clusters=self.n_clusters_)


class Placing(Counted):
    """Base of clusterers that assign new rows to clusters."""

    def predict(self, X: Any) -> Labels:
        """Predict the cluster of each row, int64 (n_samples,)."""
        check_is_fitted(self, "labels_")
        rows = as_rows(X)
        if self.is_one_:
            return np.zeros(len(rows), np.int64)
        return np.asarray(self.model_.predict(rows), np.int64)


class KMeans(Placing):
    """K-means clustering, the best of ten initialisations.

    Parameters are `Counted`'s and `Clusterer`'s.

    Source:
        Lloyd, "Least squares quantization in PCM", 1982; initialisation after Arthur and
        Vassilvitskii, "k-means++", 2007.
    """

    def _model(self, n_clusters: int) -> Any:
        from sklearn import cluster

        return cluster.KMeans(n_clusters, n_init=10, random_state=self.random_state)


class MiniBatchKMeans(Placing):
    """K-means clustering by batches of 1024 rows. Parameters are `KMeans`'s.

    Source:
        Sculley, "Web-scale k-means clustering", 2010.
    """

    def _model(self, n_clusters: int) -> Any:
        from sklearn import cluster

        return cluster.MiniBatchKMeans(n_clusters, n_init=3, random_state=self.random_state)


@dataclass(kw_only=True, eq=False, repr=False)
class GaussianMixture(Placing):
    """Gaussian mixture; rows go to the most probable component. Parameters: `Counted`'s.

    Args:
        covariance: `diag`, `full`, `tied` or `spherical`; a thousandth of the mean variance is
            added to every variance.

    Source:
        Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
        1977. The added variance is chosen here.
    """

    covariance: str = "diag"

    def _cluster(self, rows: FloatMatrix, record: TrainingRecord | None) -> Labels:
        self.floor_ = max(1e-12, 1e-3 * float(rows.var(axis=0).mean()))
        return super()._cluster(rows, record)

    def _model(self, n_clusters: int) -> Any:
        from sklearn import mixture

        return mixture.GaussianMixture(
            n_clusters,
            covariance_type=self.covariance,
            reg_covar=self.floor_,
            random_state=self.random_state,
        )


@dataclass(kw_only=True, eq=False, repr=False)
class Agglomerative(Counted):
    """Agglomerative clustering. Parameters are `Counted`'s and this.

    Args:
        linkage: `ward`, `complete`, `average` or `single`.

    Source:
        Ward, "Hierarchical grouping to optimize an objective function", 1963.
    """

    linkage: str = "ward"

    def _model(self, n_clusters: int) -> Any:
        from sklearn import cluster

        return cluster.AgglomerativeClustering(n_clusters, linkage=self.linkage)


@dataclass(kw_only=True, eq=False, repr=False)
class Spectral(Counted):
    """Spectral clustering on a graph of nearest neighbours. Parameters: `Counted`'s and this.

    Args:
        n_neighbors: neighbours of each row in the graph, at least 1, at most as many as rows.

    Source:
        Ng, Jordan and Weiss, "On Spectral Clustering", 2001.
    """

    n_neighbors: int = 10

    def _cluster(self, rows: FloatMatrix, record: TrainingRecord | None) -> Labels:
        self.n_joined_ = min(self.n_neighbors, len(rows))
        return super()._cluster(rows, record)

    def _model(self, n_clusters: int) -> Any:
        from sklearn import cluster

        return cluster.SpectralClustering(
            n_clusters,
            affinity="nearest_neighbors",
            n_neighbors=self.n_joined_,
            random_state=self.random_state,
        )


@dataclass(kw_only=True, eq=False, repr=False)
class Dbscan(Clusterer):
    """DBSCAN: clusters are dense regions, other rows are noise (-1). Parameters: `Clusterer`'s.

    Args:
        eps: distance within which rows are neighbours, above 0; None takes the 0.9 quantile of the
            distances to the `min_samples`-th neighbour.
        min_samples: neighbours, including itself, that make a row a core row, at least 1.

    Source:
        Ester, Kriegel, Sander and Xu, "A density-based algorithm for discovering clusters", 1996;
        the quantile is chosen here.
    """

    eps: float | None = None
    min_samples: int = 5

    def _cluster(self, rows: FloatMatrix, record: TrainingRecord | None) -> Labels:
        from sklearn import cluster, neighbors

        self.eps_ = self.eps
        if self.eps_ is None:
            n_nearest = min(self.min_samples, len(rows))
            index = neighbors.NearestNeighbors(n_neighbors=n_nearest).fit(rows)
            farthest = index.kneighbors(rows)[0][:, -1]
            self.eps_ = max(float(np.quantile(farthest, 0.9)), 1e-12)
        if record is not None:
            record.note("eps", f"{self.eps_:.6g}", "asked for" if self.eps else "by neighbours")
        model = cluster.DBSCAN(eps=self.eps_, min_samples=self.min_samples)
        labels: Labels = model.fit_predict(rows)
        return labels


@dataclass(kw_only=True, eq=False, repr=False)
class Hdbscan(Clusterer):
    """HDBSCAN: clusters of varying density, other rows are noise (-1).

    Args:
        min_cluster_size: fewest rows of a cluster, at least 2; None for a hundredth of the rows,
            at least 5; the number of rows at most.

    Source:
        Campello, Moulavi and Sander, "Density-Based Clustering Based on Hierarchical Density
        Estimates", 2013. The hundredth is chosen here.
    """

    min_cluster_size: int | None = None

    def _cluster(self, rows: FloatMatrix, record: TrainingRecord | None) -> Labels:
        from sklearn import cluster

        size = self.min_cluster_size or max(5, len(rows) // 100)
        size = max(2, min(size, len(rows)))
        if record is not None:
            record.note("min_cluster_size", size, "asked for" if self.min_cluster_size else "")
        labels: Labels = cluster.HDBSCAN(min_cluster_size=size, copy=True).fit_predict(rows)
        return labels


class OneCluster(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Baseline that puts all rows into one cluster."""

    resamples: ClassVar[int] = 0

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Assign all rows to cluster 0."""
        self.labels_ = np.zeros(X.shape[0], np.int64)
        return self

    def predict(self, X: Any) -> Labels:
        """Return zeros, int64 (n_samples,)."""
        return np.zeros(X.shape[0], np.int64)


def as_rows(X: Any) -> FloatMatrix:
    """Convert a dense or sparse matrix to float64."""
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X, np.float64)
