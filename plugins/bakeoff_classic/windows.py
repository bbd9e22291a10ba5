"""Object recognition by HOG features in a sliding window and a linear SVM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from bakeoff.problems.boxes import overlaps, suppress
from bakeoff_classic._images import as_images
from bakeoff_classic.hog import block_grid

CELL, CELLS, ORIENTATIONS = 4, 6, 9
"""A window is 6 x 6 cells of 4 x 4 pixels after resizing, and moves by a cell."""

BLOCKS = CELLS - 1
LEAST_OVERLAP, MOST_GROUND = 0.6, 0.3
"""Least overlap with a box for an object window, and largest overlap for a background window."""
MOST_SAME, MOST_BOXES = 0.3, 100
LEAST_MARGIN = -1.0
GROUND = -1


@dataclass(kw_only=True, eq=False, repr=False)
class HogWindow(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Sliding windows of several shapes with HOG, a linear SVM and non-maximum suppression.

    The shapes are the centres of groups of the training boxes' widths and heights. Training takes
    the windows that overlap a box by 0.6 and random background windows; a second round adds the
    background windows that the first SVM scored highest.

    Args:
        n_shapes: shapes of windows, at least 1.
        n_ground: background windows per training image, and hard negatives in the second
            round, at least 1.
        C: inverse of the strength of L2, above 0.
        random_state: seed of shapes, windows and SVM.

    Source:
        Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", 2005, with its
        second round on hard negatives. Sizes and overlaps are chosen here.
    """

    n_shapes: int = 6
    n_ground: int = 20
    C: float = 0.1
    random_state: int | None = None

    def fit(self, X: Any, y: Any) -> Self:
        """Train on images uint8 (n, height, width, channels) and boxes (n_boxes, 5) of each.

        Raises:
            ValueError: no boxes, another number of images, or a parameter out of range.
        """
        images = as_images(X)
        for name in ("n_shapes", "n_ground"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected {name} of at least 1; got {getattr(self, name)!r}.")
        if len(images) != len(y):
            raise ValueError(f"expected boxes of {len(images)} images; got {len(y)}.")
        boxes = np.concatenate([np.asarray(image_boxes).reshape(-1, 5) for image_boxes in y])
        if not len(boxes):
            raise ValueError("expected at least one box; got none in any image.")
        rng = np.random.default_rng(self.random_state)
        self.shapes_ = self._group(boxes[:, 2:4])
        self.classes_ = np.unique(boxes[:, 4]).astype(np.int64)
        rows, codes = self._windows(images, y, rng)
        self._train(rows, codes)
        hard = self._hard(images, y)
        if len(hard):
            ground = np.full(len(hard), GROUND)
            self._train(np.concatenate([rows, hard]), np.concatenate([codes, ground]))
        self.n_features_in_ = images.shape[1]
        return self

    def _group(self, sizes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Cluster box sizes; return widths and heights of windows, float64 (n_shapes, 2)."""
        from sklearn.cluster import KMeans

        n_shapes = min(self.n_shapes, len(np.unique(sizes, axis=0)))
        groups = KMeans(n_shapes, n_init=1, random_state=self.random_state).fit(sizes)
        return np.maximum(np.asarray(groups.cluster_centers_, np.float64), CELLS)

    def _windows(
        self, images: npt.NDArray[np.uint8], y: Any, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Return training windows and their classes, `GROUND` for background."""
        rows, codes = [], []
        for shape in self.shapes_:
            features, window_boxes = _described(images, shape)
            n_per_shape = max(1, self.n_ground // len(self.shapes_))
            for i, boxes in enumerate(y):
                overlap = (
                    overlaps(window_boxes, boxes)
                    if len(boxes)
                    else np.zeros((len(window_boxes), 1))
                )
                best = overlap.max(axis=1)
                objects = np.flatnonzero(best >= LEAST_OVERLAP)
                ground = np.flatnonzero(best <= MOST_GROUND)
                ground = rng.choice(ground, min(n_per_shape, len(ground)), replace=False)
                rows.append(features[i, np.concatenate([objects, ground])])
                labels = boxes[overlap[objects].argmax(axis=1), 4] if len(objects) else []
                codes += [*np.asarray(labels, np.int64), *[GROUND] * len(ground)]
        return np.concatenate(rows), np.array(codes, np.int64)

    def _train(self, rows: npt.NDArray[np.float32], codes: npt.NDArray[np.int64]) -> None:
        """Fit one linear SVM a class, against all other classes and the background."""
        from sklearn.svm import LinearSVC

        self.machines_ = [
            LinearSVC(C=self.C, class_weight="balanced", random_state=self.random_state).fit(
                rows, codes == code
            )
            if 0 < (codes == code).sum() < len(codes)
            else None
            for code in self.classes_
        ]

    def _hard(self, images: npt.NDArray[np.uint8], y: Any) -> npt.NDArray[np.float32]:
        """Return the background windows with the highest scores (hard negatives)."""
        hard = [np.zeros((0, BLOCKS * BLOCKS * 4 * ORIENTATIONS), np.float32)]
        n_per_shape = max(1, self.n_ground // len(self.shapes_))
        for shape in self.shapes_:
            features, window_boxes = _described(images, shape)
            for i, boxes in enumerate(y):
                margins = self._margins(features[i]).max(axis=1)
                if len(boxes):
                    margins[overlaps(window_boxes, boxes).max(axis=1) > MOST_GROUND] = -np.inf
                highest = np.argsort(-margins, kind="stable")[:n_per_shape]
                hard.append(features[i, highest[margins[highest] > LEAST_MARGIN]])
        return np.concatenate(hard)

    def _margins(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return decision values of windows for each class, float64 (n_windows, n_classes)."""
        return np.stack(
            [
                np.full(len(rows), -np.inf)
                if machine is None
                else np.asarray(machine.decision_function(rows))
                for machine in self.machines_
            ],
            axis=1,
        )

    def predict(self, X: Any) -> npt.NDArray[np.object_]:
        """Predict boxes, object (n_samples,) of float32 (n_boxes, 6), by descending score."""
        check_is_fitted(self, "machines_")
        images = as_images(X)
        candidates: list[list[npt.NDArray[np.float64]]] = [[] for _ in images]
        for shape in self.shapes_:
            features, window_boxes = _described(images, shape)
            for i in range(len(images)):
                margins = self._margins(features[i])
                best = margins.argmax(axis=1)
                score = margins[np.arange(len(best)), best]
                likely = score > LEAST_MARGIN
                parts = window_boxes[likely], self.classes_[best[likely]], score[likely]
                candidates[i].append(np.column_stack(parts).astype(np.float64))
        boxes = np.empty(len(images), dtype=object)
        for i, windows in enumerate(candidates):
            image_boxes = np.concatenate(windows) if windows else np.zeros((0, 6))
            boxes[i] = suppress(image_boxes, most_overlap=MOST_SAME, most=MOST_BOXES)
        return boxes


def _described(
    images: npt.NDArray[np.uint8], shape: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Compute HOG features and boxes of all windows of one shape.

    Args:
        images: uint8 (n_samples, height, width, channels).
        shape: width and height of the window in pixels.

    Returns:
        Gradient histograms, float32 (n_samples, n_windows, n_features), and the windows' x, y,
        width and height in the images' pixels, float64 (n_windows, 4).
    """
    height, width = images.shape[1:3]
    side = CELL * CELLS
    box = np.minimum(shape, [width, height])
    size = [
        max(side, round(side * length / box_length))
        for length, box_length in zip((width, height), box, strict=True)
    ]
    blocks = block_grid(_resized(images, size), CELL, ORIENTATIONS)
    view: Any = sliding_window_view  # its published type knows one axis only
    windows = view(blocks, (BLOCKS, BLOCKS), axis=(1, 2))
    n_rows, n_columns = windows.shape[1:3]
    features = np.moveaxis(windows, 3, 5).reshape(len(images), n_rows * n_columns, -1)
    scale = np.array([width / size[0], height / size[1]])
    rows, columns = np.mgrid[:n_rows, :n_columns].reshape(2, -1) * CELL
    corners = np.column_stack([columns, rows]) * scale
    return features.astype(np.float32), np.column_stack(
        [corners, np.tile(side * scale, (len(corners), 1))]
    )


def _resized(images: npt.NDArray[np.uint8], size: list[int]) -> npt.NDArray[np.uint8]:
    """Resize images to width and height `size`."""
    from PIL import Image

    resized = np.empty((len(images), size[1], size[0], images.shape[3]), np.uint8)
    for i, image in enumerate(images):
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        scaled = picture.resize((size[0], size[1]), Image.Resampling.BILINEAR)
        resized[i] = np.asarray(scaled).reshape(resized.shape[1:])
    return resized
