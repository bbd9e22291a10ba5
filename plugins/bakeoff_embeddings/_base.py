"""Bases of word embeddings that are pooled into document features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from bakeoff.interfaces import Embedding
from bakeoff_embeddings import quality
from bakeoff_embeddings.corpora import fetch_corpus, of_training, read_corpus
from bakeoff_embeddings.errors import check_choice, check_count
from bakeoff_embeddings.pooling import POOLINGS, Pooling
from bakeoff_embeddings.tokens import counts_of, sentences_of, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.interfaces import Fetched
    from bakeoff.training import TrainingRecord
    from bakeoff_embeddings.tokens import Sentences, Vocabulary

Vectors = npt.NDArray[np.float32]


class WithVectors(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of features whose fit learns a vector for each word."""

    corpus_: str
    index_: dict[str, int]
    vectors_: Vectors

    def embedding(self) -> Embedding:
        """Return words and vectors, which initialise embedding layers of networks."""
        check_is_fitted(self, "vectors_")
        return Embedding(words=tuple(self.index_), vectors=self.vectors_)

    def examine(self, inputs: dict[str, Any], record: TrainingRecord) -> None:
        """Record coverage of each part, quality and neighbours of the vectors; see `quality`."""
        record.note("corpus", self.corpus_)
        quality.note_all(inputs, self.index_, self.vectors_, record)


@dataclass(kw_only=True, eq=False, repr=False)
class Embedded(WithVectors):
    """Base of word vectors, trained or pretrained, pooled into document features.

    Args:
        pooling: `mean`, `tfidf`, `sif` or `clusters`, see `pooling.Pooling`.
        n_clusters: clusters of word vectors for `clusters`, at least 1.
        random_state: seed.
    """

    pooling: str = "mean"
    n_clusters: int = 100
    random_state: int | None = None

    counting: ClassVar[tuple[str, ...]] = ("n_clusters",)
    """Parameters that must be integers of at least 1."""

    def _learn(self, sentences: Sentences) -> tuple[str, Sequence[str], Vectors]:
        """Return a title of the corpus, its words, frequent first, and float32 (n_words, dim)."""
        raise NotImplementedError

    def _unknown(self, words: Sequence[str]) -> tuple[Sequence[str], Vectors] | None:  # noqa: ARG002
        """Return words outside the vocabulary with their vectors; None if they have none."""
        return None

    def _check(self) -> None:
        check_choice("pooling", self.pooling, POOLINGS)
        for name in self.counting:
            check_count(name, getattr(self, name))

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn word vectors, and the pooling from training texts (n_samples,).

        Raises:
            VocabularyError: no word is frequent enough.
            ParameterError: a parameter out of its range.
        """
        self._check()
        sentences = sentences_of(X)
        self.corpus_, words, self.vectors_ = self._learn(sentences)
        self.index_ = {word: code for code, word in enumerate(words)}
        self.pooling_ = Pooling(
            self.pooling, n_clusters=self.n_clusters, random_state=self.random_state
        ).fit(counts_of(sentences, self.index_), self.vectors_)
        return self

    def transform(self, X: Any) -> Vectors:
        """Return float32 (n_samples, dim), or (n_samples, n_clusters) if pooled by clusters."""
        check_is_fitted(self, "pooling_")
        sentences = sentences_of(X)
        index, vectors = self.index_, self.vectors_
        unknown = sorted({word for sentence in sentences for word in sentence} - index.keys())
        if unknown and (extension := self._unknown(unknown)) is not None:
            words, extra_vectors = extension
            index = index | {word: len(index) + code for code, word in enumerate(words)}
            vectors = np.concatenate([vectors, extra_vectors])
        return self.pooling_.transform(counts_of(sentences, index), vectors)


@dataclass(kw_only=True, eq=False, repr=False)
class TrainedEmbedding(Embedded):
    """Base of embeddings trained here. Parameters are `Embedded`'s and these.

    Args:
        dim: size of a vector, at least 1.
        min_count: least occurrences of a word that gets a vector, at least 1.
        max_words: most words with a vector, at least 1.
        corpus: external corpus to learn from, `brown` or a text file of one document a line; empty
            for the training part.
        stability_seeds: further trainings whose neighbours are compared, at least 0; not timed.
    """

    dim: int = 100
    min_count: int = 2
    max_words: int = 50_000
    corpus: str = ""
    stability_seeds: int = 0

    counting: ClassVar[tuple[str, ...]] = ("n_clusters", "dim", "min_count", "max_words")

    def prepare(self) -> Fetched:
        """Fetch or check the external corpus; its content enters the trial's identity.

        Raises:
            SourceUnavailableError: it could not be fetched.
            DataError: no such file.
        """
        return fetch_corpus(self.corpus)

    def _check(self) -> None:
        super()._check()
        check_count("stability_seeds", self.stability_seeds, least=0)

    def _train(self, sentences: Sentences) -> tuple[Sequence[str], Vectors]:
        """Train; return words, frequent first, and float32 (n_words, dim)."""
        raise NotImplementedError

    def _learn(self, sentences: Sentences) -> tuple[str, Sequence[str], Vectors]:
        if not self.corpus:
            return of_training(sentences), *self._train(sentences)
        corpus = read_corpus(self.corpus)
        return corpus.title, *self._train(corpus.sentences)

    def _vocabulary(self, sentences: Sentences) -> Vocabulary:
        return vocabulary_of(sentences, min_count=self.min_count, max_words=self.max_words)

    def examine(self, inputs: dict[str, Any], record: TrainingRecord) -> None:
        """Record what every embedding records, and stability over seeds if requested."""
        super().examine(inputs, record)
        if self.stability_seeds:
            quality.note_stability(self, inputs["train"], record)
