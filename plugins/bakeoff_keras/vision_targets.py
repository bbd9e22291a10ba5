"""Masks and boxes as what a network has to predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff.problems.boxes import suppress
from bakeoff_keras.errors import RowsError
from bakeoff_keras.target import TWO, Target

LEAST_SCORE = 0.02
"""Score below which a cell's box is not told."""
MOST_OVERLAP = 0.5
MOST_BOXES = 100
COLUMNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskTarget(Target):
    """One class a pixel; `classes` are the codes that training masks hold."""

    @classmethod
    def of_masks(cls, y: Any) -> MaskTarget:
        """A target of masks, uint8 (n_samples, height, width).

        Raises:
            RowsError: no masks, or one class alone.
        """
        masks = np.asarray(y)
        if masks.ndim != 3:  # noqa: PLR2004  masks
            raise RowsError(f"expected masks (n, height, width); got shape {masks.shape}.")
        classes = np.unique(masks)
        if len(classes) < TWO:
            raise RowsError("expected masks of at least two classes; got one class.")
        return cls(classes=classes)

    @property
    def n_outputs(self) -> int:
        """Probabilities of a pixel."""
        return len(self.codes)

    @property
    def codes(self) -> npt.NDArray[Any]:
        """Class codes in the order of the outputs."""
        return np.asarray(self.classes)

    @property
    def kind(self) -> str:
        """`pixels`."""
        return "pixels"

    @property
    def words(self) -> str:
        """What it is, in words."""
        return f"masks with {self.n_outputs} classes"

    def known(self, y: Any) -> npt.NDArray[np.bool_]:
        """Which masks hold classes of the training masks alone."""
        return np.array([bool(np.isin(np.unique(mask), self.codes).all()) for mask in y], bool)

    def encode(self, y: Any) -> npt.NDArray[Any]:
        """uint8 (n_samples, height, width), places in `classes`."""
        return np.searchsorted(self.codes, np.asarray(y)).astype(np.uint8)

    def masks(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """The most probable class of each pixel."""
        return np.asarray(self.codes[outputs.argmax(axis=-1)], np.uint8)

    def score(self, encoded: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> float:
        """Mean intersection over union; 1 is perfect, NaN without rows."""
        if len(encoded) == 0:
            return float("nan")
        n = self.n_outputs
        pairs = encoded.astype(np.int64) * n + outputs.argmax(axis=-1)
        counts = np.bincount(pairs.ravel(), minlength=n * n).reshape(n, n)
        both = counts.diagonal()
        either = counts.sum(axis=0) + counts.sum(axis=1) - both
        return float((both[either > 0] / either[either > 0]).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxTarget(Target):
    """Boxes on a grid of square cells; the cell of a box's centre tells it, without anchors.

    Args:
        classes: class codes of the training boxes.
        stride: side of a cell in pixels.
        shape: height and width of images in pixels.
    """

    stride: int = 8
    shape: tuple[int, int] = (64, 64)

    @classmethod
    def of_boxes(cls, y: Any, *, stride: int, shape: tuple[int, int]) -> BoxTarget:
        """A target of boxes, object (n_samples,) of float32 (n_boxes, 5).

        Raises:
            RowsError: no boxes at all, or arrays of another shape.
        """
        for boxes in y:
            if np.ndim(boxes) != 2 or np.shape(boxes)[1] != COLUMNS:  # noqa: PLR2004  a matrix
                what = f"expected boxes (n, {COLUMNS}) of each image; got {np.shape(boxes)}."
                raise RowsError(what)
        codes = np.unique(np.concatenate([boxes[:, 4] for boxes in y]))
        if not len(codes):
            raise RowsError("expected at least one box; got none in any image.")
        return cls(classes=codes.astype(np.int64), stride=stride, shape=shape)

    @property
    def codes(self) -> npt.NDArray[Any]:
        """Class codes in the order of the outputs."""
        return np.asarray(self.classes)

    @property
    def n_outputs(self) -> int:
        """Outputs of a cell: is there a box, place and size, and the classes."""
        return 5 + len(self.codes)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return -(-self.shape[0] // self.stride), -(-self.shape[1] // self.stride)

    @property
    def kind(self) -> str:
        """`boxes`."""
        return "boxes"

    @property
    def words(self) -> str:
        """What it is, in words."""
        return f"boxes of {len(self.codes)} classes"

    def known(self, y: Any) -> npt.NDArray[np.bool_]:
        """Which images hold classes of the training boxes alone."""
        return np.array([bool(np.isin(boxes[:, 4], self.codes).all()) for boxes in y], bool)

    def encode(self, y: Any) -> npt.NDArray[np.float32]:
        """float32 (n_samples, rows, columns, 6) of cells.

        Whether it holds a box; place of its class in `classes`; its centre within the cell in
        [0, 1]; logarithms of width and height over `stride`. Of two boxes in one cell the
        smaller one is told.
        """
        cells = np.zeros((len(y), *self.grid, 6), np.float32)
        for i, boxes in enumerate(y):
            largest_first = np.argsort(-boxes[:, 2] * boxes[:, 3], kind="stable")
            for x, y_, width, height, code in boxes[largest_first]:
                at = (x + width / 2) / self.stride, (y_ + height / 2) / self.stride
                column, row = min(int(at[0]), self.grid[1] - 1), min(int(at[1]), self.grid[0] - 1)
                size = np.log(np.array([width, height]) / self.stride)
                place = np.searchsorted(self.codes, code)
                cells[i, row, column] = [1, place, at[0] - column, at[1] - row, *size]
        return cells

    def boxes(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
        """Object (n_samples,) of float32 (n_boxes, 6), the best-scored first."""
        rows, columns = np.mgrid[: self.grid[0], : self.grid[1]]
        cells = outputs.astype(np.float64)
        there, classes = _sigmoid(cells[..., 0]), _softmax(cells[..., 5:])
        centres = _sigmoid(cells[..., 1:3]) + np.stack([columns, rows], axis=-1)
        sizes = np.exp(np.clip(cells[..., 3:5], -6.0, 6.0))
        corners, ends = (centres - sizes / 2) * self.stride, (centres + sizes / 2) * self.stride
        limit = np.array(self.shape[::-1], np.float64)
        corners, ends = np.clip(corners, 0, limit), np.clip(ends, 0, limit)
        best = classes.argmax(axis=-1)
        score = there * classes.max(axis=-1)
        told = [corners, ends - corners, self.codes[best][..., None], score[..., None]]
        found = np.empty(len(cells), dtype=object)
        for i, image in enumerate(np.concatenate(told, axis=-1)):
            likely = image[score[i] >= LEAST_SCORE]
            found[i] = suppress(likely, most_overlap=MOST_OVERLAP, most=MOST_BOXES)
        return found

    def score(self, encoded: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> float:
        """F1 of cells: a box is there, and of the right class; NaN without rows."""
        if len(encoded) == 0:
            return float("nan")
        held, told = encoded[..., 0] > 0, outputs[..., 0] > 0
        right = held & told & (outputs[..., 5:].argmax(axis=-1) == encoded[..., 1])
        return float(2 * right.sum() / max(1, held.sum() + told.sum()))


def _sigmoid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0))))


def _softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
