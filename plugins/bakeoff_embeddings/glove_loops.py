"""Compiled loops of GloVe: counting co-occurrences and stochastic gradient descent.

Co-occurrences are counted a row at a time: all positions of a word are known, so its neighbours are
summed in one dense row and no table of pairs is ever searched. Updates run over blocks of rows and
columns such that no two blocks of one round share a word, so that threads never write to the same
vector: the result depends only on the seed and the number of blocks.

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
"""Fast-math flags for sums; NaN and infinity keep their meaning."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]  # numba has no types
def positions_of(codes: Any, n_words: int) -> Any:
    """Return token positions sorted by word, and where each word's positions start."""
    starts = np.zeros(n_words + 1, np.int64)
    for code in codes:
        starts[code + 1] += 1
    for word in range(n_words):
        starts[word + 1] += starts[word]
    next_free = starts[:-1].copy()
    positions = np.empty(len(codes), np.int64)
    for position in range(len(codes)):
        code = codes[position]
        positions[next_free[code]] = position
        next_free[code] += 1
    return positions, starts


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _row(
    word: int, codes: Any, document: Any, bounds: Any, positions: Any, starts: Any, window: int,
    sums: Any, touched: Any,
) -> int:  # fmt: skip
    """Sum weighted neighbours of a word; return how many differ and list them in `touched`."""
    n_touched = 0
    for entry in range(starts[word], starts[word + 1]):
        position = positions[entry]
        low = max(bounds[document[position]], position - window)
        high = min(bounds[document[position] + 1], position + window + 1)
        for neighbour in range(low, high):
            if neighbour == position:
                continue
            context = codes[neighbour]
            if sums[context] == 0.0:
                touched[n_touched] = context
                n_touched += 1
            sums[context] += 1.0 / abs(neighbour - position)
    return n_touched


@njit(cache=True, nogil=True, parallel=True)  # type: ignore[untyped-decorator]
def cooccurrences(codes: Any, bounds: Any, n_words: int, window: int, n_jobs: int) -> Any:
    """Count weighted co-occurrences; return row, column and value of every pair that occurs.

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
    positions, starts = positions_of(codes, n_words)
    sizes = np.zeros(n_words + 1, np.int64)
    for job in prange(n_jobs):
        sums, touched = np.zeros(n_words, np.float64), np.empty(n_words, np.int32)
        for word in range(job, n_words, n_jobs):
            n_neighbours = _row(
                word, codes, document, bounds, positions, starts, window, sums, touched
            )
            sizes[word + 1] = n_neighbours
            for index in range(n_neighbours):
                sums[touched[index]] = 0.0
    offsets = np.cumsum(sizes)
    rows = np.empty(offsets[-1], np.int32)
    columns = np.empty(offsets[-1], np.int32)
    values = np.empty(offsets[-1], np.float32)
    for job in prange(n_jobs):
        sums, touched = np.zeros(n_words, np.float64), np.empty(n_words, np.int32)
        for word in range(job, n_words, n_jobs):
            n_neighbours = _row(
                word, codes, document, bounds, positions, starts, window, sums, touched
            )
            for index in range(n_neighbours):
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
    """Update both words of each pair in turn; return the summed loss before each update."""
    dim = W.shape[1] - 1
    loss = 0.0
    for index in range(first, last):
        w, c = W[rows[index]], C[columns[index]]
        g, h = G[rows[index]], H[columns[index]]
        dot = np.float32(0.0)
        for d in range(dim):
            dot += w[d] * c[d]
        difference = dot + w[dim] + c[dim] - logs[index]
        scaled_error = weights[index] * difference
        loss += scaled_error * difference
        for d in range(dim):
            gradient_w, gradient_c = scaled_error * c[d], scaled_error * w[d]
            g[d] += gradient_w * gradient_w
            h[d] += gradient_c * gradient_c
            w[d] -= rate * gradient_w / np.sqrt(g[d])
            c[d] -= rate * gradient_c / np.sqrt(h[d])
        g[dim] += scaled_error * scaled_error
        h[dim] += scaled_error * scaled_error
        w[dim] -= rate * scaled_error / np.sqrt(g[dim])
        c[dim] -= rate * scaled_error / np.sqrt(h[dim])
    return 0.5 * loss


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def epoch(
    starts: Any, rows: Any, columns: Any, logs: Any, weights: Any, W: Any, C: Any, G: Any, H: Any,
    rate: Any,
) -> float:  # fmt: skip
    """Update all pairs once in one thread, block by block; return the summed loss."""
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
    """Update all pairs once in several threads; return the summed loss."""
    losses = np.zeros(n_jobs)
    for turn in range(n_jobs):
        for job in prange(n_jobs):
            block = turn * n_jobs + job
            losses[job] += _descend(
                starts[block], starts[block + 1], rows, columns, logs, weights, W, C, G, H, rate
            )
    return float(losses.sum())
