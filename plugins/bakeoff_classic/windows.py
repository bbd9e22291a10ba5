"""Recognition by hand-made features: gradient histograms in a sliding window, a linear SVM."""

from __future__ import annotations

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
"""Overlap with a box from which a window shows its thing, and up to which it shows ground."""
MOST_SAME, MOST_BOXES = 0.3, 100
LEAST_MARGIN = -1.0
GROUND = -1


class HogWindow(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Gradient histograms in windows of several shapes, a linear SVM, non-maximum suppression.

    The shapes are the centres of groups of the training boxes' widths and heights. Training takes
    the windows that overlap a box by 0.6, random windows of ground, and then, once more, those of
    ground that the first machine liked best.

    Args:
        n_shapes: shapes of windows, at least 1.
        n_ground: windows of ground per training image, and hard ones in the second round, at
            least 1.
        C: inverse of the strength of L2, above 0.
        random_state: seed of shapes, windows and machine.

    Source:
        Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", 2005, with its
        second round on hard negatives. Sizes and overlaps are chosen here.
    """

    def __init__(
        self,
        *,
        n_shapes: int = 6,
        n_ground: int = 20,
        C: float = 0.1,
        random_state: int | None = None,
    ) -> None:
        self.n_shapes = n_shapes
        self.n_ground = n_ground
        self.C = C
        self.random_state = random_state

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
        boxes = np.concatenate([np.asarray(one).reshape(-1, 5) for one in y])
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
        """Widths and heights of windows, float64 (n_shapes, 2)."""
        from sklearn.cluster import KMeans

        n_shapes = min(self.n_shapes, len(np.unique(sizes, axis=0)))
        groups = KMeans(n_shapes, n_init=1, random_state=self.random_state).fit(sizes)
        return np.maximum(np.asarray(groups.cluster_centers_, np.float64), CELLS)

    def _windows(
        self, images: npt.NDArray[np.uint8], y: Any, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Windows to learn from, and the class of each, `GROUND` where it shows none."""
        rows, codes = [], []
        for shape in self.shapes_:
            found, places = _described(images, shape)
            each = max(1, self.n_ground // len(self.shapes_))
            for i, boxes in enumerate(y):
                shared = overlaps(places, boxes) if len(boxes) else np.zeros((len(places), 1))
                best = shared.max(axis=1)
                things = np.flatnonzero(best >= LEAST_OVERLAP)
                ground = np.flatnonzero(best <= MOST_GROUND)
                ground = rng.choice(ground, min(each, len(ground)), replace=False)
                rows.append(found[i, np.concatenate([things, ground])])
                told = boxes[shared[things].argmax(axis=1), 4] if len(things) else []
                codes += [*np.asarray(told, np.int64), *[GROUND] * len(ground)]
        return np.concatenate(rows), np.array(codes, np.int64)

    def _train(self, rows: npt.NDArray[np.float32], codes: npt.NDArray[np.int64]) -> None:
        """One machine a class, against all other classes and the ground."""
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
        """Windows of ground that the machines like best."""
        hard = [np.zeros((0, BLOCKS * BLOCKS * 4 * ORIENTATIONS), np.float32)]
        each = max(1, self.n_ground // len(self.shapes_))
        for shape in self.shapes_:
            found, places = _described(images, shape)
            for i, boxes in enumerate(y):
                margins = self._margins(found[i]).max(axis=1)
                if len(boxes):
                    margins[overlaps(places, boxes).max(axis=1) > MOST_GROUND] = -np.inf
                liked = np.argsort(-margins, kind="stable")[:each]
                hard.append(found[i, liked[margins[liked] > LEAST_MARGIN]])
        return np.concatenate(hard)

    def _margins(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Signed distance of each window for each class, float64 (n_windows, n_classes)."""
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
        """Boxes, object (n_samples,) of float32 (n_boxes, 6), the best-scored first."""
        check_is_fitted(self, "machines_")
        images = as_images(X)
        told: list[list[npt.NDArray[np.float64]]] = [[] for _ in images]
        for shape in self.shapes_:
            found, places = _described(images, shape)
            for i in range(len(images)):
                margins = self._margins(found[i])
                best = margins.argmax(axis=1)
                score = margins[np.arange(len(best)), best]
                likely = score > LEAST_MARGIN
                parts = places[likely], self.classes_[best[likely]], score[likely]
                told[i].append(np.column_stack(parts).astype(np.float64))
        boxes = np.empty(len(images), dtype=object)
        for i, windows in enumerate(told):
            every = np.concatenate(windows) if windows else np.zeros((0, 6))
            boxes[i] = suppress(every, most_overlap=MOST_SAME, most=MOST_BOXES)
        return boxes


def _described(
    images: npt.NDArray[np.uint8], shape: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Every window of one shape.

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
        max(side, round(side * length / b)) for length, b in zip((width, height), box, strict=True)
    ]
    blocks = block_grid(_resized(images, size), CELL, ORIENTATIONS)
    view: Any = sliding_window_view  # its published type knows one axis only
    windows = view(blocks, (BLOCKS, BLOCKS), axis=(1, 2))
    n_rows, n_columns = windows.shape[1:3]
    found = np.moveaxis(windows, 3, 5).reshape(len(images), n_rows * n_columns, -1)
    scale = np.array([width / size[0], height / size[1]])
    rows, columns = np.mgrid[:n_rows, :n_columns].reshape(2, -1) * CELL
    corners = np.column_stack([columns, rows]) * scale
    return found.astype(np.float32), np.column_stack(
        [corners, np.tile(side * scale, (len(corners), 1))]
    )


def _resized(images: npt.NDArray[np.uint8], size: list[int]) -> npt.NDArray[np.uint8]:
    """Images of width and height `size`."""
    from PIL import Image

    resized = np.empty((len(images), size[1], size[0], images.shape[3]), np.uint8)
    for i, image in enumerate(images):
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        found = picture.resize((size[0], size[1]), Image.Resampling.BILINEAR)
        resized[i] = np.asarray(found).reshape(resized.shape[1:])
    return resized
