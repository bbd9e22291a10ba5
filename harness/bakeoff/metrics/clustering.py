"""Metrics of clusters: against known labels, and against the matrix that was clustered.

Noise, code -1, counts as a cluster of its own, as in scikit-learn. The metrics of the second kind
(`uses="space"`) are told the matrix in place of the truths. They say how well clusters part in the
features that they were made of, so they compare clusterers over the same features and not features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.metrics.base import NAN, Floats, Matrix, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.interfaces import Metric

MOST_ROWS = 1_000
"""Rows, drawn without replacement, from which a metric in space is computed; chosen here."""


def on_partitions(body: Callable[[Matrix], float]) -> Metric:
    """Make a metric out of a function of how often each label and cluster meet.

    The function gets int64 (n_labels, n_clusters) without empty rows or columns.
    """

    def score(y_true: Any, y_pred: Any, /, *, n_classes: int = 0) -> float:  # noqa: ARG001  Metric's face
        if y_true is None or not len(y_pred):
            return NAN
        true, pred = (np.unique(y, return_inverse=True)[1] for y in (y_true, y_pred))
        if true.shape != pred.shape:
            raise ValueError(f"expected y_pred of shape {true.shape}; got {pred.shape}.")
        shape = (true.max() + 1, pred.max() + 1)
        counts = np.bincount(true * shape[1] + pred, minlength=shape[0] * shape[1])
        return float(body(counts.reshape(shape)))

    return named(score, body)


def in_space(body: Callable[[Floats, Any], float]) -> Metric:
    """Make a metric out of a function of rows float64 (n_rows, n_features) and codes (n_rows,).

    NaN where there are fewer than two clusters, or as many as rows.
    """

    def score(X: Any, y_pred: Any, /, *, n_classes: int = 0) -> float:  # noqa: ARG001  Metric's face
        codes = np.asarray(y_pred)
        if X is None or not len(codes):
            return NAN
        chosen = np.random.default_rng(0).permutation(len(codes))[:MOST_ROWS]
        rows = X[np.sort(chosen)]
        dense = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, np.float64)
        found, codes = np.unique(codes[np.sort(chosen)], return_inverse=True)
        return float(body(dense, codes)) if 1 < len(found) < len(codes) else NAN

    return named(score, body)


@on_partitions
def adjusted_rand(counts: Matrix) -> float:
    """Agreement of two partitions over pairs of rows beyond chance: maximize, -0.5..1, chance 0.

    Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    together = _pairs(counts).sum()
    rows, columns = _pairs(counts.sum(axis=1)).sum(), _pairs(counts.sum(axis=0)).sum()
    expected = rows * columns / max(1.0, float(_pairs(counts.sum())))
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(counts: Any) -> Any:
    return np.asarray(counts, np.float64) * (np.asarray(counts, np.float64) - 1) / 2


@on_partitions
def normalized_mutual_information(counts: Matrix) -> float:
    """Mutual information over the mean of both entropies: maximize, 0..1, perfect 1.

    Source: Strehl and Ghosh, "Cluster ensembles", JMLR 3, 2002; arithmetic mean as scikit-learn's.
    """
    shared, *entropies = _information(counts)
    mean = sum(entropies) / 2
    return 1.0 if mean == 0 else max(0.0, min(1.0, shared / mean))


@on_partitions
def homogeneity(counts: Matrix) -> float:
    """How far each cluster holds one label alone: maximize, 0..1, perfect 1.

    Source: Rosenberg and Hirschberg, "V-Measure", EMNLP 2007.
    """
    shared, labels, _ = _information(counts)
    return 1.0 if labels == 0 else max(0.0, min(1.0, shared / labels))


@on_partitions
def completeness(counts: Matrix) -> float:
    """How far each label lies in one cluster alone: maximize, 0..1, perfect 1.

    Source: Rosenberg and Hirschberg, "V-Measure", EMNLP 2007.
    """
    shared, _, clusters = _information(counts)
    return 1.0 if clusters == 0 else max(0.0, min(1.0, shared / clusters))


@on_partitions
def v_measure(counts: Matrix) -> float:
    """Harmonic mean of homogeneity and completeness: maximize, 0..1, perfect 1.

    Source: Rosenberg and Hirschberg, "V-Measure", EMNLP 2007.
    """
    shared, labels, clusters = _information(counts)
    one = 1.0 if labels == 0 else shared / labels
    other = 1.0 if clusters == 0 else shared / clusters
    return 0.0 if one + other <= 0 else max(0.0, min(1.0, 2 * one * other / (one + other)))


def _information(counts: Matrix) -> tuple[float, float, float]:
    """Mutual information, and the entropies of labels and clusters, in nats."""
    shares = counts / counts.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    held = shares > 0
    ratio = shares[held] / np.outer(rows, columns)[held]
    entropies = (float(-(p * np.log(p)).sum()) + 0.0 for p in (rows, columns))
    labels, clusters = entropies
    return float((shares[held] * np.log(ratio)).sum()), labels, clusters


@in_space
def silhouette(rows: Floats, codes: Any) -> float:
    """Mean over rows of how much nearer their own cluster is than the next: maximize, -1..1.

    A cluster of one row counts 0.

    Source: Rousseeuw, "Silhouettes", 1987.
    """
    squares = (rows**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0.0))
    np.fill_diagonal(distances, 0.0)
    members = np.eye(codes.max() + 1)[codes]
    sizes, sums = members.sum(axis=0), distances @ members
    places = np.arange(len(rows))
    own = sums[places, codes] / np.maximum(sizes[codes] - 1, 1)
    others = sums / sizes
    others[places, codes] = np.inf
    nearest = others.min(axis=1)
    larger = np.maximum(own, nearest)
    values = np.divide(nearest - own, larger, out=np.zeros(len(rows)), where=larger > 0)
    return float(np.where(sizes[codes] > 1, values, 0.0).mean())


@in_space
def davies_bouldin(rows: Floats, codes: Any) -> float:
    """Mean over clusters of their spread beside the nearest other: minimize, from 0.

    Source: Davies and Bouldin, "A cluster separation measure", 1979.
    """
    centres = _centres(rows, codes)
    spreads = _means(np.linalg.norm(rows - centres[codes], axis=1), codes)
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    if not spreads.any():
        return 0.0
    with np.errstate(divide="ignore"):
        ratios = (spreads[:, None] + spreads) / apart
    return float(ratios.max(axis=1).mean())


@in_space
def calinski_harabasz(rows: Floats, codes: Any) -> float:
    """Spread between clusters over that within, each by its degrees of freedom: maximize, from 0.

    Source: Calinski and Harabasz, "A dendrite method for cluster analysis", 1974.
    """
    centres, n_clusters = _centres(rows, codes), codes.max() + 1
    within = float(((rows - centres[codes]) ** 2).sum())
    between = float((np.bincount(codes) * ((centres - rows.mean(axis=0)) ** 2).sum(axis=1)).sum())
    if within == 0:
        return 1.0
    return float(between * (len(rows) - n_clusters) / (within * (n_clusters - 1)))


def _centres(rows: Floats, codes: Any) -> Floats:
    members = np.eye(codes.max() + 1)[codes]
    return np.asarray(members.T @ rows / members.sum(axis=0)[:, None])


def _means(values: Floats, codes: Any) -> Floats:
    return np.asarray(np.bincount(codes, weights=values) / np.bincount(codes))
