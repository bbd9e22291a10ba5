"""Series and texts as network inputs."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from bakeoff_deep.fronts import Front, Opening, at_least_one, jitter
from bakeoff_keras.errors import RowsError
from bakeoff_keras.rows import Rows

WORD = re.compile(r"\w+|[^\w\s]")
PAD, UNKNOWN, START, FIRST = 0, 1, 2, 3
"""Codes of words: after a text's end, not in the vocabulary, before its first word, a known one."""

_NDIM = 3


class SeriesFront(Front):
    """Series, float32 (n_samples, n_channels, n_timepoints), each channel standardised.

    Gaps are interpolated linearly, a channel without any value is 0. Where training holds series
    that end early, the network is told where each one ends. Series longer than `max_steps` are
    averaged over windows of equal length; those longer than training's are cut off at their end.

    Args:
        max_steps: most timesteps that the network meets, at least 1.

    Source:
        Wang, Yan and Oates, "Time Series Classification from Scratch with Deep Neural Networks",
        2017 (standardised raw series); the windows are chosen here.
    """

    augmentation = "noise of 0.1 standard deviations on every value"

    def __init__(self, *, max_steps: int = 256) -> None:
        self.max_steps = max_steps

    def fit(self, X: Any) -> Self:
        """Learn lengths, location and scale of each channel."""
        at_least_one(X)
        series = _series(X)
        self.n_channels_ = series.shape[1]
        lengths = _lengths(series)
        self.n_timepoints_ = max(1, int(lengths.max()))
        self.window_ = -(-self.n_timepoints_ // self.max_steps)
        self.n_steps_ = -(-self.n_timepoints_ // self.window_)
        self.masked_ = bool((lengths < self.n_timepoints_).any())
        present = ~np.isnan(series)
        counts = np.maximum(1, present.sum(axis=(0, 2)))
        values = np.where(present, series, 0.0).astype(np.float64)
        self.mean_ = values.sum(axis=(0, 2)) / counts
        spread = np.where(present, (values - self.mean_[:, None]) ** 2, 0.0)
        self.scale_ = np.sqrt(spread.sum(axis=(0, 2)) / counts)
        self.scale_[~(self.scale_ > 0)] = 1.0
        return self

    def rows(self, X: Any) -> Rows:
        """Rows of series, and the steps that each one has."""
        series = _series(X)
        if series.shape[1] != self.n_channels_:
            raise RowsError(f"expected {self.n_channels_} channels; got {series.shape[1]}.")
        whole = self.n_steps_ * self.window_
        fitted = np.full((len(series), self.n_channels_, whole), np.nan)
        n_kept = min(self.n_timepoints_, series.shape[2])
        fitted[:, :, :n_kept] = series[:, :, :n_kept]
        scaled = (_filled(fitted) - self.mean_[:, None]) / self.scale_[:, None]
        scaled = np.where(np.isnan(scaled), 0.0, scaled)
        shape = (len(series), self.n_channels_, self.n_steps_, self.window_)
        steps = scaled.reshape(shape).mean(axis=3).transpose(0, 2, 1).astype(np.float32)
        if not self.masked_:
            return Rows((steps,))
        ends = np.maximum(1, -(-_lengths(fitted) // self.window_))
        present = np.arange(self.n_steps_) < ends[:, None]
        return Rows((np.where(present[..., None], steps, 0.0).astype(np.float32), present))

    def open(self, *, augment: bool) -> Opening:
        """Build an input of series, and one of the steps that each has where lengths differ."""
        source = keras.Input((self.n_steps_, self.n_channels_), name="series")
        tensor = jitter(source, augment=augment)
        if not self.masked_:
            return Opening(inputs=[source], tensor=tensor)
        mask = keras.Input((self.n_steps_,), dtype="bool", name="present")
        return Opening(inputs=[source, mask], tensor=tensor, mask=mask)


def _series(X: Any) -> npt.NDArray[Any]:
    series = np.asarray(X)
    if series.ndim != _NDIM:
        shape = "(n_samples, n_channels, n_timepoints)"
        raise RowsError(f"expected series of shape {shape}; got {series.shape}.")
    return np.where(np.isfinite(series), series, np.nan)


def _lengths(series: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """int64 (n_samples,): timepoints up to the last one that holds a value, 0 without any."""
    present = (~np.isnan(series)).any(axis=1)
    last = present.shape[1] - present[:, ::-1].argmax(axis=1)
    return np.where(present.any(axis=1), last, 0)


def _filled(series: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Interpolate gaps linearly; before the first and after the last value that value holds."""
    filled = series.copy()
    places = np.arange(series.shape[2])
    for i, channel in zip(*np.nonzero(np.isnan(series).any(axis=2)), strict=True):
        present = ~np.isnan(series[i, channel])
        if present.any():
            filled[i, channel] = np.interp(places, places[present], series[i, channel, present])
    return filled


class TextFront(Front):
    """Texts as word codes behind an embedding, learned with the network or started from another.

    Words are runs of letters and digits in lower case, and single other signs. The vocabulary is
    the most frequent words that occur twice or more; longer texts are cut off at their end. An
    empty text is its start sign alone. Where the network starts from vectors, words that training
    lacks but those vectors know fill up the vocabulary; words without a vector, and the start sign,
    start at random as all words do otherwise, and stay so where vectors are frozen.

    Args:
        vocabulary: most words, at least 1.
        max_steps: most words of a text, at least 1.
        width: size of a word's vector, at least 1; that of `start` where there is one.
        start: unfitted features with `embedding()`; fitted on the same texts.
        trainable: whether the vectors of `start` go on learning.

    Source:
        Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", 2003
        (learned vectors). Sizes are chosen here.
    """

    augmentation = "a tenth of the word vectors' parts left out"

    def __init__(
        self,
        *,
        vocabulary: int = 10_000,
        max_steps: int = 200,
        width: int = 64,
        start: Any = None,
        trainable: bool = True,
    ) -> None:
        self.vocabulary = vocabulary
        self.max_steps = max_steps
        self.width = width
        self.start = start
        self.trainable = trainable

    def fit(self, X: Any) -> Self:
        """Learn vocabulary and length from texts, object (n_samples,)."""
        at_least_one(X)
        texts = [_words(text) for text in X]
        counts = Counter(word for text in texts for word in text)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: self.vocabulary]
        self.codes_ = {w: code for code, (w, n) in enumerate(ranked, FIRST) if n > 1}
        self.vectors_ = None if self.start is None else self._vectors(X)
        lengths = sorted(len(text) for text in texts)
        self.n_steps_ = 1 + max(1, min(self.max_steps, lengths[int(0.95 * (len(texts) - 1))]))
        return self

    def rows(self, X: Any) -> Rows:
        """Rows of word codes, int32 (n_samples, n_steps)."""
        codes = np.full((len(X), self.n_steps_), PAD, np.int32)
        for i, text in enumerate(X):
            words = [self.codes_.get(word, UNKNOWN) for word in _words(text)[: self.n_steps_ - 1]]
            codes[i, : len(words) + 1] = [START, *words]
        return Rows((codes,))

    def open(self, *, augment: bool) -> Opening:
        """Build an input of codes and their embedding; what lies after a text's end is 0."""
        source = keras.Input((self.n_steps_,), dtype="int32", name="words")
        embed = self._layer()
        mask = keras.ops.not_equal(source, PAD)
        tensor = embed(source) * keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
        if augment:
            tensor = keras.layers.SpatialDropout1D(0.1, name="augment")(tensor)
        return Opening(inputs=[source], tensor=tensor, mask=mask)

    def _vectors(self, X: Any) -> npt.NDArray[np.float32]:
        """float32 (n_codes, width): one row a code, the features' own where they have it."""
        known = self.start.fit(X).embedding()
        for word in known.words[: max(0, self.vocabulary - len(self.codes_))]:
            self.codes_.setdefault(word, len(self.codes_) + FIRST)
        self.width_ = int(known.vectors.shape[1])
        rng = np.random.default_rng(0)
        vectors = rng.uniform(-0.05, 0.05, (len(self.codes_) + FIRST, self.width_))
        rows = {word: row for row, word in enumerate(known.words)}
        for word, code in self.codes_.items():
            if word in rows:
                vectors[code] = known.vectors[rows[word]]
        return vectors.astype(np.float32)

    def _layer(self) -> Any:
        n_codes = len(self.codes_) + FIRST
        if self.vectors_ is None:
            return keras.layers.Embedding(n_codes, self.width, name="embedding")
        return keras.layers.Embedding(
            n_codes,
            self.width_,
            embeddings_initializer=keras.initializers.Constant(self.vectors_),
            trainable=self.trainable,
            name="embedding",
        )


def _words(text: Any) -> list[str]:
    return WORD.findall(str(text).lower())
