"""Histograms of oriented gradients (HOG), computed for a whole batch at once.

scikit-image describes one image a call, which over many small ones is mostly overhead. The
gradients of uint8 images are whole numbers in -255..255, so magnitude and orientation bin come
from a table, and one `bincount` fills every cell of every image. A test holds the result equal to
`skimage.feature.hog`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer
from bakeoff_classic._images import as_images, oriented_gradients

CHUNK_PIXELS = 4_000_000
"""Pixels that are processed at once; bounds memory to about 100 MB."""

EPSILON = 1e-5
CLIP = 0.2


class Hog(FeatureTransformer):
    """Histograms of oriented gradients; blocks are normalised by L2 with clipping at 0.2 (L2-Hys).

    The cell is square, a seventh of the image's shorter side, within 2 to 16 pixels: 4 for 28 x 28,
    2 for 8 x 8, 16 for 224 x 224. Of a colour image each pixel's strongest channel counts.

    Args:
        orientations: bins over 180 degrees, at least 1.
        cell: side of a cell in pixels; None chooses it from the image's size as above.
        block: side of a block in cells, at least 1; less where the image has fewer cells.

    Source:
        Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005: nine
        unsigned orientations, blocks of 2 x 2 cells, L2-Hys. The rule for cells is chosen here.
    """

    def __init__(self, *, orientations: int = 9, cell: int | None = None, block: int = 2) -> None:
        self.orientations = orientations
        self.cell = cell
        self.block = block

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {"orientations": Integer(4, 12), "cell": Integer(4, 16, "log"), "block": Integer(1, 3)},
            source="Dalal and Triggs, Histograms of Oriented Gradients, CVPR 2005, section 6",
        )

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features) in [0, 1], ordered by block, cell, orientation."""
        images = as_images(X)
        cell = self.cell or cell_size(images.shape[1], images.shape[2])
        step = max(1, CHUNK_PIXELS // max(1, images[0].size)) if len(images) else 1
        chunks = [
            self._describe(images[start : start + step], cell)
            for start in range(0, max(1, len(images)), step)
        ]
        return np.concatenate(chunks)

    def _describe(self, images: npt.NDArray[np.uint8], cell: int) -> npt.NDArray[np.float32]:
        bins, magnitudes = oriented_gradients(images, self.orientations)
        cells = _sum_cells(bins, magnitudes, cell, self.orientations)
        return _normalise_blocks(cells, self.block)


def cell_size(height: int, width: int) -> int:
    """Return the side of a cell in pixels: a seventh of the image's shorter side, within 2..16."""
    shorter = min(height, width)
    return max(1, min(shorter, max(2, min(16, shorter // 7))))


def _sum_cells(
    bins: npt.NDArray[np.uint8], magnitudes: npt.NDArray[np.float64], cell: int, orientations: int
) -> npt.NDArray[np.float64]:
    """Return mean magnitude by cell and bin, (n_samples, cell rows, cell columns, orientations)."""
    count, height, width = bins.shape
    n_rows, n_columns = height // cell, width // cell
    rows = np.arange(n_rows * cell) // cell
    columns = np.arange(n_columns * cell) // cell
    cell_index = (np.arange(count)[:, None, None] * n_rows + rows[:, None]) * n_columns + columns
    inside_cells = np.s_[:, : n_rows * cell, : n_columns * cell]
    index = cell_index * orientations + bins[inside_cells]
    size = count * n_rows * n_columns * orientations
    sums = np.bincount(index.ravel(), magnitudes[inside_cells].ravel(), minlength=size)
    return sums.reshape(count, n_rows, n_columns, orientations) / cell**2


def block_grid(
    images: npt.NDArray[np.uint8], cell: int, orientations: int, block: int = 2
) -> npt.NDArray[np.float32]:
    """Return normalised blocks by position, float32 (n_samples, rows, columns, n_values)."""
    bins, magnitudes = oriented_gradients(images, orientations)
    blocks = _blocks(_sum_cells(bins, magnitudes, cell, orientations), block)
    return blocks.astype(np.float32)


def _normalise_blocks(cells: npt.NDArray[np.float64], block: int) -> npt.NDArray[np.float32]:
    """Return normalised blocks, one flat row an image."""
    return _blocks(cells, block).reshape(len(cells), -1).astype(np.float32)


def _blocks(cells: npt.NDArray[np.float64], block: int) -> npt.NDArray[np.float64]:
    """Return overlapping blocks, each scaled to length 1, clipped and scaled again."""
    window = (min(block, cells.shape[1]), min(block, cells.shape[2]))
    view: Any = sliding_window_view  # its published type knows one axis only
    blocks = np.moveaxis(view(cells, window, axis=(1, 2)), 3, 5)
    flat = blocks.reshape(*blocks.shape[:3], -1)
    flat = np.minimum(_unit(flat), CLIP)
    return _unit(flat)


def _unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.sqrt(np.einsum("...i,...i->...", vectors, vectors) + EPSILON**2)
    return np.asarray(vectors / lengths[..., None])
