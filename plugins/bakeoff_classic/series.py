"""Handling of unequal lengths and gaps in series, for functions that support neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

SERIES_DIMS = 3


def as_series(X: Any) -> npt.NDArray[np.float64]:
    """Return X as float64 (n_samples, n_channels, n_timepoints).

    Raises:
        ValueError: another number of dimensions, or no timepoint at all.
    """
    series = np.asarray(X, dtype=np.float64)
    if series.ndim != SERIES_DIMS or 0 in series.shape[1:]:
        raise ValueError(
            "expected series (n_samples, n_channels, n_timepoints); "
            f"got {np.asarray(X).dtype} {series.shape}.",
        )
    return np.asarray(np.where(np.isfinite(series), series, np.nan))


def lengths(series: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the length of each series up to its last value in any channel, int64, at least 1."""
    has_value = np.asarray(~np.isnan(series).all(axis=1))
    last = series.shape[2] - has_value[:, ::-1].argmax(axis=1)
    return np.where(has_value.any(axis=1), last, 1)


def fill_gaps(series: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Interpolate gaps linearly and extend the first and last value; 0 for an empty channel."""
    if not np.isnan(series).any():
        return series
    filled = series.copy()
    timepoints = np.arange(series.shape[2])
    for row, channel in np.argwhere(np.isnan(series).any(axis=2)):
        values = filled[row, channel]
        has_value = ~np.isnan(values)
        values[~has_value] = (
            np.interp(timepoints[~has_value], timepoints[has_value], values[has_value])
            if has_value.any()
            else 0.0
        )
    return filled


def stretch(series: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    """Resample every series linearly over its own length to `length` timepoints without NaN."""
    out = np.empty((*series.shape[:2], length))
    for rows, block in by_length(series):
        out[rows] = _resample(block, length)
    return out


def _resample(block: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    n_timepoints = block.shape[2]
    if n_timepoints == length:
        return block
    position = np.linspace(0, n_timepoints - 1, length)
    left = np.floor(position).astype(np.int64)
    right = np.minimum(left + 1, n_timepoints - 1)
    share = position - left
    return block[:, :, left] * (1 - share) + block[:, :, right] * share


def by_length(
    series: npt.NDArray[np.float64],
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """Group series of equal length: row numbers, and values cut to that length without NaN."""
    ends = lengths(series)
    groups = [(np.flatnonzero(ends == end), int(end)) for end in np.unique(ends)]
    return [(rows, fill_gaps(np.ascontiguousarray(series[rows, :, :end]))) for rows, end in groups]


def describe(
    X: Any, function: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    """Apply a function to blocks of series of equal length; return its rows in the input's order.

    Args:
        X: series (n_samples, n_channels, n_timepoints).
        function: from a block without NaN to a matrix (rows of the block, n_features), whose width
            depends on the number of channels alone.
    """
    series = as_series(X)
    described = [(rows, function(block)) for rows, block in by_length(series)]
    if not described:
        raise ValueError("expected at least one series; got 0.")
    out = np.empty((len(series), described[0][1].shape[1]))
    for rows, values in described:
        out[rows] = values
    return out
