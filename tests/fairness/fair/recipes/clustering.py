"""Recipes for clusters; the number of clusters is given to both sides, no label is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans, SpectralClustering
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from fair.records import Part, contests

if TYPE_CHECKING:
    from fair.records import Recipe, Rows


def _scaled(rows: Rows) -> tuple[Any, Any]:
    """Return training and test matrices: pixels in 0..1, columns of tables standardised.

    Source: scikit-learn's user guide, "Standardization", and its example of k-means on
    digits: what is measured in different units is scaled before distances are taken.
    """
    train, test = (np.asarray(X, float).reshape(len(X), -1) for X in (rows.train.X, rows.X_test))
    if np.ndim(rows.train.X) > 2:
        return train / 255, test / 255
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def _components(rows: Rows) -> tuple[Any, Any]:
    """Return at most 20 principal components, not scaled again."""
    train, test = _scaled(rows)
    pca = PCA(min(20, train.shape[1]), random_state=rows.seed).fit(train)
    return pca.transform(train), pca.transform(test)


def scaled_kmeans(rows: Rows) -> Any:
    """Cluster by k-means, the best of ten starts."""
    train, test = _scaled(rows)
    return KMeans(rows.n_classes, n_init=10, random_state=rows.seed).fit(train).predict(test)


def components_kmeans(rows: Rows) -> Any:
    """Cluster principal components by k-means."""
    train, test = _components(rows)
    return KMeans(rows.n_classes, n_init=10, random_state=rows.seed).fit(train).predict(test)


def components_mixture(rows: Rows) -> Any:
    """Cluster principal components by a mixture of normal distributions, full covariance.

    Source: scikit-learn's user guide, "Gaussian Mixture": full covariances are its default; a
    floor under variances keeps them regular.
    """
    train, test = _components(rows)
    options = {"reg_covar": 1e-3 * train.var(), "n_init": 5, "random_state": rows.seed}
    return GaussianMixture(rows.n_classes, **options).fit(train).predict(test)


def scaled_mixture(rows: Rows) -> Any:
    """Cluster by a mixture of normal distributions, diagonal covariance, since rows are few."""
    train, test = _scaled(rows)
    options = {"covariance_type": "diag", "n_init": 5, "random_state": rows.seed}
    return GaussianMixture(rows.n_classes, reg_covar=1e-3, **options).fit(train).predict(test)


def _transductive(model: Any, rows: Rows) -> Any:
    """Return clusters of test rows by a model that is fitted on all rows, as the program does."""
    known = np.concatenate([np.asarray(part.X) for part in (rows.train, rows.validation)])
    train, test = _scaled(replace(rows, train=Part(known, None)))
    return model.fit_predict(np.vstack([train, test]))[-len(test) :]


def scaled_ward(rows: Rows) -> Any:
    """Cluster by Ward's criterion.

    Source: Ward, "Hierarchical grouping to optimize an objective function", 1963.
    """
    return _transductive(AgglomerativeClustering(rows.n_classes), rows)


def scaled_spectral(rows: Rows) -> Any:
    """Cluster a graph of ten nearest neighbours by its eigenvectors.

    Source: scikit-learn's user guide, "Spectral clustering"; von Luxburg, "A Tutorial on
    Spectral Clustering", 2007.
    """
    options = {"affinity": "nearest_neighbors", "n_neighbors": 10, "random_state": rows.seed}
    return _transductive(SpectralClustering(rows.n_classes, **options), rows)


def scaled_hdbscan(rows: Rows) -> Any:
    """Cluster dense regions.

    Source: scikit-learn's user guide, "HDBSCAN"; Campello, Moulavi and Sander, 2013.
    """
    return _transductive(HDBSCAN(min_cluster_size=10), rows)


def scaled_dbscan(rows: Rows) -> Any:
    """Cluster dense regions, at the distance to which most rows have five neighbours.

    Source: Schubert, Sander, Ester, Kriegel and Xu, "DBSCAN Revisited, Revisited", 2017, on the
    distance to the k-th neighbour.
    """
    distances = NearestNeighbors(n_neighbors=6).fit(_scaled(rows)[0]).kneighbors()[0][:, 4]
    return _transductive(DBSCAN(np.quantile(distances, 0.9), min_samples=5), rows)


PAIRS: dict[str, Recipe] = {
    "raw+kmeans": scaled_kmeans,
    "raw+mini_batch_kmeans": scaled_kmeans,
    "pca+kmeans": components_kmeans,
    "raw+gaussian_mixture": scaled_mixture,
    "pca+gaussian_mixture": components_mixture,
    "raw+agglomerative": scaled_ward,
    "pca+agglomerative": scaled_ward,
    "raw+spectral": scaled_spectral,
    "pca+spectral": scaled_spectral,
}
N_CLASSES = {"wine_groups": 3, "breast_cancer_groups": 2, "digits_groups": 10}

CONTESTS = (
    *(
        contest
        for name, number in N_CLASSES.items()
        for contest in contests((name,), PAIRS, n_clusters=number)
    ),
    *contests(tuple(N_CLASSES), {"raw+hdbscan": scaled_hdbscan, "raw+dbscan": scaled_dbscan}),
)
