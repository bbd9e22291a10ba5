"""Features of series: raw values, summary and spectral statistics, and the manual union."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, Union, matrix
from bakeoff_classic.series import as_series, describe, lengths, stretch

TINY = 1e-12


class RawSequence(FeatureTransformer):
    """Values of a series channel by channel, stretched to the length of the training series.

    Gaps are interpolated linearly; a series that ends early is stretched over the whole length, so
    that a column stands for the same fraction of every series.

    Source:
        Uniform scaling: Keogh, Palpanas, Zordan, Gunopulos and Cardle, "Indexing Large Human-Motion
        Databases", VLDB 2004.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the number of timepoints of the longest training series."""
        super().fit(X, y)
        self.n_timepoints_ = int(lengths(as_series(X)).max())
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_channels * n_timepoints)."""
        series = stretch(as_series(X), self.n_timepoints_)
        return matrix(series.reshape(len(series), -1))


class SummaryFeatures(FeatureTransformer):
    """Location, spread, shape, trend and change of each channel, and correlations of channels.

    Source:
        Christ, Braun, Neuffer and Kempa-Liehr, "Time Series FeatuRe Extraction on basis of Scalable
        Hypothesis tests", Neurocomputing 307, 2018: the choice of statistics follows its simple
        calculators; channel correlations after Bao and Intille, Pervasive 2004.
    """

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features), in the units of the series or without unit."""
        return matrix(describe(X, _summarise))


def _summarise(block: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    count, _, length = block.shape
    mean, spread = block.mean(axis=2), block.std(axis=2)
    scaled = (block - mean[..., None]) / np.where(spread > TINY, spread, np.inf)[..., None]
    steps = np.diff(block, axis=2) if length > 1 else np.zeros_like(block)
    quantiles = np.quantile(block, (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0), axis=2)
    time = np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
    slope = block @ time / max(1.0, float(time @ time))
    above = scaled > 0
    crossings = (above[..., 1:] != above[..., :-1]).sum(axis=2) / length
    lags = [_autocorrelation(scaled, lag) for lag in (1, 2, 4, 8)]
    per_channel = [
        *quantiles, mean, spread, slope, crossings,
        (scaled**3).mean(axis=2), (scaled**4).mean(axis=2),
        np.abs(steps).mean(axis=2), np.abs(steps).max(axis=2), steps.std(axis=2),
        (block**2).mean(axis=2), block[..., 0], block[..., -1],
        block.argmax(axis=2) / length, block.argmin(axis=2) / length, *lags,
    ]  # fmt: skip
    correlations = np.einsum("nit,njt->nij", scaled, scaled) / length
    pairs = correlations[:, *np.triu_indices(block.shape[1], 1)]
    return np.concatenate([np.stack(per_channel, axis=2).reshape(count, -1), pairs], axis=1)


def _autocorrelation(scaled: npt.NDArray[np.float64], lag: int) -> npt.NDArray[np.float64]:
    if lag >= scaled.shape[2]:
        return np.zeros(scaled.shape[:2])
    product = (scaled[..., lag:] * scaled[..., :-lag]).sum(axis=2)
    return np.asarray(product / scaled.shape[2])


class SpectralFeatures(FeatureTransformer):
    """Distribution of each channel's power over frequency, in cycles per timepoint.

    By channel: share of power in bands of equal width from 0 to 0.5, log of the whole power,
    centre, spread, entropy, flatness, the frequency below which 85 % of the power lies, and
    frequency and share of the strongest line.

    Args:
        bands: number of bands, at least 1.

    Source:
        Welch, "The Use of Fast Fourier Transform for the Estimation of Power Spectra", 1967
        (periodogram with one Hann segment); Peeters, "A large set of audio features for sound
        description", IRCAM, 2004 (centre, spread, roll-off, flatness).
    """

    def __init__(self, *, bands: int = 16) -> None:
        self.bands = bands

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"bands": Integer(4, 64, "log")}, source="chosen here")

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_channels * (bands + 8))."""
        return matrix(describe(X, self._describe))

    def _describe(self, block: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        length = block.shape[2]
        window = np.hanning(length + 2)[1:-1]
        power = np.abs(np.fft.rfft((block - block.mean(axis=2, keepdims=True)) * window)) ** 2
        frequency = np.asarray(np.fft.rfftfreq(length), dtype=np.float64)
        total = power.sum(axis=2)
        share = power / np.where(total > TINY, total, np.inf)[..., None]
        band = np.minimum((frequency * 2 * self.bands).astype(np.int64), self.bands - 1)
        bands = share @ np.eye(self.bands)[band]
        parts = [bands, *(value[..., None] for value in _shape(share, frequency))]
        parts.append(np.log(total / length + TINY)[..., None])
        return np.asarray(np.concatenate(parts, axis=2).reshape(len(block), -1))


def _shape(
    share: npt.NDArray[np.float64], frequency: npt.NDArray[np.float64]
) -> list[npt.NDArray[np.float64]]:
    """Return centre, spread, entropy, flatness, roll-off, peak and peak share of each spectrum."""
    count = share.shape[2]
    centre = share @ frequency
    spread = np.sqrt(np.maximum(0, share @ frequency**2 - centre**2))
    safe = share + TINY
    entropy = -(share * np.log(safe)).sum(axis=2) / np.log(max(2, count))
    flatness = np.exp(np.log(safe).mean(axis=2)) * count
    rolloff = frequency[
        (share.cumsum(axis=2) >= 0.85 * share.sum(axis=2)[..., None]).argmax(axis=2)
    ]
    return [
        centre, spread, entropy, flatness, rolloff,
        frequency[share.argmax(axis=2)], share.max(axis=2),
    ]  # fmt: skip


class ManualSequence(Union):
    """Union of summary statistics, spectral statistics and catch22.

    Source:
        Each member names its own; Middlehurst and Bagnall, "The FreshPRINCE: A Simple
        Transformation Based Pipeline Time Series Classifier", 2022, for statistics as the baseline.
    """

    def warm_up(self) -> None:
        """Compile the functions of catch22."""
        for member in self._members():
            if hasattr(member, "warm_up"):
                member.warm_up()

    def _members(self) -> tuple[FeatureTransformer, ...]:
        from bakeoff_classic.catch22 import Catch22

        return (SummaryFeatures(), SpectralFeatures(), Catch22())
