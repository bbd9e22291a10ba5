"""GloVe counts, weighs and descends as its authors wrote; numbers are worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bakeoff_embeddings.glove import GloVe, Pairs, State, descend, in_blocks
from bakeoff_embeddings.tokens import codes_of, vocabulary_of

numba = pytest.importorskip("numba")

from bakeoff_embeddings import glove_loops  # noqa: E402  after the check for numba

TOY = [["a", "b", "c", "a"], ["b"], [], ["c", "b"]]


def counted(n_jobs: int = 1, window: int = 2) -> dict[tuple[str, str], float]:
    """Co-occurrences of the toy corpus, by pair of words."""
    vocabulary = vocabulary_of(TOY, min_count=1, max_words=10)
    codes, starts = codes_of(TOY, vocabulary.index)
    n_words = len(vocabulary.words)
    found = glove_loops.cooccurrences(codes, starts, n_words, window, n_jobs)
    w = vocabulary.words
    return {(w[i], w[j]): float(value) for i, j, value in zip(*found, strict=True)}


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_co_occurrences_weigh_by_distance_and_stay_within_a_document(n_jobs: int) -> None:
    """In "a b c a", "b", "" and "c b" with two words to each side."""
    one_way = {
        ("a", "b"): 1 + 1 / 2,  # at distances 1 and 2; the last word of one is no neighbour of b
        ("a", "c"): 1 / 2 + 1,
        ("b", "c"): 1 + 1,  # once in each of two documents
    }
    expected = one_way | {(second, first): value for (first, second), value in one_way.items()}

    assert counted(n_jobs) == expected


def test_a_word_beside_itself_counts_from_both_sides() -> None:
    """Three words to each side reach from the first a to the second."""
    assert counted(window=3)[("a", "a")] == pytest.approx(2 / 3, abs=1e-7)


def one_pair() -> tuple[Pairs, State]:
    """The pair (0, 1) with 5 co-occurrences, x_max 10 and alpha 3/4, in two dimensions."""
    found = (np.array([0], np.int32), np.array([1], np.int32), np.array([5.0], np.float32))
    pairs = in_blocks(found, np.random.default_rng(0), x_max=10, alpha=0.75, n_jobs=1)
    W = np.array([[0.1, -0.2, 0.05], [9, 9, 9]], np.float32)
    C = np.array([[9, 9, 9], [0.3, 0.4, -0.1]], np.float32)
    ones = np.ones((2, 3), np.float32)
    return pairs, State(W, C, ones, ones.copy())


def test_loss_of_one_pair_equals_the_hand_computed() -> None:
    """f(x) (w c + b + b~ - log x)^2 / 2 with f(5) = (5 / 10)^0.75."""
    pairs, state = one_pair()
    f = 0.5**0.75
    difference = 0.1 * 0.3 + -0.2 * 0.4 + 0.05 - 0.1 - math.log(5)
    expected = 0.5 * f * difference**2

    assert descend(pairs, state, learning_rate=0.05, n_jobs=1) == pytest.approx(expected, abs=1e-6)


def test_one_update_equals_the_hand_computed() -> None:
    """Each parameter moves by rate * gradient / sqrt(1 + gradient^2), AdaGrad's first step."""
    pairs, state = one_pair()
    f = 0.5**0.75
    pull = f * (0.1 * 0.3 + -0.2 * 0.4 + 0.05 - 0.1 - math.log(5))

    def moved(value: float, gradient: float) -> float:
        return value - 0.05 * gradient / math.sqrt(1 + gradient**2)

    word = [moved(0.1, pull * 0.3), moved(-0.2, pull * 0.4), moved(0.05, pull)]
    context = [moved(0.3, pull * 0.1), moved(0.4, pull * -0.2), moved(-0.1, pull)]
    descend(pairs, state, learning_rate=0.05, n_jobs=1)

    np.testing.assert_allclose(state.W, [word, [9, 9, 9]], atol=1e-6)
    np.testing.assert_allclose(state.C, [[9, 9, 9], context], atol=1e-6)
    np.testing.assert_allclose(state.G[0], 1 + np.array([pull * 0.3, pull * 0.4, pull]) ** 2, 1e-5)


def test_a_pair_above_x_max_has_full_weight() -> None:
    """The weight is 1 from x_max on and (x / x_max)^alpha below."""
    found = (np.array([0, 1], "i4"), np.array([1, 0], "i4"), np.array([20.0, 2.5], "f4"))
    pairs = in_blocks(found, np.random.default_rng(0), x_max=10, alpha=0.75, n_jobs=1)
    weights = dict(zip(pairs.rows.tolist(), pairs.weights.tolist(), strict=True))

    assert weights == {0: 1.0, 1: pytest.approx(0.25**0.75, abs=1e-6)}


def test_blocks_of_one_round_share_no_word() -> None:
    """So that threads never write to one place."""
    rng = np.random.default_rng(0)
    found = (*rng.integers(50, size=(2, 1000), dtype=np.int32), np.ones(1000, np.float32))
    pairs = in_blocks(found, rng, x_max=10, alpha=0.75, n_jobs=3)

    for turn in range(3):
        spans = [slice(*pairs.starts[turn * 3 + job : turn * 3 + job + 2]) for job in range(3)]
        for words in (pairs.rows, pairs.columns):
            seen = [set(words[span].tolist()) for span in spans]
            assert sum(map(len, seen)) == len(set.union(*seen))
    assert pairs.starts[-1] == 1000


def texts(n: int = 60) -> np.ndarray:
    """Texts in which words of one half never meet those of the other."""
    rng = np.random.default_rng(0)
    halves = (["sun", "rain", "wind", "snow"], ["bread", "milk", "rice", "salt"])
    drawn = [" ".join(rng.choice(halves[i % 2], 8)) for i in range(n)]
    return np.array(drawn, dtype=object)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_seed_gives_the_same_vectors_whatever_the_threads_do(n_jobs: int) -> None:
    """With one thread as with two, bit for bit."""
    made = [
        GloVe(dim=5, epochs=3, n_jobs=n_jobs, random_state=7).fit(texts()).vectors_
        for _ in range(2)
    ]

    np.testing.assert_array_equal(*made)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_loss_falls_and_words_that_meet_come_together(n_jobs: int) -> None:
    """Cosines within a half lie above those across."""
    glove = GloVe(dim=5, epochs=40, n_jobs=n_jobs, random_state=0).fit(texts())
    units = glove.vectors_ / np.linalg.norm(glove.vectors_, axis=1, keepdims=True)
    weather = [glove.index_[word] for word in ("sun", "rain", "wind", "snow")]
    food = [glove.index_[word] for word in ("bread", "milk", "rice", "salt")]

    assert glove.losses_[-1] < 0.2 * glove.losses_[0]
    assert (units[weather] @ units[weather].T).mean() > (units[weather] @ units[food].T).mean()


def test_a_word_met_once_leaves_its_random_start() -> None:
    """Twice as long as chance can make it; under the original program's rate it stays shorter."""
    said = [*texts(40), "sun rain hail"]
    glove = GloVe(dim=5, min_count=1, epochs=25, random_state=0).fit(np.array(said, dtype=object))
    first = State.start(len(glove.index_), 5, np.random.default_rng(0))
    longest = np.sqrt(5) * 2 * 0.5 / 5

    assert np.abs(first.W).max() <= 0.5 / 5
    assert np.linalg.norm(glove.vectors_[glove.index_["hail"]]) > 2 * longest
