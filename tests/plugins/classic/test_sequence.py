"""Features of series: gaps and lengths, statistics by hand, aeon as the oracle."""

from __future__ import annotations

import numpy as np
import pytest

from bakeoff_classic.catch22 import Catch22
from bakeoff_classic.kernels import RandomKernels
from bakeoff_classic.sequence import RawSequence, SpectralFeatures, SummaryFeatures
from bakeoff_classic.series import as_series, fill_gaps, lengths, stretch

GAP = np.nan


def test_gaps_are_interpolated_and_ends_held() -> None:
    """A straight line inside, the nearest value outside, zeros where there is nothing."""
    series = np.array([[[GAP, 1, GAP, GAP, 4, GAP], [GAP] * 6]])

    assert fill_gaps(series).tolist() == [[[1, 1, 2, 3, 4, 4], [0] * 6]]


def test_length_ends_with_the_last_value_of_any_channel() -> None:
    """Gaps don't shorten a series; a row without values has length 1."""
    series = np.array([[[1, GAP, 3, GAP], [1, GAP, GAP, GAP]], [[GAP] * 4, [GAP] * 4]])

    assert lengths(series).tolist() == [3, 1]


def test_short_series_are_stretched_over_the_whole_length() -> None:
    """Three points over five: values between are on the line."""
    series = np.array([[[0, 2, 4, GAP, GAP]], [[0, 1, 2, 3, 4]]])

    assert stretch(series, 5).tolist() == [[[0, 1, 2, 3, 4]], [[0, 1, 2, 3, 4]]]


def test_raw_values_of_whole_series_are_the_series() -> None:
    """Without gaps nothing is changed, channel after channel."""
    series = np.arange(12, dtype=np.float32).reshape(1, 2, 6)

    assert RawSequence().fit(series).transform(series).tolist() == [list(range(12))]


def test_summary_holds_the_statistics_of_numpy() -> None:
    """Quartiles, mean and standard deviation of one channel."""
    values = np.random.default_rng(0).normal(size=50).astype(np.float32)
    found = SummaryFeatures().fit([values[None]]).transform(values[None, None])[0]
    expected = [*np.quantile(values, (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)), values.mean()]

    assert np.allclose(found[:9], [*expected, values.std()], atol=1e-6)


def test_channels_that_move_together_correlate() -> None:
    """The last columns are the correlations of pairs of channels."""
    line = np.sin(np.arange(40))
    series = np.stack([line, 3 * line + 1, -line])[None]

    assert np.allclose(SummaryFeatures().fit(series).transform(series)[0, -3:], [1, -1, -1])


@pytest.mark.parametrize("frequency", [0.05, 0.1, 0.25, 0.4])
def test_the_strongest_line_is_the_sines_frequency(frequency: float) -> None:
    """In cycles a timepoint, and in the band in which it lies."""
    series = np.sin(2 * np.pi * frequency * np.arange(200))[None, None]
    found = SpectralFeatures(bands=16).fit(series).transform(series)[0]

    assert found[21] == pytest.approx(frequency, abs=1e-6)
    assert found[:16].argmax() in {int(frequency * 32), int(frequency * 32 - 1e-9)}
    assert found[:16].sum() == pytest.approx(1)


def test_catch22_equals_aeon_channel_by_channel() -> None:
    """Equal series give aeon's own numbers; a short row is described by its own span."""
    from aeon.transformations.collection.feature_based import Catch22 as Oracle

    series = np.random.default_rng(0).normal(size=(6, 2, 40)).astype(np.float32)
    series[5, :, 25:] = np.nan
    found = Catch22().fit(series).transform(series)
    whole = Oracle(replace_nans=True).fit_transform(series[:5].astype(np.float64))
    cut = Oracle(replace_nans=True).fit_transform(series[5:, :, :25].astype(np.float64))

    assert np.allclose(found, np.vstack([whole, cut]), rtol=1e-5)


def test_random_kernels_equal_minirocket() -> None:
    """Equal series, equal seed: aeon's own numbers."""
    from aeon.transformations.collection.convolution_based import MiniRocket

    series = np.random.default_rng(0).normal(size=(12, 1, 30)).astype(np.float32)
    oracle = MiniRocket(n_kernels=200, random_state=3).fit(series)
    found = RandomKernels(n_kernels=200, random_state=3).fit(series).transform(series)

    assert np.allclose(found, oracle.transform(series))


@pytest.mark.parametrize("length", [1, 2, 3, 8])
@pytest.mark.parametrize("kind", [RawSequence, SummaryFeatures, SpectralFeatures, Catch22])
def test_very_short_series_are_described(kind: type, length: int) -> None:
    """A handful of timepoints is enough for every statistic to be finite."""
    series = np.random.default_rng(0).normal(size=(3, 2, length)).astype(np.float32)

    assert np.isfinite(kind().fit(series).transform(series)).all()


def test_what_is_no_series_is_refused() -> None:
    """The message names the shape that came."""
    with pytest.raises(ValueError, match=r"expected series .*\(3, 4\)"):
        as_series(np.zeros((3, 4)))
