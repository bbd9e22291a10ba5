"""GloVe: word vectors whose products approximate logarithms of co-occurrences.

With any number of threads a seed gives the same vectors bit for bit on one machine: threads work on
blocks that share no word. Another number of threads visits the pairs in another order, and so
gives other vectors of the same quality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from bakeoff_embeddings._base import TrainedEmbedding
from bakeoff_embeddings.errors import ParameterError
from bakeoff_embeddings.tokens import codes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.training import TrainingRecord
    from bakeoff_embeddings._base import Vectors
    from bakeoff_embeddings.tokens import Sentences

Float32Array = npt.NDArray[np.float32]

FIRST_SUM = 0.01
"""Initial value of AdaGrad's sums of squares. With the original program's 1, rare words of a small
corpus, whose gradients are small and few, hardly move from their random initialisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Co-occurring words in the order of updates, sorted by block.

    Args:
        starts: int64 (n_blocks + 1,), where each block starts.
        rows: int32 (n_pairs,), the word.
        columns: int32 (n_pairs,), the neighbouring word.
        logs: float32 (n_pairs,), logarithm of the weighted co-occurrences.
        weights: float32 (n_pairs,), in (0, 1].
    """

    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    logs: Float32Array
    weights: Float32Array


@dataclass(frozen=True, slots=True)
class State:
    """Parameters in training: vectors with their bias as last column, and AdaGrad's sums.

    All are float32 (n_words, dim + 1); they are changed in place.
    """

    W: Float32Array
    C: Float32Array
    G: Float32Array
    H: Float32Array

    @classmethod
    def start(cls, n_words: int, dim: int, rng: np.random.Generator) -> State:
        """Return initial parameters: vectors uniform within 0.5 / dim, sums at `FIRST_SUM`."""
        shape = (n_words, dim + 1)
        W, C = (((rng.random(shape) - 0.5) / dim).astype(np.float32) for _ in range(2))
        G, H = (np.full(shape, FIRST_SUM, np.float32) for _ in range(2))
        return cls(W, C, G, H)


@dataclass(kw_only=True, eq=False, repr=False)
class GloVe(TrainedEmbedding):
    """GloVe vectors, fitted to logarithms of co-occurrences, pooled into documents.

    Every other parameter is `TrainedEmbedding`'s.

    Args:
        window: words to each side; one at distance d counts 1 / d; at least 1.
        epochs: passes over the pairs, at least 1.
        x_max: co-occurrences from which on a pair has full weight, above 0.
        alpha: power of a pair's weight below that, above 0.
        learning_rate: AdaGrad's, above 0.
        n_jobs: threads.

    Source:
        Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation", EMNLP
        2014. `x_max` is 100 and the rate 0.05 there, for corpora a thousand times as large; 10,
        0.2 and `FIRST_SUM` are chosen here.
    """

    window: int = 5
    epochs: int = 25
    x_max: float = 10.0
    alpha: float = 0.75
    learning_rate: float = 0.2
    n_jobs: int = 1

    counting: ClassVar[tuple[str, ...]] = (*TrainedEmbedding.counting, "window", "epochs", "n_jobs")

    def _check(self) -> None:
        super()._check()
        for name in ("x_max", "alpha", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ParameterError(name, "above 0", getattr(self, name))

    def warm_up(self) -> None:
        """Compile on two words, so that compilation is not timed as training."""
        codes, starts = np.array([0, 1], np.int32), np.array([0, 2], np.int64)
        self._descend(*self._pairs(codes, starts, 2), 2, 1)

    def _train(self, sentences: Sentences) -> tuple[Sequence[str], Vectors]:
        vocabulary = self._vocabulary(sentences)
        n_words = len(vocabulary.words)
        codes, starts = codes_of(sentences, vocabulary.index)
        pairs, rng = self._pairs(codes, starts, n_words)
        state, losses = self._descend(pairs, rng, n_words, self.epochs)
        self.losses_ = losses
        self.n_pairs_ = len(pairs.rows)
        return vocabulary.words, np.ascontiguousarray((state.W + state.C)[:, :-1])

    def _pairs(
        self, codes: npt.NDArray[np.int32], starts: npt.NDArray[np.int64], n_words: int
    ) -> tuple[Pairs, np.random.Generator]:
        from bakeoff_embeddings import glove_loops

        rng = np.random.default_rng(self.random_state)
        counted = glove_loops.cooccurrences(codes, starts, n_words, self.window, self.n_jobs)
        return in_blocks(counted, rng, x_max=self.x_max, alpha=self.alpha, n_jobs=self.n_jobs), rng

    def _descend(
        self, pairs: Pairs, rng: np.random.Generator, n_words: int, epochs: int
    ) -> tuple[State, npt.NDArray[np.float64]]:
        state = State.start(n_words, self.dim, rng)
        losses = [
            descend(pairs, state, learning_rate=self.learning_rate, n_jobs=self.n_jobs)
            for _ in range(epochs)
        ]
        return state, np.array(losses)

    def examine(self, inputs: dict[str, Any], record: TrainingRecord) -> None:
        """Record what every embedding records, and the loss of every epoch."""
        super().examine(inputs, record)
        record.note("pairs", self.n_pairs_, "co-occurring words, both orders counted")
        record.array("embedding_loss", self.losses_)


def in_blocks(
    counted: tuple[Any, Any, Any],
    rng: np.random.Generator,
    *,
    x_max: float,
    alpha: float,
    n_jobs: int,
) -> Pairs:
    """Shuffle pairs and sort them into n_jobs * n_jobs blocks, round by round.

    Block `turn * n_jobs + job` holds the rows of group `job` and the columns of group
    `(job + turn) % n_jobs`; a word's group is its code modulo n_jobs.

    Args:
        counted: rows, columns and co-occurrences from `glove_loops.cooccurrences`.
        rng: shuffles the pairs.
        x_max: co-occurrences from which on a pair has full weight.
        alpha: power of the weight below that.
        n_jobs: threads that will work on the blocks.
    """
    order = rng.permutation(len(counted[0]))
    rows, columns, values = (array[order] for array in counted)
    starts = np.array([0, len(rows)], np.int64)
    if n_jobs > 1:
        round_number = (columns - rows) % n_jobs
        block = round_number * n_jobs + rows % n_jobs
        by_block = np.argsort(block, kind="stable")
        rows, columns, values = (array[by_block] for array in (rows, columns, values))
        counts = np.bincount(block, minlength=n_jobs * n_jobs)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    weights = np.minimum(1.0, (values / x_max) ** alpha)
    return Pairs(
        starts=starts,
        rows=rows,
        columns=columns,
        logs=np.log(values).astype(np.float32),
        weights=weights.astype(np.float32),
    )


def descend(pairs: Pairs, state: State, *, learning_rate: float, n_jobs: int) -> float:
    """Update all pairs once, changing `state` in place.

    Returns:
        Mean weighted squared error of the pairs, each as it was before its update, times 0.5.
    """
    from bakeoff_embeddings import glove_loops

    arrays = (pairs.starts, pairs.rows, pairs.columns, pairs.logs, pairs.weights)
    rate = np.float32(learning_rate)
    if n_jobs == 1:
        total = glove_loops.epoch(*arrays, state.W, state.C, state.G, state.H, rate)
    else:
        epoch_in_threads = glove_loops.epoch_by_many
        total = epoch_in_threads(*arrays, state.W, state.C, state.G, state.H, rate, n_jobs)
    return float(total) / max(1, len(pairs.rows))
