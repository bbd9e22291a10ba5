"""The two loops of GloVe, compiled: counting co-occurrences and descending the weighted squares.

Co-occurrences are counted a row at a time: all places of one word are known, so what stands around
them is added up in one dense row and no table of pairs is ever searched. Updates run over blocks
of rows and columns such that no two blocks of one round share a word, so that several threads
never write to one place: the result depends on the seed and on the number of blocks alone.

Source:
    Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation", EMNLP 2014,
    equations 8 and 9; blocks after Gemulla, Nijkamp, Haas and Sismanis, "Large-scale matrix
    factorization with distributed stochastic gradient descent", KDD 2011; AdaGrad after Duchi,
    Hazan and Singer, 2011.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

FAST = {"reassoc", "contract", "arcp", "nsz"}
"""What the compiler may do with sums; NaN and infinity keep their meaning."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]  # numba has no types
def places_of(codes: Any, n_words: int) -> Any:
    """Where each word stands: places in order of word, and where each word's places start."""
    starts = np.zeros(n_words + 1, np.int64)
    for code in codes:
        starts[code + 1] += 1
    for word in range(n_words):
        starts[word + 1] += starts[word]
    free = starts[:-1].copy()
    places = np.empty(len(codes), np.int64)
    for place in range(len(codes)):
        code = codes[place]
        places[free[code]] = place
        free[code] += 1
    return places, starts


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _row(
    word: int, codes: Any, document: Any, bounds: Any, places: Any, starts: Any, window: int,
    sums: Any, touched: Any,
) -> int:  # fmt: skip
    """Add up what stands around a word; the number of different words, which `touched` lists."""
    n_touched = 0
    for at in range(starts[word], starts[word + 1]):
        place = places[at]
        low = max(bounds[document[place]], place - window)
        high = min(bounds[document[place] + 1], place + window + 1)
        for other in range(low, high):
            if other == place:
                continue
            context = codes[other]
            if sums[context] == 0.0:
                touched[n_touched] = context
                n_touched += 1
            sums[context] += 1.0 / abs(other - place)
    return n_touched


@njit(cache=True, nogil=True, parallel=True)  # type: ignore[untyped-decorator]
def cooccurrences(codes: Any, bounds: Any, n_words: int, window: int, n_jobs: int) -> Any:
    """Weighted co-occurrences: row, column and value of every pair that occurs.

    Args:
        codes: int32 (n_tokens,).
        bounds: int64 (n_documents + 1,), where each document starts.
        n_words: size of the vocabulary.
        window: words to each side; one at distance d counts 1 / d.
        n_jobs: stripes of rows, each counted by one thread.

    Returns:
        int32, int32 and float32 (n_pairs,), rows in order; symmetric.
    """
    document = np.empty(len(codes), np.int32)
    for index in range(len(bounds) - 1):
        document[bounds[index] : bounds[index + 1]] = index
    places, starts = places_of(codes, n_words)
    sizes = np.zeros(n_words + 1, np.int64)
    for job in prange(n_jobs):
        sums, touched = np.zeros(n_words, np.float64), np.empty(n_words, np.int32)
        for word in range(job, n_words, n_jobs):
            n = _row(word, codes, document, bounds, places, starts, window, sums, touched)
            sizes[word + 1] = n
            for index in range(n):
                sums[touched[index]] = 0.0
    offsets = np.cumsum(sizes)
    rows = np.empty(offsets[-1], np.int32)
    columns = np.empty(offsets[-1], np.int32)
    values = np.empty(offsets[-1], np.float32)
    for job in prange(n_jobs):
        sums, touched = np.zeros(n_words, np.float64), np.empty(n_words, np.int32)
        for word in range(job, n_words, n_jobs):
            n = _row(word, codes, document, bounds, places, starts, window, sums, touched)
            for index in range(n):
                context = touched[index]
                rows[offsets[word] + index] = word
                columns[offsets[word] + index] = context
                values[offsets[word] + index] = sums[context]
                sums[context] = 0.0
    return rows, columns, values


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")  # type: ignore[untyped-decorator]
def _descend(
    first: int, last: int, rows: Any, columns: Any, logs: Any, weights: Any, W: Any, C: Any,
    G: Any, H: Any, rate: Any,
) -> float:  # fmt: skip
    """Update both words of each pair in turn; the loss before each update, summed."""
    dim = W.shape[1] - 1
    loss = 0.0
    for index in range(first, last):
        w, c = W[rows[index]], C[columns[index]]
        g, h = G[rows[index]], H[columns[index]]
        dot = np.float32(0.0)
        for d in range(dim):
            dot += w[d] * c[d]
        difference = dot + w[dim] + c[dim] - logs[index]
        pull = weights[index] * difference
        loss += pull * difference
        for d in range(dim):
            to_w, to_c = pull * c[d], pull * w[d]
            g[d] += to_w * to_w
            h[d] += to_c * to_c
            w[d] -= rate * to_w / np.sqrt(g[d])
            c[d] -= rate * to_c / np.sqrt(h[d])
        g[dim] += pull * pull
        h[dim] += pull * pull
        w[dim] -= rate * pull / np.sqrt(g[dim])
        c[dim] -= rate * pull / np.sqrt(h[dim])
    return 0.5 * loss


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def epoch(
    starts: Any, rows: Any, columns: Any, logs: Any, weights: Any, W: Any, C: Any, G: Any, H: Any,
    rate: Any,
) -> float:  # fmt: skip
    """One pass over all pairs by one thread, block by block; the loss, summed over pairs."""
    n_blocks = len(starts) - 1
    loss = 0.0
    for block in range(n_blocks):
        loss += _descend(
            starts[block], starts[block + 1], rows, columns, logs, weights, W, C, G, H, rate
        )
    return loss


@njit(cache=True, nogil=True, parallel=True)  # type: ignore[untyped-decorator]
def epoch_by_many(
    starts: Any, rows: Any, columns: Any, logs: Any, weights: Any, W: Any, C: Any, G: Any, H: Any,
    rate: Any, n_jobs: int,
) -> float:  # fmt: skip
    """One pass by several threads: n_jobs rounds of n_jobs blocks that share no word."""
    losses = np.zeros(n_jobs)
    for turn in range(n_jobs):
        for job in prange(n_jobs):
            block = turn * n_jobs + job
            losses[job] += _descend(
                starts[block], starts[block + 1], rows, columns, logs, weights, W, C, G, H, rate
            )
    return float(losses.sum())
