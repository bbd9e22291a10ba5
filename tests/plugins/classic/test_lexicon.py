"""Sentiment from VADER's list: its valences, its negation, its normalisation."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("vaderSentiment")

from bakeoff_classic.lexicon import Lexicon, valences, word_valences


def test_valences_are_those_of_the_published_list() -> None:
    """Words and emoticons lie in -4..4, and love and horror on either side."""
    known = valences()

    assert all(-4 <= value <= 4 for value in known.values())
    assert known["love"] > 0 > known["horror"]
    assert known[":("] < 0


def test_a_negation_turns_the_next_three_words() -> None:
    """The fourth word keeps its valence; the factor is the one of the paper."""
    good = valences()["good"]
    found, n_negations = word_valences("It isn't so very good, good")

    assert found == pytest.approx([0, 0, 0, 0, good * -0.74, 0, good])
    assert n_negations == 1


def test_compound_agrees_with_vader_on_plain_sentences() -> None:
    """Without capitals, boosters or exclamation marks the first column is VADER's compound."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    texts = ["we love the great film", "a terrible awful mess", "the chair stands there"]
    expected = [SentimentIntensityAnalyzer().polarity_scores(t)["compound"] for t in texts]

    assert np.allclose(Lexicon().fit(texts).transform(texts)[:, 0], expected, atol=1e-4)
