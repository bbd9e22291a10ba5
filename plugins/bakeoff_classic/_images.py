"""Input checks, grey values, gradients and zones that image features share."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

IMAGE_DIMS = 4
GREY_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Luma of ITU-R BT.601, which the uint8 images of the literature are reduced with."""

SIDE = 511
"""Possible values of a difference between two uint8 pixels."""


def as_images(X: Any) -> npt.NDArray[np.uint8]:
    """Return X as uint8 (n_samples, height, width, channels).

    Raises:
        ValueError: another shape or dtype.
    """
    images = np.asarray(X)
    if images.ndim != IMAGE_DIMS or images.dtype != np.uint8 or images.shape[3] not in (1, 3):
        raise ValueError(
            "expected uint8 images (n_samples, height, width, 1 or 3); "
            f"got {images.dtype} {images.shape}.",
        )
    return images


def as_grey(X: Any) -> npt.NDArray[np.uint8]:
    """Return grey values, uint8 (n_samples, height, width); RGB is weighted by luma."""
    images = as_images(X)
    if images.shape[3] == 1:
        return np.asarray(images[..., 0])
    return np.asarray(np.rint(images @ GREY_WEIGHTS), dtype=np.uint8)


@cache
def _table(orientations: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Return bin and magnitude for each pair of integer differences, flat (SIDE * SIDE,)."""
    difference = np.arange(-255, 256, dtype=np.float64)
    rows, columns = difference[:, None], difference[None, :]
    degrees = np.rad2deg(np.arctan2(rows, columns)) % 180
    edges = 180.0 / orientations * np.arange(1, orientations)
    bins = np.searchsorted(edges, degrees.ravel(), side="right").astype(np.uint8)
    return bins, np.hypot(rows, columns).ravel()


def oriented_gradients(
    images: npt.NDArray[np.uint8], orientations: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Compute orientation bin and magnitude of the gradient at each pixel.

    Args:
        images: uint8 (n_samples, height, width, channels).
        orientations: bins over 180 degrees.

    Returns:
        Bins uint8 and magnitudes float64, both (n_samples, height, width). Differences are 0 at
        the border, and of several channels the one of largest magnitude counts.
    """
    signed = images.astype(np.int32)
    rows, columns = np.zeros_like(signed), np.zeros_like(signed)
    rows[:, 1:-1] = signed[:, 2:] - signed[:, :-2]
    columns[:, :, 1:-1] = signed[:, :, 2:] - signed[:, :, :-2]
    index = (rows + 255) * SIDE + (columns + 255)
    bins, magnitudes = _table(orientations)
    if images.shape[3] == 1:
        flat = index[..., 0]
    else:
        strongest = magnitudes[index].argmax(axis=3)
        flat = np.take_along_axis(index, strongest[..., None], axis=3)[..., 0]
    return bins[flat], magnitudes[flat]


def zone_index(height: int, width: int, grid: int) -> npt.NDArray[np.int64]:
    """Return the zone number of each pixel, int64 (height, width); zones count row by row."""
    down, across = min(grid, height), min(grid, width)
    rows = np.arange(height) * down // height
    columns = np.arange(width) * across // width
    return np.asarray(rows[:, None] * across + columns, dtype=np.int64)
