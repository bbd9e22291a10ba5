"""Fronts for series and texts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from bakeoff_deep.fronts import Front, Opening, at_least_one, jitter
from bakeoff_keras.errors import RowsError
from bakeoff_keras.rows import InputRows

WORD = re.compile(r"\w+|[^\w\s]")
PAD, UNKNOWN, START, FIRST = 0, 1, 2, 3
"""Word codes: padding, unknown words, start of a text, first word of the vocabulary."""

_NDIM = 3


class SeriesFront(Front):
    """Front for series, float32 (n_samples, n_channels, n_timepoints), standardised by channel.

    Gaps are interpolated linearly, a channel without any value is 0. Where lengths differ in
    training, the network receives a mask of each series' steps. Series longer than `max_steps` are
    averaged over windows of equal length; those longer than training's are truncated.

    Args:
        max_steps: most timesteps of the network's input, at least 1.

    Source:
        Wang, Yan and Oates, "Time Series Classification from Scratch with Deep Neural Networks",
        2017 (standardised raw series); the windows are chosen here.
    """

    augmentation = "noise of 0.1 standard deviations on every value"

    def __init__(self, *, max_steps: int = 256) -> None:
        self.max_steps = max_steps

    def fit(self, X: Any) -> Self:
        """Learn lengths, and mean and scale of each channel."""
        at_least_one(X)
        series = _series(X)
        self.n_channels_ = series.shape[1]
        lengths = _lengths(series)
        self.n_timepoints_ = max(1, int(lengths.max()))
        self.window_ = -(-self.n_timepoints_ // self.max_steps)
        self.n_steps_ = -(-self.n_timepoints_ // self.window_)
        self.masked_ = bool((lengths < self.n_timepoints_).any())
        is_present = ~np.isnan(series)
        counts = np.maximum(1, is_present.sum(axis=(0, 2)))
        values = np.where(is_present, series, 0.0).astype(np.float64)
        self.mean_ = values.sum(axis=(0, 2)) / counts
        spread = np.where(is_present, (values - self.mean_[:, None]) ** 2, 0.0)
        self.scale_ = np.sqrt(spread.sum(axis=(0, 2)) / counts)
        self.scale_[~(self.scale_ > 0)] = 1.0
        return self

    def rows(self, X: Any) -> InputRows:
        """Convert series to inputs, with a mask of present steps where lengths differ."""
        series = _series(X)
        if series.shape[1] != self.n_channels_:
            raise RowsError(f"expected {self.n_channels_} channels; got {series.shape[1]}.")
        n_padded = self.n_steps_ * self.window_
        padded = np.full((len(series), self.n_channels_, n_padded), np.nan)
        n_kept = min(self.n_timepoints_, series.shape[2])
        padded[:, :, :n_kept] = series[:, :, :n_kept]
        scaled = (_filled(padded) - self.mean_[:, None]) / self.scale_[:, None]
        scaled = np.where(np.isnan(scaled), 0.0, scaled)
        shape = (len(series), self.n_channels_, self.n_steps_, self.window_)
        steps = scaled.reshape(shape).mean(axis=3).transpose(0, 2, 1).astype(np.float32)
        if not self.masked_:
            return InputRows((steps,))
        n_steps = np.maximum(1, -(-_lengths(padded) // self.window_))
        is_present = np.arange(self.n_steps_) < n_steps[:, None]
        return InputRows(
            (np.where(is_present[..., None], steps, 0.0).astype(np.float32), is_present)
        )

    def open(self, *, augment: bool) -> Opening:
        """Build an input for series, and one for the mask where lengths differ."""
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
    """Return each series' timepoints up to its last value, int64 (n_samples,); 0 if empty."""
    is_present = (~np.isnan(series)).any(axis=1)
    last = is_present.shape[1] - is_present[:, ::-1].argmax(axis=1)
    return np.where(is_present.any(axis=1), last, 0)


def _filled(series: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Interpolate gaps linearly; extend the first and last value outwards."""
    filled = series.copy()
    timepoints = np.arange(series.shape[2])
    for i, channel in zip(*np.nonzero(np.isnan(series).any(axis=2)), strict=True):
        is_present = ~np.isnan(series[i, channel])
        if is_present.any():
            filled[i, channel] = np.interp(
                timepoints, timepoints[is_present], series[i, channel, is_present]
            )
    return filled


@dataclass(kw_only=True, eq=False, repr=False)
class TextFront(Front):
    """Front for texts: word codes and an embedding layer, random or from given word vectors.

    Words are runs of letters and digits in lower case, and single other characters. The vocabulary
    is the most frequent words that occur twice or more; longer texts are truncated. An empty text
    is the start code alone. If word vectors are given, their words fill up the vocabulary beyond
    those of training; words without a vector, and the start code, are initialised at random, as all
    words are otherwise, and stay so if vectors are frozen.

    Args:
        vocabulary: most words, at least 1.
        max_steps: most words of a text, at least 1.
        width: size of a word's vector, at least 1; that of `start` where there is one.
        start: unfitted features with `embedding()`; fitted on the same texts.
        trainable: whether the vectors of `start` are trained further.

    Source:
        Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", 2003
        (learned vectors). Sizes are chosen here.
    """

    augmentation = "a tenth of the word vectors' parts left out"

    vocabulary: int = 10_000
    max_steps: int = 200
    width: int = 64
    start: Any = None
    trainable: bool = True

    def fit(self, X: Any) -> Self:
        """Learn vocabulary and length from texts, object (n_samples,)."""
        at_least_one(X)
        texts = [_words(text) for text in X]
        counts = Counter(word for text in texts for word in text)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: self.vocabulary]
        self.codes_ = {word: code for code, (word, n) in enumerate(ranked, FIRST) if n > 1}
        self.vectors_ = None if self.start is None else self._vectors(X)
        lengths = sorted(len(text) for text in texts)
        self.n_steps_ = 1 + max(1, min(self.max_steps, lengths[int(0.95 * (len(texts) - 1))]))
        return self

    def rows(self, X: Any) -> InputRows:
        """Convert texts to word codes, int32 (n_samples, n_steps)."""
        codes = np.full((len(X), self.n_steps_), PAD, np.int32)
        for i, text in enumerate(X):
            word_codes = [
                self.codes_.get(word, UNKNOWN) for word in _words(text)[: self.n_steps_ - 1]
            ]
            codes[i, : len(word_codes) + 1] = [START, *word_codes]
        return InputRows((codes,))

    def open(self, *, augment: bool) -> Opening:
        """Build an input for word codes and their embedding; padding is embedded as 0."""
        source = keras.Input((self.n_steps_,), dtype="int32", name="words")
        embed = self._layer()
        mask = keras.ops.not_equal(source, PAD)
        tensor = embed(source) * keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
        if augment:
            tensor = keras.layers.SpatialDropout1D(0.1, name="augment")(tensor)
        return Opening(inputs=[source], tensor=tensor, mask=mask)

    def _vectors(self, X: Any) -> npt.NDArray[np.float32]:
        """Return initial vectors, float32 (n_codes, width), from `start` for the words it has."""
        embedding = self.start.fit(X).embedding()
        for word in embedding.words[: max(0, self.vocabulary - len(self.codes_))]:
            self.codes_.setdefault(word, len(self.codes_) + FIRST)
        self.width_ = int(embedding.vectors.shape[1])
        rng = np.random.default_rng(0)
        vectors = rng.uniform(-0.05, 0.05, (len(self.codes_) + FIRST, self.width_))
        rows = {word: row for row, word in enumerate(embedding.words)}
        for word, code in self.codes_.items():
            if word in rows:
                vectors[code] = embedding.vectors[rows[word]]
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
