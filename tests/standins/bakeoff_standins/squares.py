"""Images with one square each, for masks and boxes."""

from __future__ import annotations

from typing import Any

import numpy as np


def draw_squares(
    n_rows: int, *, shape: tuple[int, int], sides: tuple[int, int], stripes: Any, dark: int
) -> tuple[Any, Any, Any]:
    """Draw a bright square (class 0) or a striped one (1) on each image; with masks and boxes."""
    rng, (height, width) = np.random.default_rng(0), shape
    X = rng.integers(0, 60, (n_rows, height, width, 1)).astype(np.uint8)
    masks, boxes = np.zeros(X.shape[:3], np.uint8), np.empty(n_rows, object)
    for i in range(n_rows):
        side, code = int(rng.integers(*sides)), i % 2
        top, left = int(rng.integers(height - side)), int(rng.integers(width - side))
        place = slice(top, top + side), slice(left, left + side)
        X[i, :, :, 0][place] = 220
        if code:
            X[i, :, :, 0][place][stripes] = dark
        masks[i][place] = code + 1
        boxes[i] = np.array([[left, top, side, side, code]], np.float32)
    return X, masks, boxes
