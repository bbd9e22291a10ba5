"""Features of texts: hashed counts, TF-IDF of words and characters, style, and their union."""

from __future__ import annotations

import re
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, Union, join, matrix
from bakeoff_classic._texts import as_texts
from bakeoff_classic.lexicon import Lexicon

WORD = r"(?u)\b\w+\b"
_FUNCTION_WORDS = (
    "a an and are as at be but by for from had has have he her his i if in is it its me my not of "
    "on or our she so that the their them they this to was we were what which who will with you"
)
FUNCTION_WORDS = tuple(_FUNCTION_WORDS.split())


class RawText(FeatureTransformer):
    """Word counts by feature hashing; nothing is learned, weighted or scaled.

    Args:
        n_features: number of columns, a power of two; words of one hash share a column.

    Source:
        Weinberger, Dasgupta, Langford, Smola and Attenberg, "Feature Hashing for Large Scale
        Multitask Learning", ICML 2009. The number of columns is chosen here.
    """

    def __init__(self, *, n_features: int = 4096) -> None:
        self.n_features = n_features

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"n_features": Integer(1024, 32768, "log")}, source="chosen here")

    def transform(self, X: Any) -> sparse.csr_matrix:
        """Return CSR float32 (n_samples, n_features) of counts."""
        hasher = HashingVectorizer(
            n_features=self.n_features,
            alternate_sign=False,
            norm=None,
            token_pattern=WORD,
            dtype=np.float32,
        )
        return sparse.csr_matrix(hasher.transform(as_texts(X)))


class Tfidf(FeatureTransformer):
    """TF-IDF of words and word pairs, and of characters within words.

    Counts enter as 1 + log, each half has rows of length 1. The vocabulary is the most frequent
    terms of the training texts; a half without any term has no columns.

    Args:
        max_words: most words and word pairs, at least 1.
        max_characters: most character sequences of length 3 and 4, at least 0; 0 leaves them out.

    Source:
        Salton and Buckley, "Term-weighting approaches in automatic text retrieval", Information
        Processing and Management 24(5), 1988; characters after Cavnar and Trenkle, "N-Gram-Based
        Text Categorization", 1994. The sizes are chosen here.
    """

    def __init__(self, *, max_words: int = 5_000, max_characters: int = 2_000) -> None:
        self.max_words = max_words
        self.max_characters = max_characters

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {
                "max_words": Integer(500, 20_000, "log"),
                "max_characters": Integer(200, 10_000, "log"),
            },
            source="chosen here",
        )

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn vocabulary and weights from training texts."""
        texts = as_texts(X)
        words = {"ngram_range": (1, 2), "token_pattern": WORD, "max_features": self.max_words}
        parts = [words] if any(re.search(WORD, text) for text in texts) else []
        if self.max_characters and any(text.strip() for text in texts):
            characters = {"analyzer": "char_wb", "ngram_range": (3, 4)}
            parts.append({**characters, "max_features": self.max_characters})
        self.vectorizers_ = tuple(
            TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **part).fit(texts)
            for part in parts
        )
        return self

    def transform(self, X: Any) -> sparse.csr_matrix:
        """Return CSR float32 (n_samples, n_features) in [0, 1] with at least one column."""
        texts = as_texts(X)
        if not self.vectorizers_:
            return sparse.csr_matrix(np.zeros((len(texts), 1), dtype=np.float32))
        return sparse.csr_matrix(join([part.transform(texts) for part in self.vectorizers_]))


class StyleFeatures(FeatureTransformer):
    """Writing style: lengths, shares of character classes, punctuation, function words.

    Counts enter as log(1 + count), so that one long text does not stretch the scale.

    Source:
        Stamatatos, "A Survey of Modern Authorship Attribution Methods", JASIST 60(3), 2009,
        sections 2.1 and 2.2; function words after Mosteller and Wallace, 1964.
    """

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features), each value at least 0."""
        return matrix([_style(text) for text in as_texts(X)])


_CLASSES = (r"[^\W\d_]", r"\d", r"\s", r"[^\w\s]", r"[^\x00-\x7f]")
_MARKS = (
    r"!",
    r"\?",
    r"\.",
    r",",
    r"[;:]",
    r"[\"'\u2018\u2019\u201c\u201d]",
    r"[()\[\]]",
    r"-",
    r"[$£€%]",
    r"[@#]",
)
_COUNTED = tuple(re.compile(pattern) for pattern in (*_CLASSES, *_MARKS))
_WORDS = re.compile(r"\w+")
_LINK = re.compile(r"https?://|www\.")
_ENDS = re.compile(r"[.!?]+(?:\s|$)")


def _style(text: str) -> list[float]:
    words = _WORDS.findall(text)
    lowered = [word.lower() for word in words]
    size, count = max(1, len(text)), max(1, len(words))
    lengths = [len(word) for word in words]
    sentences = max(1, len(_ENDS.findall(text)))
    frequency = dict.fromkeys(FUNCTION_WORDS, 0)
    for word in lowered:
        if word in frequency:
            frequency[word] += 1
    logs = (len(text), len(words), sentences, text.count("\n"), len(_LINK.findall(text)))
    return [
        *np.log1p(logs),
        sum(lengths) / count,
        max(lengths, default=0),
        float(np.std(lengths)) if lengths else 0.0,
        len(words) / sentences,
        len(set(lowered)) / count,
        sum(length > 6 for length in lengths) / count,  # noqa: PLR2004  long words, as LIX counts
        sum(word.isupper() and len(word) > 1 for word in words) / count,
        sum(word.istitle() for word in words) / count,
        sum(character.isupper() for character in text) / size,
        *(len(pattern.findall(text)) / size for pattern in _COUNTED),
        *(value / count for value in frequency.values()),
    ]


class ManualText(Union):
    """Union of TF-IDF, style statistics and sentiment.

    Source:
        Each member names its own; their union is chosen here.
    """

    def _members(self) -> tuple[FeatureTransformer, ...]:
        return (Tfidf(), StyleFeatures(), Lexicon())
