"""Word2Vec, FastText and Doc2Vec, trained by gensim.

With one thread (`n_jobs=1`) a seed gives the same vectors bit for bit. With more, gensim's threads
update one matrix in an undefined order, so that results are not reproducible.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff_embeddings._base import TrainedEmbedding
from bakeoff_embeddings.errors import check_choice
from bakeoff_embeddings.tokens import sentences_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_embeddings._base import Vectors
    from bakeoff_embeddings.tokens import Sentences

ARCHITECTURES = ("skip_gram", "cbow")
LOSSES = ("negative", "hierarchical")
LONGEST = 10_000
"""Most words of a text that gensim reads; longer texts are split, or the rest would be ignored."""


@dataclass(kw_only=True, eq=False, repr=False)
class Word2Vec(TrainedEmbedding):
    """Word2Vec vectors, which predict surrounding words, pooled into documents.

    Every other parameter is `TrainedEmbedding`'s.

    Args:
        window: most words to each side, at least 1.
        epochs: passes over the corpus, at least 1.
        architecture: `skip_gram` predicts surrounding words from a word, `cbow` a word from its
            surrounding words.
        loss: `negative` sampling or `hierarchical` softmax.
        negative: negative samples per pair, at least 1; for `negative` only.
        sample: frequency of a word above which it is downsampled, at least 0.
        learning_rate: of the first update, falls to near 0; above 0.
        n_jobs: threads.

    Source:
        Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector
        Space", 2013; Mikolov et al., "Distributed Representations of Words and Phrases and their
        Compositionality", 2013. Ten passes instead of five and `min_count` are chosen here, for
        corpora of some hundred thousand words.
    """

    window: int = 5
    epochs: int = 10
    architecture: str = "skip_gram"
    loss: str = "negative"
    negative: int = 5
    sample: float = 1e-3
    learning_rate: float = 0.025
    n_jobs: int = 1

    counting: ClassVar[tuple[str, ...]] = (
        *TrainedEmbedding.counting,
        "window",
        "epochs",
        "negative",
        "n_jobs",
    )

    def _check(self) -> None:
        super()._check()
        check_choice("architecture", self.architecture, ARCHITECTURES)
        check_choice("loss", self.loss, LOSSES)

    def _settings(self) -> dict[str, Any]:
        """Return the arguments that gensim's models share."""
        return {
            "vector_size": self.dim,
            "window": self.window,
            "min_count": self.min_count,
            "max_final_vocab": self.max_words,
            "epochs": self.epochs,
            "hs": int(self.loss == "hierarchical"),
            "negative": self.negative if self.loss == "negative" else 0,
            "sample": self.sample,
            "alpha": self.learning_rate,
            "workers": self.n_jobs,
            "seed": seed_of(self.random_state),
            "hashfxn": steady_hash,
        }

    def _train(self, sentences: Sentences) -> tuple[Sequence[str], Vectors]:
        self._vocabulary(sentences)  # raises our error if no word is frequent enough
        self.model_ = self._model(pieces(sentences))
        # gensim draws nothing when asked for vectors, and sorts by frequency.
        return self.model_.wv.index_to_key, np.asarray(self.model_.wv.vectors, np.float32)

    def _model(self, sentences: Sentences) -> Any:
        from gensim.models import Word2Vec as Model

        return Model(sentences, sg=int(self.architecture == "skip_gram"), **self._settings())


@dataclass(kw_only=True, eq=False, repr=False)
class FastText(Word2Vec):
    """FastText: Word2Vec over words and character n-grams, with vectors for unknown words.

    Parameters are `Word2Vec`'s and these; n-grams have 3 to 6 characters.

    Args:
        buckets: rows that n-grams are hashed to, at least 1.

    Source:
        Bojanowski, Grave, Joulin and Mikolov, "Enriching Word Vectors with Subword Information",
        2017. The number of buckets is chosen here: 50,000 rows of 100 floats are 20 MB.
    """

    buckets: int = 50_000

    counting: ClassVar[tuple[str, ...]] = (*Word2Vec.counting, "buckets")

    def _model(self, sentences: Sentences) -> Any:
        from gensim.models import FastText as Model

        is_skip_gram = int(self.architecture == "skip_gram")
        return Model(sentences=sentences, sg=is_skip_gram, bucket=self.buckets, **self._settings())

    def _unknown(self, words: Sequence[str]) -> tuple[Sequence[str], Vectors] | None:
        return words, np.stack([self.model_.wv.get_vector(word) for word in words])


@dataclass(kw_only=True, eq=False, repr=False)
class Doc2Vec(Word2Vec):
    """Doc2Vec: a vector for each document that helps to predict its words, without pooling.

    Parameters are `Word2Vec`'s; `architecture` is `cbow` for the distributed memory model and
    `skip_gram` for the distributed bag of words, whose word vectors are trained simultaneously.
    Training texts are transformed like new ones: their vector is inferred with fixed word vectors.
    `pooling` has no effect.

    Source:
        Le and Mikolov, "Distributed Representations of Sentences and Documents", 2014.
    """

    def _model(self, sentences: Sentences) -> Any:
        from gensim.models.doc2vec import Doc2Vec as Model
        from gensim.models.doc2vec import TaggedDocument

        tagged = [TaggedDocument(words, [tag]) for tag, words in enumerate(sentences)]
        is_memory = int(self.architecture == "cbow")
        return Model(tagged, dm=is_memory, dbow_words=1 - is_memory, **self._settings())

    def transform(self, X: Any) -> Vectors:
        """Return float32 (n_samples, dim): each document's inferred vector, 0 if empty."""
        rows = np.zeros((len(X), self.dim), np.float32)
        for row, words in enumerate(sentences_of(X)):
            if any(word in self.index_ for word in words):
                # Inference draws from the model's generator: reseeded, a row doesn't depend on
                # the rows before it.
                self.model_.random.seed(seed_of(self.random_state))
                rows[row] = self.model_.infer_vector(words)
        return rows


def steady_hash(text: str) -> int:
    """Return a hash of a text that is the same in every process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def seed_of(random_state: int | None) -> int:
    """Return a seed in 1..2**31 - 2, since gensim takes 0 for no seed."""
    return 1 + (0 if random_state is None else int(random_state)) % (2**31 - 2)


def pieces(sentences: Sentences) -> Sentences:
    """Split texts into parts that gensim reads completely; empty texts are kept."""
    return [
        words[start : start + LONGEST]
        for words in sentences
        for start in range(0, max(1, len(words)), LONGEST)
    ]
