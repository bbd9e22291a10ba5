"""Score clusters by scikit-learn, against known labels or on the matrix that was clustered.

Noise, code -1, counts as a cluster of its own, as in scikit-learn. The metrics of the second kind
(`uses="space"`) get the matrix in place of the labels. They measure how well clusters are separated
in the features that they were made of, so they compare clusterers over the same features, not
features.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.metrics.base import NAN, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.interfaces import Metric

MOST_ROWS = 1_000
"""Most rows, drawn without replacement, from which such a metric is computed; chosen here."""


def on_partitions(body: Callable[[Any, Any], float]) -> Metric:
    """Return a metric computed by a function of labels and clusters, both of shape (n_rows,).

    NaN where there are no labels or no rows.
    """

    def score(y_true: Any, y_pred: Any, /, *, n_classes: int = 0) -> float:  # noqa: ARG001  Metric's face
        if y_true is None or not len(y_pred):
            return NAN
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The number of unique classes")
            return min(1.0, body(y_true, y_pred))

    return named(score, body)


def in_space(body: Callable[[Any, Any], float]) -> Metric:
    """Return a metric computed by a function of float64 (n_rows, n_features) and codes (n_rows,).

    NaN where there are fewer than two clusters, or as many as rows, or rows that are not finite.
    """

    def score(X: Any, y_pred: Any, /, *, n_classes: int = 0) -> float:  # noqa: ARG001  Metric's face
        codes = np.asarray(y_pred)
        if X is None or not len(codes):
            return NAN
        chosen = np.sort(np.random.default_rng(0).permutation(len(codes))[:MOST_ROWS])
        rows, codes = X[chosen], codes[chosen]
        dense = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, np.float64)
        is_possible = 1 < len(np.unique(codes)) < len(codes) and np.isfinite(dense).all()
        return body(dense, codes) if is_possible else NAN

    return named(score, body)


@on_partitions
def adjusted_rand(true: Any, pred: Any) -> float:
    """Compute the adjusted Rand index of two partitions: maximize, -0.5..1, chance 0.

    Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(true, pred))


@on_partitions
def normalized_mutual_information(true: Any, pred: Any) -> float:
    """Compute mutual information over the mean of both entropies: maximize, 0..1, perfect 1.

    Source: Strehl and Ghosh, "Cluster ensembles", JMLR 3, 2002; the arithmetic mean.
    """
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(true, pred))


@on_partitions
def homogeneity(true: Any, pred: Any) -> float:
    """Compute how far each cluster holds a single label: maximize, 0..1, perfect 1.

    Source: Rosenberg and Hirschberg, "V-Measure", EMNLP 2007.
    """
    from sklearn.metrics import homogeneity_score

    return float(homogeneity_score(true, pred))


@on_partitions
def completeness(true: Any, pred: Any) -> float:
    """Compute how far each label lies in a single cluster: maximize, 0..1, perfect 1.

    Source: Rosenberg and Hirschberg, "V-Measure", EMNLP 2007.
    """
    from sklearn.metrics import completeness_score

    return float(completeness_score(true, pred))


@on_partitions
def v_measure(true: Any, pred: Any) -> float:
    """Compute the harmonic mean of homogeneity and completeness: maximize, 0..1, perfect 1.

    Source: Rosenberg and Hirschberg, "V-Measure", EMNLP 2007.
    """
    from sklearn.metrics import v_measure_score

    return float(v_measure_score(true, pred))


@in_space
def silhouette(rows: Any, codes: Any) -> float:
    """Compute the mean silhouette coefficient of all rows: maximize, -1..1.

    A cluster of one row counts 0.

    Source: Rousseeuw, "Silhouettes", 1987.
    """
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(rows, codes))


@in_space
def davies_bouldin(rows: Any, codes: Any) -> float:
    """Compute the Davies-Bouldin index, spread over separation of clusters: minimize, from 0.

    Source: Davies and Bouldin, "A cluster separation measure", 1979.
    """
    from sklearn.metrics import davies_bouldin_score

    return float(davies_bouldin_score(rows, codes))


@in_space
def calinski_harabasz(rows: Any, codes: Any) -> float:
    """Compute variance between over within clusters, by degrees of freedom: maximize, from 0.

    Source: Calinski and Harabasz, "A dendrite method for cluster analysis", 1974.
    """
    from sklearn.metrics import calinski_harabasz_score

    return float(calinski_harabasz_score(rows, codes))
