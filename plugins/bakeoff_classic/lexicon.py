"""Sentiment features of texts from the word list of the `vaderSentiment` package."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff_classic._base import FeatureTransformer, matrix
from bakeoff_classic._texts import as_texts

REACH = 3
"""Number of words after a negation whose valence is reversed."""

TURN = -0.74
"""Factor by which a negation multiplies a valence, as measured by VADER's authors."""

_NEGATIONS = (
    "not no never none nobody nothing neither nor nowhere without cannot cant dont doesnt didnt "
    "isnt arent wasnt werent wont wouldnt shouldnt couldnt hasnt havent hadnt aint"
)
NEGATIONS = frozenset(_NEGATIONS.split())

_TOKENS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[^\w\s]+")


class Lexicon(FeatureTransformer):
    """Sentiment statistics of a text: sums, means, extremes and shares of word valences.

    Words and emoticons carry a valence from -4 to 4; within three words after a negation it is
    multiplied by -0.74. The first and second half of a text are averaged apart as well.

    Source:
        Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
        Media Text", ICWSM 2014: word list, negation and normalisation. The statistics are chosen
        here.
    """

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, 14); all zeros for an empty text."""
        return matrix([_describe(text) for text in as_texts(X)])


@cache
def valences() -> dict[str, float]:
    """Return the valence in -4..4 of each word and emoticon in VADER's word list."""
    file = resources.files("vaderSentiment") / "vader_lexicon.txt"
    rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return {row[0]: float(row[1]) for row in rows if len(row) > 1}


def word_valences(text: str) -> tuple[npt.NDArray[np.float64], int]:
    """Return the valence of each token (0 for unknown ones) and the number of negations."""
    valence_of = valences()
    tokens = [token.lower().replace("\u2019", "'") for token in _TOKENS.findall(text)]
    unsigned = np.array([valence_of.get(token, 0.0) for token in tokens])
    is_negated, n_negations = np.zeros(len(tokens), dtype=bool), 0
    for position, token in enumerate(tokens):
        if token in NEGATIONS or token.endswith("n't"):
            is_negated[position + 1 : position + 1 + REACH] = True
            n_negations += 1
    return np.where(is_negated, unsigned * TURN, unsigned), n_negations


def _describe(text: str) -> list[float]:
    values, n_negations = word_valences(text)
    count = max(1, len(values))
    if not len(values):
        return [0.0] * 14
    positive, negative = values[values > 0], values[values < 0]
    total = float(values.sum())
    half = len(values) // 2
    first, second = (float(part.sum()) / count for part in (values[:half], values[half:]))
    return [
        total / np.sqrt(total**2 + 15),
        total / count,
        float(positive.sum()) / count,
        float(negative.sum()) / count,
        len(positive) / count,
        len(negative) / count,
        np.log1p(len(positive)),
        np.log1p(len(negative)),
        float(values.max()),
        float(values.min()),
        float(values.std()),
        first,
        second,
        np.log1p(n_negations),
    ]
