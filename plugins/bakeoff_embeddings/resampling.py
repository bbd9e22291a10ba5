"""Clusters over resamples: how many there are, and whether they come back."""

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

Rows = npt.NDArray[np.float64]

MOST_ROWS = 1_000
"""Rows from which subsamples are drawn; chosen here."""
SHARE = 0.8
N_CHOICES = 10
"""Subsamples that each choose a number of clusters."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A number of clusters with the middle nine tenths of what subsamples chose.

    Args:
        n_clusters: their median.
        low: lower end.
        high: upper end.
        best: what each subsample chose.
    """

    n_clusters: int
    low: int
    high: int
    best: tuple[int, ...]


def choose_n_clusters(rows: Rows, *, most: int, seed: int) -> Choice:
    """The number of clusters with the largest silhouette of k-means, over subsamples.

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
        part = rows[rng.permutation(len(rows))[: max(2, min(400, round(SHARE * len(rows))))]]
        scores = {}
        for n_clusters in range(2, min(most, len(part) - 1) + 1):
            model = KMeans(n_clusters, n_init=1, random_state=int(rng.integers(2**31)))
            with quiet():
                value = silhouette(part, model.fit_predict(part), n_classes=0)
            scores[n_clusters] = -1.0 if np.isnan(value) else value
        best.append(max(scores, key=lambda n: scores[n]) if scores else 1)
    low, high = (int(np.quantile(best, q, method="nearest")) for q in (0.05, 0.95))
    return Choice(int(np.median(best)), low, high, tuple(best))


def stability(clusterer: Any, rows: Rows, *, n_pairs: int, seed: int) -> npt.NDArray[np.float64]:
    """Adjusted Rand of the common rows of two subsamples, each clustered anew, for each pair.

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
    found = []
    for _ in range(n_pairs):
        codes = np.full((2, len(rows)), -2)
        try:
            for side in range(2):
                chosen = np.sort(rng.permutation(len(rows))[:size])
                fresh = clone(clusterer).set_params(random_state=int(rng.integers(2**31)))
                codes[side, chosen] = fresh.fit(rows[chosen]).labels_
        except ClustersError:
            continue
        both = (codes > -2).all(axis=0)  # noqa: PLR2004  -2 marks rows that were not drawn
        if both.any():
            found.append(adjusted_rand(codes[0, both], codes[1, both], n_classes=0))
    return np.array(found)


def drawn(rows: Rows, seed: int | None) -> Rows:
    """At most `MOST_ROWS` rows, in their order."""
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = np.random.default_rng(seed or 0).permutation(len(rows))[:MOST_ROWS]
    return rows[np.sort(chosen)]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep scikit-learn's remarks on data with few different rows to itself."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        yield
