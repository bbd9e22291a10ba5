"""Latent semantic analysis: truncated SVD of TF-IDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse

from bakeoff_embeddings._base import WithVectors
from bakeoff_embeddings.corpora import of_training
from bakeoff_embeddings.errors import check_count
from bakeoff_embeddings.tokens import counts_of, sentences_of, vocabulary_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from bakeoff_embeddings._base import Vectors

EMPTY = 1e-12


@dataclass(kw_only=True, eq=False, repr=False)
class Lsa(WithVectors):
    """Latent semantic analysis: documents projected onto the leading singular vectors.

    Rows are normalised to length 1. A word's vector holds its coordinates on the same directions,
    each times the singular value.

    Args:
        dim: most directions, at least 1; there are never more than documents or words.
        min_count: least occurrences of a word in the vocabulary, at least 1.
        max_words: most words, at least 1.
        random_state: seed of the randomised solver, which takes five power iterations.

    Source:
        Deerwester, Dumais, Furnas, Landauer and Harshman, "Indexing by Latent Semantic Analysis",
        1990; 1 + log of counts after Dumais, 1991. The number of directions is chosen here.
    """

    dim: int = 100
    min_count: int = 2
    max_words: int = 50_000
    random_state: int | None = None

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn vocabulary, weights and directions from training texts (n_samples,).

        Raises:
            VocabularyError: no word is frequent enough.
        """
        from sklearn.utils.extmath import randomized_svd

        for name in ("dim", "min_count", "max_words"):
            check_count(name, getattr(self, name))
        sentences = sentences_of(X)
        self.corpus_ = of_training(sentences)
        self.index_ = vocabulary_of(
            sentences, min_count=self.min_count, max_words=self.max_words
        ).index
        counts = counts_of(sentences, self.index_)
        document_frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
        self.idf_ = np.log((1 + counts.shape[0]) / (1 + document_frequencies)) + 1
        weighted = self._weighted(counts)
        dim = min(self.dim, *weighted.shape)
        _, values, directions = randomized_svd(
            weighted, dim, n_iter=5, random_state=self.random_state
        )
        self.directions_ = directions.T
        self.vectors_ = np.asarray(self.directions_ * values, np.float32)
        return self

    def transform(self, X: Any) -> Vectors:
        """Return float32 (n_samples, at most dim), rows of length 1, or 0 without known words."""
        rows = self._weighted(counts_of(sentences_of(X), self.index_)) @ self.directions_
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(np.where(lengths > EMPTY, rows / np.maximum(lengths, EMPTY), 0), "f4")

    def _weighted(self, counts: csr_matrix) -> csr_matrix:
        """Return TF-IDF with rows of length 1."""
        tf = counts.copy()
        tf.data = 1 + np.log(counts.data)
        weighted = sparse.csr_matrix(tf.multiply(self.idf_[None, :]))
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).ravel()
        lengths[lengths == 0] = 1.0
        return sparse.csr_matrix(sparse.diags(1 / lengths) @ weighted)
