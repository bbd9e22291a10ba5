"""Intrinsic quality of word vectors: coverage, similarity tests, neighbours, stability.

Nothing here is timed as training; results go to the training record as notes and arrays.
"""

from __future__ import annotations

import copy
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bakeoff_embeddings.tokens import sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakeoff.training import TrainingRecord

FEWEST_PAIRS = 10
"""Least known pairs for a correlation."""
N_SHOWN, N_NEIGHBOURS = 100, 5
"""Words on the map, and recorded neighbours of each."""
N_COMPARED, N_NEAREST = 200, 10
"""Words whose neighbours are compared between seeds, and how many of each."""
MOST_WORDS = 30_000
"""Most frequent words among which analogies are answered, as in Pennington et al."""

Units = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rank correlation between cosine similarities and human similarity judgements.

    Args:
        correlation: Spearman's, in -1..1; NaN under `FEWEST_PAIRS` known pairs.
        n_known: pairs whose words both have vectors.
        n_pairs: pairs of the test.
    """

    correlation: float
    n_known: int
    n_pairs: int


def similarity(name: str, index: Mapping[str, int], vectors: npt.NDArray[Any]) -> Agreement:
    """Compute agreement with human judgements on word pairs whose words are both known.

    Args:
        name: `wordsim353` or `simlex999`, files that gensim ships.
        index: row of each word.
        vectors: (n_words, dim).

    Source:
        Finkelstein et al., "Placing search in context", 2002; Hill, Reichart and Korhonen,
        "SimLex-999", 2015.
    """
    from scipy.stats import spearmanr

    rows, judgements = known_pairs(name, index)
    n_pairs = len(judged_pairs(name))
    if len(rows) < FEWEST_PAIRS:
        return Agreement(float("nan"), len(rows), n_pairs)
    cosines = pair_cosines(rows, vectors)
    return Agreement(float(spearmanr(cosines, judgements).statistic), len(rows), n_pairs)


def known_pairs(
    name: str, index: Mapping[str, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return rows of the words of each known pair, int64 (n_known, 2), and human judgements."""
    pairs = [
        (index[a], index[b], value)
        for a, b, value in judged_pairs(name)
        if a in index and b in index
    ]
    rows = np.array([(a, b) for a, b, _ in pairs], np.int64).reshape(-1, 2)
    return rows, np.array([value for *_, value in pairs])


def pair_cosines(rows: npt.NDArray[np.int64], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Compute the cosine of the two words of each pair."""
    first, second = (_units(vectors[rows[:, side]]) for side in (0, 1))
    return np.asarray((first * second).sum(axis=1))


@functools.cache
def judged_pairs(name: str) -> list[tuple[str, str, float]]:
    """Read the word pairs of a test, lower case, each with people's judgement; see `similarity`."""
    file = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}[name]
    lines = (line for line in _gensim_file(file).lower().splitlines() if not line.startswith("#"))
    rows = [line.split("\t") for line in lines if line]
    return [(first, second, float(value)) for first, second, value in rows]


def analogies(index: Mapping[str, int], vectors: npt.NDArray[Any]) -> tuple[int, int]:
    """Return numbers of correct answers to "a is to b as c is to ?" and of known questions.

    The answer is the word nearest to b - a + c other than those three, among the most frequent.

    Source:
        Mikolov, Chen, Corrado and Dean, 2013, with their questions (gensim ships them).
    """
    units = _units(vectors[:MOST_WORDS])
    lines = _gensim_file("questions-words.txt").lower().splitlines()
    questions = np.array(
        [
            [index[word] for word in words]
            for words in (line.split() for line in lines if not line.startswith(":"))
            if all(index.get(word, MOST_WORDS) < MOST_WORDS for word in words)
        ],
        np.int64,
    ).reshape(-1, 4)
    n_correct = 0
    for start in range(0, len(questions), 256):
        a, b, c, answer = questions[start : start + 256].T
        scores = (units[b] - units[a] + units[c]) @ units.T
        question_rows = np.arange(len(a))
        for given_words in (a, b, c):
            scores[question_rows, given_words] = -np.inf
        n_correct += int((scores.argmax(axis=1) == answer).sum())
    return n_correct, len(questions)


def neighbours(
    rows: npt.NDArray[np.int64], vectors: npt.NDArray[Any], n_nearest: int
) -> npt.NDArray[np.int64]:
    """Return rows of the nearest words by cosine, int64 (n_rows, at most n_nearest), in order."""
    units = _units(vectors)
    scores = units[rows] @ units.T
    scores[np.arange(len(rows)), rows] = -np.inf
    n_nearest = min(n_nearest, len(units) - 1)
    nearest = np.argpartition(-scores, np.arange(n_nearest), axis=1)[:, :n_nearest]
    return np.asarray(nearest, np.int64)


def overlap(
    vectors_a: npt.NDArray[Any], vectors_b: npt.NDArray[Any], n_compared: int = N_COMPARED
) -> npt.NDArray[np.float64]:
    """Return each frequent word's share of its ten nearest words common to two trainings."""
    rows = np.arange(min(n_compared, len(vectors_a)))
    first, second = (neighbours(rows, vectors, N_NEAREST) for vectors in (vectors_a, vectors_b))
    shared = [len(np.intersect1d(a, b)) for a, b in zip(first, second, strict=True)]
    return np.asarray(np.array(shared) / max(1, first.shape[1]))


def note_all(
    inputs: Mapping[str, Any],
    index: Mapping[str, int],
    vectors: npt.NDArray[Any],
    record: TrainingRecord,
) -> None:
    """Record coverage of each part, similarity tests and the map."""
    note_coverage(inputs, index, record)
    note_tests(index, vectors, record)
    note_map(index, vectors, record)


def note_coverage(
    inputs: Mapping[str, Any], index: Mapping[str, int], record: TrainingRecord
) -> None:
    """Record the share of each part's tokens that have no vector."""
    record.note("vocabulary", len(index), "words with a vector")
    for part, X in inputs.items():
        if X is None:
            continue
        words = [word for sentence in sentences_of(X) for word in sentence]
        unknown = sum(word not in index for word in words)
        rate = unknown / max(1, len(words))
        record.note(f"oov_{part}", f"{rate:.4f}", f"{unknown} of {len(words)} words have no vector")


def note_tests(index: Mapping[str, int], vectors: npt.NDArray[Any], record: TrainingRecord) -> None:
    """Record agreement with human judgements, and analogies."""
    for name in ("wordsim353", "simlex999"):
        agreement = similarity(name, index, vectors)
        score = "not defined" if np.isnan(agreement.correlation) else f"{agreement.correlation:.4f}"
        reason = f"Spearman's correlation over {agreement.n_known} of {agreement.n_pairs} pairs"
        record.note(name, score, reason)
    n_correct, n_questions = analogies(index, vectors)
    score = f"{n_correct / n_questions:.4f}" if n_questions else "not defined"
    record.note(
        "analogies", score, f"{n_correct} right of {n_questions} questions with known words"
    )


def note_map(index: Mapping[str, int], vectors: npt.NDArray[Any], record: TrainingRecord) -> None:
    """Record frequent content words, their 2-D coordinates and their nearest words.

    Arrays: `embedding_words` (n_words,), `embedding_map` float32 (n_words, 2): the two largest
    principal components of their unit vectors, `embedding_neighbours` (n_words, 5) and
    `embedding_cosines` float32 (n_words, 5).
    """
    words = list(index)
    rows = np.array([index[word] for word in words if _has_meaning(word)][:N_SHOWN], np.int64)
    if len(rows) < 3 or len(words) <= N_NEIGHBOURS:  # noqa: PLR2004  fewer span no plane
        return
    units = _units(vectors[rows])
    centred = units - units.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    coordinates = np.zeros((len(rows), 2), np.float32)
    coordinates[:, : min(2, len(scale))] = (left * scale)[:, :2]
    nearest = neighbours(rows, vectors, N_NEIGHBOURS)
    cosines = np.einsum("ijk,ik->ij", _units(vectors[nearest]), units)
    record.array("embedding_words", np.array([words[row] for row in rows]))
    record.array("embedding_map", coordinates)
    record.array(
        "embedding_neighbours", np.array([[words[i] for i in word_rows] for word_rows in nearest])
    )
    record.array("embedding_cosines", cosines.astype(np.float32))


def note_stability(component: Any, X: Any, record: TrainingRecord) -> None:
    """Retrain with other seeds and record the overlap of nearest words; see `overlap`."""
    shares = []
    for step in range(1, component.stability_seeds + 1):
        retrained = copy.copy(component).set_params(
            random_state=(component.random_state or 0) + step
        )
        shares.append(overlap(component.vectors_, retrained.fit(X).vectors_))
    mean = float(np.mean(shares))
    low, high = np.percentile(np.mean(shares, axis=0), [25, 75])
    reason = (
        f"share of the {N_NEAREST} nearest words kept under {component.stability_seeds} other "
        f"seeds; middle half of words {low:.2f} to {high:.2f}"
    )
    record.note("stability", f"{mean:.4f}", reason)


def _has_meaning(word: str) -> bool:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    is_content = len(word) > 3 or not word.isascii()  # noqa: PLR2004  non-ASCII scripts have short words
    return is_content and not word.isdigit() and len(word) <= 20 and word not in ENGLISH_STOP_WORDS  # noqa: PLR2004


def _units(vectors: npt.NDArray[Any]) -> Units:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


@functools.cache
def _gensim_file(name: str) -> str:
    """Read a file of gensim's test data without importing gensim."""
    from importlib.util import find_spec

    spec = find_spec("gensim")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise ModuleNotFoundError("No module named 'gensim'", name="gensim")
    return (Path(folders[0]) / "test" / "test_data" / name).read_text(encoding="utf-8")
