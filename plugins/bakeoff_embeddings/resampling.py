"""Number of clusters and stability of clusters, estimated over subsamples."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bakeoff.metrics.clustering import adjusted_rand, silhouette

if TYPE_CHECKING:
    from collections.abc import Iterator

FloatMatrix = npt.NDArray[np.float64]

MOST_ROWS = 1_000
"""Most rows from which subsamples are drawn; chosen here."""
SHARE = 0.8
N_CHOICES = 10
"""Subsamples over which the number of clusters is chosen."""


@dataclass(frozen=True, slots=True)
class ClusterCount:
    """Median and 90% interval of the number of clusters chosen over subsamples.

    Args:
        n_clusters: their median.
        low: lower end.
        high: upper end.
        best: number chosen in each subsample.
    """

    n_clusters: int
    low: int
    high: int
    best: tuple[int, ...]


def choose_n_clusters(rows: FloatMatrix, *, most: int, seed: int) -> ClusterCount:
    """Choose the number of clusters with the largest silhouette of k-means, over subsamples.

    Args:
        rows: (n_rows, n_features), at least two different ones.
        most: most clusters, at least 2.
        seed: of subsamples and k-means.

    Source:
        Kaufman and Rousseeuw, "Finding Groups in Data", 1990, section 2.2, for the silhouette; the
        interval over subsamples is chosen here.
    """
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(seed)
    best = []
    for _ in range(N_CHOICES):
        subsample = rows[rng.permutation(len(rows))[: max(2, min(400, round(SHARE * len(rows))))]]
        scores = {}
        for n_clusters in range(2, min(most, len(subsample) - 1) + 1):
            model = KMeans(n_clusters, n_init=1, random_state=int(rng.integers(2**31)))
            with quiet():
                value = silhouette(subsample, model.fit_predict(subsample), n_classes=0)
            scores[n_clusters] = -1.0 if np.isnan(value) else value
        best.append(max(scores, key=lambda n: scores[n]) if scores else 1)
    low, high = (int(np.quantile(best, q, method="nearest")) for q in (0.05, 0.95))
    return ClusterCount(int(np.median(best)), low, high, tuple(best))


def stability(
    clusterer: Any, rows: FloatMatrix, *, n_pairs: int, seed: int
) -> npt.NDArray[np.float64]:
    """Compute adjusted Rand indices between clusterings of pairs of subsamples.

    The index of a pair compares the rows that both subsamples contain.

    Args:
        clusterer: unfitted; cloned for each subsample.
        rows: (n_rows, n_features).
        n_pairs: pairs of subsamples, each of four fifths of the rows.
        seed: of the subsamples and of each clusterer.

    Returns:
        float64 (n_pairs,); fewer where a subsample could not be clustered.

    Source:
        Ben-Hur, Elisseeff and Guyon, "A stability based method for discovering structure in
        clustered data", 2002.
    """
    from sklearn.base import clone

    from bakeoff_embeddings.errors import ClustersError

    rng = np.random.default_rng(seed)
    size = max(1, round(SHARE * len(rows)))
    scores = []
    for _ in range(n_pairs):
        codes = np.full((2, len(rows)), -2)
        try:
            for side in range(2):
                chosen = np.sort(rng.permutation(len(rows))[:size])
                model = clone(clusterer).set_params(random_state=int(rng.integers(2**31)))
                codes[side, chosen] = model.fit(rows[chosen]).labels_
        except ClustersError:
            continue
        is_common = (codes > -2).all(axis=0)  # noqa: PLR2004  -2 marks rows that were not drawn
        if is_common.any():
            scores.append(adjusted_rand(codes[0, is_common], codes[1, is_common], n_classes=0))
    return np.array(scores)


def drawn(rows: FloatMatrix, seed: int | None) -> FloatMatrix:
    """Sample at most `MOST_ROWS` rows, keeping their order."""
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = np.random.default_rng(seed or 0).permutation(len(rows))[:MOST_ROWS]
    return rows[np.sort(chosen)]


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress scikit-learn's warnings on data with few distinct rows."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        yield
