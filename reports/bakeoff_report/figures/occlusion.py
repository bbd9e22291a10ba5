"""Occlusion maps: which regions of an image a prediction depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

FOR, AGAINST = (214, 60, 30), (40, 90, 200)
"""Colours of regions that support a class, and oppose it; distinct for colour-blind readers."""

FAINT = 0.02
"""Smallest drop of a probability that has the full colour."""

_COLOURS = 3


def overlay(image: npt.NDArray[np.uint8], drops: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return a grey image coloured by its occlusion map, uint8 (height, width, 3).

    Args:
        image: uint8 (height, width, 1 or 3).
        drops: float (grid, grid), drop of the probability if a region is hidden; the largest
            magnitude has the full colour, red if positive.
    """
    height, width = image.shape[:2]
    rows = np.arange(height) * drops.shape[0] // height
    columns = np.arange(width) * drops.shape[1] // width
    strength = drops[rows][:, columns] / max(float(np.abs(drops).max()), FAINT)
    grey = np.repeat(image.mean(axis=2, keepdims=True), _COLOURS, axis=2)
    colour = np.where(strength[..., None] > 0, np.array(FOR), np.array(AGAINST))
    weight = 0.75 * np.abs(strength)[..., None]
    return np.asarray((1 - weight) * grey + weight * colour, dtype=np.uint8)


def strongest_region(drops: npt.NDArray[Any]) -> str:
    """Describe the region with the largest effect, as alternative text."""
    row, column = np.unravel_index(int(drops.argmax()), drops.shape)
    vertical = _third(int(row), drops.shape[0], ("upper", "middle", "lower"))
    horizontal = _third(int(column), drops.shape[1], ("left", "centre", "right"))
    fall = float(drops.max())
    return f"strongest place: {vertical} {horizontal}, the probability falls by {fall:.2f}"


def _third(index: int, count: int, words: tuple[str, str, str]) -> str:
    return words[min(2, 3 * index // count)]
