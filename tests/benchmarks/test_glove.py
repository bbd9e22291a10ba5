"""GloVe's words per second beside those of gensim's Word2Vec, same corpus, window and dimension.

A word counts once a pass. GloVe's time includes counting co-occurrences, Word2Vec's its vocabulary.
Run with `pytest tests/benchmarks/test_glove.py --benchmark-only -s`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff_embeddings.glove import GloVe

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

pytest.importorskip("gensim")

from bakeoff_embeddings.gensim_models import Word2Vec

SHARED: dict[str, Any] = {"dim": 100, "window": 5, "min_count": 2, "random_state": 0}
MAKERS: dict[str, Callable[[int], Any]] = {
    "word2vec": lambda n_jobs: Word2Vec(epochs=5, n_jobs=n_jobs, **SHARED),
    "glove": lambda n_jobs: GloVe(epochs=25, n_jobs=n_jobs, **SHARED),
}
_rates: dict[tuple[str, int], float] = {}


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("name", MAKERS)
def test_words_per_second(benchmark: Any, texts: np.ndarray, name: str, n_jobs: int) -> None:
    """The ratio to Word2Vec is printed and stored; 1 is the least that is wanted."""
    made = MAKERS[name](n_jobs)
    if hasattr(made, "warm_up"):
        made.warm_up()
    n_words = sum(len(text.split()) for text in texts)
    started = time.process_time()
    benchmark.pedantic(made.fit, args=(texts,), rounds=1, iterations=1)
    rate = n_words * made.epochs / benchmark.stats.stats.mean
    _rates[name, n_jobs] = rate
    benchmark.extra_info["words_per_s"] = rate
    cpu_s = time.process_time() - started
    told = f"{name}, {n_jobs} threads: {rate:,.0f} words/s, {cpu_s:.1f} s of CPU"
    if base := _rates.get(("word2vec", n_jobs)):
        benchmark.extra_info["ratio"] = rate / base
        told += f"; {rate / base:.2f} times Word2Vec's"
    print(f"\n{told}; load {os.getloadavg()[0]:.1f}")  # noqa: T201  a benchmark tells

    assert len(made.vectors_) > 10_000
