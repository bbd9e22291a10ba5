"""WordSim-353 of GloVe beside Word2Vec's: same corpus, window, dimension, words and time.

Word2Vec trains first, and GloVe gets as many passes as fit into the seconds of CPU that took. The
interval of the difference is a bootstrap over pairs of words, crossed with seeds.
Run with `pytest tests/benchmarks/test_word_similarity.py --benchmark-only -s`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import rankdata

from bakeoff_embeddings import quality
from bakeoff_embeddings.glove import GloVe

if TYPE_CHECKING:
    import numpy.typing as npt

pytest.importorskip("gensim")

from bakeoff_embeddings.gensim_models import Word2Vec

SHARED: dict[str, Any] = {"dim": 100, "window": 5, "min_count": 2}
SEEDS = (0, 1)
DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Trained:
    """Cosines of the known pairs, and the seconds of CPU that training took."""

    cosines: npt.NDArray[np.float64]
    judged: npt.NDArray[np.float64]
    cpu_s: float


def trained(made: Any, texts: np.ndarray, test: str = "wordsim353") -> Trained:
    """Fit, then meet the judgements; pairs are sorted, so that they match between embeddings."""
    started = time.process_time()
    made.fit(texts)
    cpu_s = time.process_time() - started
    known = quality.known_pairs(test, made.index_)
    cosines = quality.pair_cosines(known[0], made.vectors_)
    return Trained(np.asarray(cosines, np.float64), known[1], cpu_s)


def passes_within(seconds: float, texts: np.ndarray, seed: int) -> int:
    """Passes of GloVe that end within so many seconds of CPU, counting included; at least 1."""
    took = []
    for epochs in (1, 3):
        started = time.process_time()
        GloVe(epochs=epochs, random_state=seed, **SHARED).fit(texts)
        took.append(time.process_time() - started)
    each = max((took[1] - took[0]) / 2, 1e-3)
    return max(1, int((seconds - took[0]) / each) + 1)


def correlation(
    cosines: npt.NDArray[np.float64], judged: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Spearman's correlation of each row: Pearson's of ranks, ties sharing theirs."""
    a, b = (rankdata(side, axis=-1) for side in (cosines, judged))
    a, b = (side - side.mean(axis=-1, keepdims=True) for side in (a, b))
    scale = np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1))
    return np.asarray((a * b).sum(axis=-1) / scale)


def interval(one: list[Trained], other: list[Trained]) -> tuple[float, float]:
    """Middle 95 % of the mean difference of correlations over drawn pairs and seeds."""
    rng = np.random.default_rng(0)
    n_pairs, n_seeds = len(one[0].judged), len(one)
    sums = np.zeros(DRAWS)
    drawn = rng.integers(n_pairs, size=(DRAWS, n_pairs))
    seeds = rng.integers(n_seeds, size=(DRAWS, n_seeds))
    for found, sign in ((one, 1.0), (other, -1.0)):
        each = np.stack([correlation(t.cosines[drawn], t.judged[drawn]) for t in found])
        sums += sign * each[seeds, np.arange(DRAWS)[:, None]].mean(axis=1)
    low, high = np.percentile(sums, [2.5, 97.5])
    return float(low), float(high)


def test_word_similarity(benchmark: Any, texts: np.ndarray) -> None:
    """The difference is printed with its interval; one that holds 0 or lies above is wanted."""
    GloVe(random_state=0, **SHARED).warm_up()
    base = [trained(Word2Vec(random_state=s, epochs=5, **SHARED), texts) for s in SEEDS]
    n_passes = passes_within(min(found.cpu_s for found in base), texts, SEEDS[0])
    glove = [trained(GloVe(random_state=s, epochs=n_passes, **SHARED), texts) for s in SEEDS[1:]]
    first = GloVe(random_state=SEEDS[0], epochs=n_passes, **SHARED)
    glove = [benchmark.pedantic(trained, args=(first, texts), rounds=1, iterations=1), *glove]

    means = []
    for name, found in (("word2vec, 5 passes", base), (f"glove, {n_passes} passes", glove)):
        each = [float(correlation(one.cosines, one.judged)) for one in found]
        means.append(np.mean(each))
        cpu_s = np.mean([one.cpu_s for one in found])
        told = ", ".join(f"{value:.3f}" for value in each)
        print(f"\n{name}: {told} over seeds; {cpu_s:.1f} s of CPU each")  # noqa: T201
    low, high = interval(glove, base)
    difference = means[1] - means[0]
    n_pairs = len(base[0].judged)
    print(f"difference {difference:+.3f} [{low:+.3f}, {high:+.3f}] over {n_pairs} pairs")  # noqa: T201
    benchmark.extra_info |= {"difference": difference, "low": low, "high": high}

    assert len(glove[0].judged) == n_pairs
