"""Pooling of word vectors into document vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bakeoff_embeddings.errors import check_choice

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

POOLINGS = ("mean", "tfidf", "sif", "clusters")
SMOOTHING = 1e-3
"""Frequency at which `sif` halves a word's weight; Arora et al. use 1e-3 to 1e-4."""

Float64Array = npt.NDArray[np.float64]


class Pooling:
    """Pooling of word vectors into one row per document, fitted on training documents.

    - `mean`: their mean.
    - `tfidf`: their mean, each word weighted by its inverse document frequency.
    - `sif`: their mean, each word weighted by a / (a + its share of all words), without the
      direction that is common to all documents.
    - `clusters`: the share of each of `n_clusters` clusters of word vectors.

    A document without known words becomes a row of zeros.

    Args:
        kind: one of `POOLINGS`.
        n_clusters: clusters of word vectors, at least 1; there are never more than words.
        random_state: seed of the clusters.

    Source:
        Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017
        (`sif`); Kusner et al., "From Word Embeddings To Document Distances", 2015 (`mean` and
        `tfidf` as baselines); Kim, Kim and Cho, "Bag-of-concepts", 2017 (`clusters`).
    """

    def __init__(self, kind: str, *, n_clusters: int = 100, random_state: int | None = 0) -> None:
        check_choice("pooling", kind, POOLINGS)
        self.kind = kind
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, counts: csr_matrix, vectors: npt.NDArray[Any]) -> Self:
        """Learn weights or clusters from training documents.

        Args:
            counts: (n_documents, n_words).
            vectors: (n_words, dim).
        """
        if self.kind == "tfidf":
            document_frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
            self.weights_ = _idf(document_frequencies, counts.shape[0])
            self.rare_ = float(_idf(np.zeros(1), counts.shape[0])[0])
        elif self.kind == "sif":
            total = max(1.0, float(counts.sum()))
            share = np.asarray(counts.sum(axis=0)).ravel() / total
            self.weights_, self.rare_ = SMOOTHING / (SMOOTHING + share), 1.0
            means = _mean(counts, self.weights_, vectors, by_weight=False)
            # The direction is that of the largest eigenvalue; its sign does not matter.
            self.common_ = np.linalg.eigh(means.T @ means)[1][:, -1]
        elif self.kind == "clusters":
            self.clusters_ = self._clusters(vectors)
        return self

    def transform(self, counts: csr_matrix, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return pooled documents, float32 (n_documents, dim or n_clusters).

        Args:
            counts: (n_documents, n_words or more): columns beyond those of `fit` are words that
                training lacked.
            vectors: as many rows as `counts` has columns.
        """
        if self.kind == "clusters":
            nearest = self.clusters_.predict(_unit(vectors))
            cells = (np.arange(len(nearest)), nearest)
            shape = (len(nearest), self.clusters_.n_clusters)
            shares = counts @ sparse.csr_matrix((np.ones(len(nearest)), cells), shape=shape)
            return np.asarray(shares.toarray() / _lengths(counts), np.float32)
        if self.kind == "mean":
            return _mean(counts, np.ones(counts.shape[1]), vectors).astype(np.float32)
        n_new = counts.shape[1] - len(self.weights_)
        weights = np.append(self.weights_, np.full(n_new, self.rare_))
        means = _mean(counts, weights, vectors, by_weight=self.kind == "tfidf")
        if self.kind == "sif":
            means -= np.outer(means @ self.common_, self.common_)
        return means.astype(np.float32)

    def _clusters(self, vectors: npt.NDArray[Any]) -> Any:
        from sklearn.cluster import KMeans

        units = _unit(vectors)
        n_distinct = len(np.unique(units, axis=0))
        n_clusters = max(1, min(self.n_clusters, n_distinct))
        return KMeans(n_clusters, n_init=1, max_iter=50, random_state=self.random_state).fit(units)


def _idf(n_with: npt.NDArray[Any], n_documents: int) -> Float64Array:
    """Return the smoothed inverse document frequency as defined by scikit-learn."""
    return np.asarray(np.log((1 + n_documents) / (1 + n_with)) + 1)


def _mean(
    counts: csr_matrix, weights: Float64Array, vectors: npt.NDArray[Any], *, by_weight: bool = True
) -> Float64Array:
    weighted = sparse.csr_matrix(counts.multiply(weights[None, :]))
    return np.asarray(weighted @ vectors.astype(np.float64)) / _lengths(
        weighted if by_weight else counts
    )


def _lengths(counts: Any) -> Float64Array:
    """Return the sum of each row as a column; 1 for rows without words."""
    sums = np.asarray(counts.sum(axis=1), np.float64).reshape(-1, 1)
    sums[sums == 0] = 1.0
    return sums


def _unit(vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
