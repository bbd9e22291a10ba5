"""Local binary patterns, counted by zone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, matrix
from bakeoff_classic._images import as_grey, zone_index

POINTS = 8
PATTERNS = POINTS + 2


class Lbp(FeatureTransformer):
    """Histograms of uniform, rotation-invariant local binary patterns by zone of a grid.

    Args:
        radii: distances of the ring in pixels, each at least 1.
        grid: zones along each side, at least 1; less where the image has fewer pixels.

    Source:
        Ojala, Pietikainen and Maenpaa, "Multiresolution Gray-Scale and Rotation Invariant Texture
        Classification with Local Binary Patterns", IEEE TPAMI 24(7), 2002 (patterns); Ahonen,
        Hadid and Pietikainen, "Face Description with Local Binary Patterns", IEEE TPAMI 28(12),
        2006 (histograms by zone). Radii and grid are chosen here.
    """

    def __init__(self, *, radii: tuple[int, ...] = (1, 2), grid: int = 3) -> None:
        self.radii = radii
        self.grid = grid

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"grid": Integer(1, 6)}, source="chosen here")

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, radii * zones * 10) in [0, 1]; shares of a zone sum to 1."""
        grey = as_grey(X)
        zones = zone_index(grey.shape[1], grey.shape[2], self.grid)
        return np.hstack([_histograms(grey, radius, zones) for radius in self.radii])


def _codes(image: npt.NDArray[np.uint8], radius: int) -> npt.NDArray[np.int64]:
    """Return the number of the uniform pattern at each pixel, int64 (height, width) in 0..9."""
    from skimage import feature

    lbp: Any = feature.local_binary_pattern
    return np.asarray(lbp(image, POINTS, radius, method="uniform"), dtype=np.int64)


def _histograms(
    grey: npt.NDArray[np.uint8], radius: int, zones: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    n_zones = int(zones.max()) + 1
    sizes = np.bincount(zones.ravel(), minlength=n_zones)
    out = np.empty((len(grey), n_zones, PATTERNS))
    for i, image in enumerate(grey):
        codes = _codes(image, radius)
        counts = np.bincount((zones * PATTERNS + codes).ravel(), minlength=n_zones * PATTERNS)
        out[i] = counts.reshape(n_zones, PATTERNS) / sizes[:, None]
    return matrix(out.reshape(len(grey), -1))
