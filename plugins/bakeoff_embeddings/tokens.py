"""Tokenisation of texts, vocabularies, word codes and counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bakeoff_embeddings.errors import VocabularyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Sentences = list[list[str]]

_WORD = re.compile("\\w+|[^\\w\\s\x00-\x7f\u200d\ufe0f]")
"""Runs of letters and digits of any script; single other characters beyond ASCII, such as emoji.
Joiners and variation selectors of emoji (U+200D, U+FE0F) are ignored."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in order.

    >>> words_of("Don't PANIC, 좋아요 ☕️!")
    ['don', 't', 'panic', '좋아요', '☕']
    """
    return _WORD.findall(text.lower())


def sentences_of(X: Any) -> Sentences:
    """Return the words of every text in X, object (n_samples,).

    Raises:
        ValueError: no text, or something else than texts.
    """
    texts = list(X)
    if not texts:
        raise ValueError("expected at least one text; got 0.")
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"expected texts of type str; got {type(text).__name__}.")  # noqa: TRY004
    return [words_of(text) for text in texts]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words with their counts in the training texts, most frequent first, then by name.

    Args:
        words: (n_words,).
        counts: int64 (n_words,).
        n_different: different words of the texts, those too rare included.
        n_tokens: words of the texts, repetitions and those too rare included.
    """

    words: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    n_different: int
    n_tokens: int

    @property
    def index(self) -> dict[str, int]:
        """Mapping from words to codes."""
        return {word: code for code, word in enumerate(self.words)}


def vocabulary_of(
    sentences: Sequence[Sequence[str]], *, min_count: int, max_words: int
) -> Vocabulary:
    """Return the most frequent words of texts.

    Args:
        sentences: words of each text.
        min_count: least occurrences of a word, at least 1.
        max_words: most words, at least 1.

    Raises:
        VocabularyError: none is left.
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    frequent = sorted(
        ((word, count) for word, count in counts.items() if count >= min_count),
        key=lambda item: (-item[1], item[0]),
    )[:max_words]
    if not frequent:
        raise VocabularyError(len(sentences), len(counts), min_count)
    return Vocabulary(
        words=tuple(word for word, _ in frequent),
        counts=np.array([count for _, count in frequent], np.int64),
        n_different=len(counts),
        n_tokens=counts.total(),
    )


def codes_of(
    sentences: Iterable[Sequence[str]], index: Mapping[str, int]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return codes of the known words of all texts, concatenated.

    Returns:
        int32 (n_tokens,) codes, and int64 (n_documents + 1,) where each text starts; unknown words
        are left out, so that those around them become neighbours.
    """
    starts, codes = [0], []
    for sentence in sentences:
        codes.extend([index[word] for word in sentence if word in index])
        starts.append(len(codes))
    return np.array(codes, np.int32), np.array(starts, np.int64)


def counts_of(sentences: Sequence[Sequence[str]], index: Mapping[str, int]) -> sparse.csr_matrix:
    """Count each known word in each text, CSR float64 (n_documents, n_words)."""
    codes, starts = codes_of(sentences, index)
    shape = (len(sentences), len(index))
    counts = sparse.csr_matrix((np.ones(len(codes)), codes, starts), shape=shape)
    counts.sum_duplicates()
    return counts
