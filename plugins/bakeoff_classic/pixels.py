"""Segmentation by a random forest on manual features of each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from bakeoff_classic._images import as_grey, as_images

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK_PIXELS = 500_000
"""Pixels whose features are computed and classified at once."""


@dataclass(kw_only=True, eq=False, repr=False)
class PixelForest(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Random forest on multi-scale features of each pixel and its surroundings.

    A pixel is described by its own values and, at each scale, by the smoothed grey value, the
    strength of the edge, the two principal curvatures and the local spread. Training draws at
    most `max_pixels` pixels, the same number of each class where there are enough.

    Args:
        scales: standard deviations of the smoothing in pixels, each above 0.
        n_trees: trees, at least 1.
        min_leaf: least pixels of a leaf, at least 1.
        max_pixels: most pixels of the training images, at least 100.
        n_jobs: threads.
        random_state: seed of pixels and trees.

    Source:
        Arganda-Carreras et al., "Trainable Weka Segmentation: a machine learning tool for
        microscopy pixel classification", 2017. Scales and sizes are chosen here.
    """

    scales: Sequence[float] = (1.0, 2.0, 4.0, 8.0)
    n_trees: int = 40
    min_leaf: int = 5
    max_pixels: int = 30_000
    n_jobs: int = 1
    random_state: int | None = None

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on pixels of images uint8 (n, height, width, channels) and their masks.

        Raises:
            ValueError: masks that don't fit the images, one class alone, or a parameter out of
                range.
        """
        from sklearn.ensemble import RandomForestClassifier

        images, masks = as_images(X), np.asarray(y)
        if masks.shape != images.shape[:3]:
            message = f"expected masks of shape {images.shape[:3]}; got {masks.shape}."
            raise ValueError(message)
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(f"expected scales above 0; got {self.scales!r}.")
        self.classes_ = np.unique(masks)
        if len(self.classes_) < 2:  # noqa: PLR2004  to tell apart
            raise ValueError("expected masks of at least two classes; got one class.")
        pixels = self._choose(masks)
        features, codes = [], []
        for start, stop in _chunks(images):
            inside = pixels[(pixels >= start * masks[0].size) & (pixels < stop * masks[0].size)]
            if len(inside):
                chunk_features = describe(images[start:stop], self.scales)
                features.append(chunk_features[inside - start * masks[0].size])
                codes.append(masks.ravel()[inside])
        self.forest_ = RandomForestClassifier(
            self.n_trees,
            min_samples_leaf=self.min_leaf,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        ).fit(np.concatenate(features), np.concatenate(codes))
        self.n_features_in_ = images.shape[1]
        return self

    def _choose(self, masks: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Draw the training pixels; return their positions in the flat masks, ascending."""
        rng = np.random.default_rng(self.random_state)
        flat, n_per_class = masks.ravel(), max(1, self.max_pixels // len(self.classes_))
        chosen = []
        for code in self.classes_:
            positions = np.flatnonzero(flat == code)
            chosen.append(rng.choice(positions, min(n_per_class, len(positions)), replace=False))
        return np.sort(np.concatenate(chosen))

    def predict(self, X: Any) -> npt.NDArray[np.uint8]:
        """Predict masks, uint8 (n_samples, height, width)."""
        check_is_fitted(self, "forest_")
        images = as_images(X)
        masks = np.empty(images.shape[:3], np.uint8)
        for start, stop in _chunks(images):
            codes = self.forest_.predict(describe(images[start:stop], self.scales))
            masks[start:stop] = codes.reshape(stop - start, *images.shape[1:3])
        return masks


def describe(images: npt.NDArray[np.uint8], scales: Sequence[float]) -> npt.NDArray[np.float32]:
    """Compute pixel features, float32 (n_images * height * width, channels + 5 * n_scales)."""
    from scipy import ndimage

    grey = as_grey(images).astype(np.float32)
    planes = [images[..., channel].astype(np.float32) for channel in range(images.shape[3])]
    for scale in scales:
        sigma = (0.0, scale, scale)

        def derived(*order: int, sigma: tuple[float, ...] = sigma) -> npt.NDArray[np.float32]:
            return np.asarray(ndimage.gaussian_filter(grey, sigma, order=(0, *order)), np.float32)

        smooth = derived(0, 0)
        planes += [smooth, np.hypot(derived(1, 0), derived(0, 1))]
        rows, columns, mixed = derived(2, 0), derived(0, 2), derived(1, 1)
        middle, spread = (rows + columns) / 2, np.hypot((rows - columns) / 2, mixed)
        planes += [middle + spread, middle - spread]
        squares = np.asarray(ndimage.gaussian_filter(grey**2, sigma), np.float32)
        planes.append(np.sqrt(np.maximum(squares - smooth**2, 0)))
    return np.stack([plane.ravel() for plane in planes], axis=1).astype(np.float32)


def _chunks(images: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    step = max(1, CHUNK_PIXELS // max(1, images[0, :, :, 0].size)) if len(images) else 1
    starts = range(0, len(images), step)
    return [(start, min(start + step, len(images))) for start in starts]
