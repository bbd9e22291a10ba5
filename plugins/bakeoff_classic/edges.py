"""Edge and zoning statistics: intensity and edge strength by region of the image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff_classic._base import FeatureTransformer, matrix
from bakeoff_classic._images import as_grey, as_images, oriented_gradients, zone_index


class Edges(FeatureTransformer):
    """Intensity and edge strength by zone, profiles along both axes, centre of mass and spread.

    By zone: mean and standard deviation of intensity, mean edge magnitude. By image: mean
    intensity of bands along the rows and along the columns, centre of mass and spread along both
    axes, share of strong edges (magnitude above a quarter of the largest possible).

    Args:
        grid: zones, and bands, along each side, at least 1; less where there are fewer pixels.

    Source:
        Trier, Jain and Taxt, "Feature Extraction Methods for Character Recognition: A Survey",
        Pattern Recognition 29(4), 1996: zoning, projections and moments. Sizes are chosen here.
    """

    def __init__(self, *, grid: int = 4) -> None:
        self.grid = grid

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features); intensities and positions lie in [0, 1]."""
        grey = as_grey(X).astype(np.float64) / 255
        _, edges = oriented_gradients(as_images(X), 1)
        edges = edges / (255 * np.sqrt(2))
        zones = zone_index(grey.shape[1], grey.shape[2], self.grid)
        mean = _by_zone(grey, zones)
        spread = np.sqrt(np.maximum(0, _by_zone(grey**2, zones) - mean**2))
        strong = (edges > 1 / 4).mean(axis=(1, 2))[:, None]
        rows, columns = grey.mean(axis=2), grey.mean(axis=1)
        profiles = [_bands(rows, self.grid * 2), _bands(columns, self.grid * 2)]
        blocks = [
            mean,
            spread,
            _by_zone(edges, zones),
            *profiles,
            _mass(rows),
            _mass(columns),
            strong,
        ]
        return matrix(np.hstack(blocks))


def _by_zone(
    planes: npt.NDArray[np.float64], zones: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the mean of each plane over each zone, (n_samples, n_zones)."""
    member = np.eye(int(zones.max()) + 1)[zones.ravel()]
    return np.asarray(planes.reshape(len(planes), -1) @ (member / member.sum(axis=0)))


def _bands(profile: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the mean of a profile (n_samples, length) over at most `count` equal bands."""
    return _by_zone(profile, zone_index(1, profile.shape[1], count))


def _mass(profile: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return centre and standard deviation of each profile along its axis; 0.5 and 0 if empty."""
    positions = (np.arange(profile.shape[1]) + 0.5) / profile.shape[1]
    total = profile.sum(axis=1)
    weights = profile / np.where(total > 0, total, 1)[:, None]
    centre = np.where(total > 0, weights @ positions, 0.5)
    variance = (weights * (positions - centre[:, None]) ** 2).sum(axis=1)
    return np.column_stack([centre, np.sqrt(variance)])
