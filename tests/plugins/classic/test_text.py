"""Text features against scikit-learn, hand-counted cases and edge cases."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from bakeoff_classic.text import RawText, StyleFeatures, Tfidf

WORDS = r"\b\w+\b"
TEXTS = np.array(["the cat sat on the mat", "the dog", "A dog and a cat, a dog!", ""], dtype=object)


def test_words_of_tfidf_equal_scikit_learn() -> None:
    """The word half is scikit-learn's vectorizer on words and pairs of words."""
    expected = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORDS
    ).fit_transform(TEXTS)
    found = Tfidf(max_characters=0).fit(TEXTS).transform(TEXTS)

    assert np.allclose(found.toarray(), expected.toarray())


def test_tfidf_puts_characters_beside_words() -> None:
    """The other half is scikit-learn's vectorizer on characters within words."""
    words = Tfidf(max_characters=0).fit(TEXTS).transform(TEXTS).shape[1]
    expected = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True
    ).fit_transform(TEXTS)
    found = Tfidf().fit(TEXTS).transform(TEXTS)[:, words:]

    assert np.allclose(found.toarray(), expected.toarray())


@pytest.mark.parametrize("texts", [["", " "], ["!?", "..."]])
def test_tfidf_takes_texts_without_words(texts: list[str]) -> None:
    """Training texts that hold no term leave at least one column."""
    assert Tfidf().fit(texts).transform(["any", ""]).shape[1] >= 1


def test_hashed_counts_keep_every_word() -> None:
    """Each row sums to its number of words, whatever shares a column."""
    expected = CountVectorizer(token_pattern=WORDS).fit_transform(TEXTS).sum(axis=1)
    found = RawText(n_features=8).fit(TEXTS).transform(TEXTS)

    assert np.array_equal(found.sum(axis=1), expected)


def test_style_counts_what_a_reader_counts() -> None:
    """Lengths, sentences, and the share of capitals, of one short text."""
    found = StyleFeatures().fit(TEXTS).transform(["Stop it! STOP"])[0]
    characters, words, sentences = np.expm1(found[:3])

    assert (characters, words, sentences) == pytest.approx((13, 3, 1))
    assert found[5] == pytest.approx(10 / 3)
    assert found[13] == pytest.approx(5 / 13)


def test_what_is_no_text_is_refused() -> None:
    """A missing text is no empty text."""
    with pytest.raises(ValueError, match="expected texts of type str; got float"):
        RawText().transform(["a", float("nan")])
