"""Raw pixels, intensity and colour histograms, and the union of all manual image features."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, Union, matrix
from bakeoff_classic._images import IMAGE_DIMS, as_grey, as_images
from bakeoff_classic.edges import Edges
from bakeoff_classic.hog import Hog
from bakeoff_classic.lbp import Lbp


class RawImage(FeatureTransformer):
    """Pixels divided by 255, flattened row by row, channels last.

    Source:
        LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
        Recognition", Proceedings of the IEEE 86(11), 1998: pixels as the baseline's input.
    """

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, height * width * channels) in [0, 1]."""
        images = as_images(X)
        return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


class Histogram(FeatureTransformer):
    """Intensity histogram, and for colour images histograms of RGB, hue and saturation.

    Args:
        bins: bins of intensity, hue and saturation each; channels have half as many. Even, 2..256.

    Source:
        Swain and Ballard, "Color Indexing", International Journal of Computer Vision 7, 1991.
        The number of bins is chosen here.
    """

    def __init__(self, *, bins: int = 32) -> None:
        self.bins = bins

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"bins": Integer(8, 64, "log")}, source="chosen here")

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features) in [0, 1]; each histogram's bins sum to 1."""
        images = as_images(X)
        blocks = [_shares(as_grey(images), self.bins)]
        if images.shape[3] == IMAGE_DIMS - 1:
            blocks += [_shares(images[..., c], self.bins // 2) for c in range(3)]
            blocks += [_shares(plane, self.bins) for plane in _hue_and_saturation(images)]
        return np.hstack(blocks)


def _shares(planes: npt.NDArray[np.uint8], bins: int) -> npt.NDArray[np.float32]:
    """Return a normalised histogram over 0..255 of each plane, float32 (n_samples, bins)."""
    count = len(planes)
    index = planes.reshape(count, -1).astype(np.int64) * bins // 256
    index += np.arange(count)[:, None] * bins
    counts = np.bincount(index.ravel(), minlength=count * bins).reshape(count, bins)
    return matrix(counts / max(1, index.shape[1]))


def _hue_and_saturation(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.uint8]]:
    from skimage.color import rgb2hsv

    planes = np.floor(rgb2hsv(images)[..., :2] * 255.999)
    return [planes[..., 0].astype(np.uint8), planes[..., 1].astype(np.uint8)]


class ManualImage(Union):
    """Union of HOG, local binary patterns, histograms, and edge and zoning statistics.

    Source:
        Each member names its own; putting descriptors side by side follows Gehler and Nowozin,
        "On Feature Combination for Multiclass Object Classification", ICCV 2009 (the average
        of kernels as the baseline that is hard to beat).
    """

    def _members(self) -> tuple[FeatureTransformer, ...]:
        return (Hog(), Lbp(), Histogram(), Edges())
