"""Images under a map of where a method looks, and the map in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

FOR, AGAINST = (214, 60, 30), (40, 90, 200)
"""Colours of places that speak for a class, and against it; told apart by colour-blind readers."""

FAINT = 0.02
"""Fall of a probability below which a map is not stretched to full colour."""

_COLOURS = 3


def overlay(image: npt.NDArray[np.uint8], places: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """An image in grey under a map of its places, uint8 (height, width, 3).

    Args:
        image: uint8 (height, width, 1 or 3).
        places: float (grid, grid); the largest magnitude gets the full colour, red where positive.
    """
    height, width = image.shape[:2]
    rows = np.arange(height) * places.shape[0] // height
    columns = np.arange(width) * places.shape[1] // width
    strength = places[rows][:, columns] / max(float(np.abs(places).max()), FAINT)
    grey = np.repeat(image.mean(axis=2, keepdims=True), _COLOURS, axis=2)
    colour = np.where(strength[..., None] > 0, np.array(FOR), np.array(AGAINST))
    weight = 0.75 * np.abs(strength)[..., None]
    return np.asarray((1 - weight) * grey + weight * colour, dtype=np.uint8)


def where(places: npt.NDArray[Any]) -> str:
    """The strongest place in words, for those who don't see the map."""
    row, column = np.unravel_index(int(places.argmax()), places.shape)
    vertical = _third(int(row), places.shape[0], ("upper", "middle", "lower"))
    horizontal = _third(int(column), places.shape[1], ("left", "centre", "right"))
    fall = float(places.max())
    return f"strongest place: {vertical} {horizontal}, the probability falls by {fall:.2f}"


def _third(place: int, count: int, words: tuple[str, str, str]) -> str:
    return words[min(2, 3 * place // count)]
