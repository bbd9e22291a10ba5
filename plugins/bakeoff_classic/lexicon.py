"""Sentiment of texts from the word list of VADER, which its own package carries."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff_classic._base import Features, matrix
from bakeoff_classic._texts import as_texts

REACH = 3
"""Words after a negation whose valence it turns."""

TURN = -0.74
"""Factor that a negation puts on a valence, as measured by VADER's authors."""

_NEGATIONS = (
    "not no never none nobody nothing neither nor nowhere without cannot cant dont doesnt didnt "
    "isnt arent wasnt werent wont wouldnt shouldnt couldnt hasnt havent hadnt aint"
)
NEGATIONS = frozenset(_NEGATIONS.split())

_TOKENS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[^\w\s]+")


class Lexicon(Features):
    """Valence of a text's words: sums, means, extremes and shares, positive and negative apart.

    Words and emoticons carry a valence from -4 to 4; within three words after a negation it is
    multiplied by -0.74. The first and second half of a text are averaged apart as well.

    Source:
        Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
        Media Text", ICWSM 2014: word list, negation and normalisation. The statistics are chosen
        here.
    """

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, 14); an empty text is all zeros."""
        return matrix([_describe(text) for text in as_texts(X)])


@cache
def valences() -> dict[str, float]:
    """Valence in -4..4 of each word and emoticon, from the `vaderSentiment` package's file."""
    file = resources.files("vaderSentiment") / "vader_lexicon.txt"
    rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return {row[0]: float(row[1]) for row in rows if len(row) > 1}


def word_valences(text: str) -> tuple[npt.NDArray[np.float64], int]:
    """Valence of each token, 0 where the list lacks it, and the number of negations."""
    known = valences()
    tokens = [token.lower().replace("\u2019", "'") for token in _TOKENS.findall(text)]
    found = np.array([known.get(token, 0.0) for token in tokens])
    turned, n_negations = np.zeros(len(tokens), dtype=bool), 0
    for place, token in enumerate(tokens):
        if token in NEGATIONS or token.endswith("n't"):
            turned[place + 1 : place + 1 + REACH] = True
            n_negations += 1
    return np.where(turned, found * TURN, found), n_negations


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
