"""Encoding of masks and boxes for networks, and decoding of their outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff.problems.boxes import suppress
from bakeoff_keras.errors import RowsError
from bakeoff_keras.target import TWO, NetworkTarget

LEAST_SCORE = 0.02
"""Least score of a predicted box."""
MOST_OVERLAP = 0.5
MOST_BOXES = 100
COLUMNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskTarget(NetworkTarget):
    """Encoder of masks, one class per pixel; `classes` are the codes in training masks."""

    @classmethod
    def of_masks(cls, y: Any) -> MaskTarget:
        """Return an encoder of masks, uint8 (n_samples, height, width).

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
        """Number of class probabilities per pixel."""
        return len(self.codes)

    @property
    def codes(self) -> npt.NDArray[Any]:
        """Class codes in the order of the outputs."""
        return np.asarray(self.classes)

    @property
    def kind(self) -> str:
        """Kind of target, `pixels`."""
        return "pixels"

    @property
    def words(self) -> str:
        """Description of the target, for messages and records."""
        return f"masks with {self.n_outputs} classes"

    def known(self, y: Any) -> npt.NDArray[np.bool_]:
        """Return which masks have only classes of the training masks, bool (n_samples,)."""
        return np.array([bool(np.isin(np.unique(mask), self.codes).all()) for mask in y], bool)

    def encode(self, y: Any) -> npt.NDArray[Any]:
        """Return positions in `classes`, uint8 (n_samples, height, width)."""
        return np.searchsorted(self.codes, np.asarray(y)).astype(np.uint8)

    def masks(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Return the most probable class of each pixel, uint8 (n_samples, height, width)."""
        return np.asarray(self.codes[outputs.argmax(axis=-1)], np.uint8)

    def score(self, encoded: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> float:
        """Compute the mean intersection over union; 1 is perfect, NaN without rows."""
        if len(encoded) == 0:
            return float("nan")
        n = self.n_outputs
        pairs = encoded.astype(np.int64) * n + outputs.argmax(axis=-1)
        counts = np.bincount(pairs.ravel(), minlength=n * n).reshape(n, n)
        intersection = counts.diagonal()
        union = counts.sum(axis=0) + counts.sum(axis=1) - intersection
        return float((intersection[union > 0] / union[union > 0]).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxTarget(NetworkTarget):
    """Encoder of boxes on a grid of square cells; a box belongs to the cell of its centre.

    Args:
        classes: class codes of the training boxes.
        stride: side of a cell in pixels.
        shape: height and width of images in pixels.
    """

    stride: int = 8
    shape: tuple[int, int] = (64, 64)

    @classmethod
    def of_boxes(cls, y: Any, *, stride: int, shape: tuple[int, int]) -> BoxTarget:
        """Return an encoder of boxes, object (n_samples,) of float32 (n_boxes, 5).

        Raises:
            RowsError: no boxes at all, or arrays of another shape.
        """
        for boxes in y:
            if np.ndim(boxes) != 2 or np.shape(boxes)[1] != COLUMNS:  # noqa: PLR2004  a matrix
                message = f"expected boxes (n, {COLUMNS}) of each image; got {np.shape(boxes)}."
                raise RowsError(message)
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
        """Number of outputs of a cell: objectness, position and size, and the classes."""
        return 5 + len(self.codes)

    @property
    def grid(self) -> tuple[int, int]:
        """Numbers of rows and columns of cells."""
        return -(-self.shape[0] // self.stride), -(-self.shape[1] // self.stride)

    @property
    def kind(self) -> str:
        """Kind of target, `boxes`."""
        return "boxes"

    @property
    def words(self) -> str:
        """Description of the target, for messages and records."""
        return f"boxes of {len(self.codes)} classes"

    def known(self, y: Any) -> npt.NDArray[np.bool_]:
        """Return which images have only classes of the training boxes, bool (n_samples,)."""
        return np.array([bool(np.isin(boxes[:, 4], self.codes).all()) for boxes in y], bool)

    def encode(self, y: Any) -> npt.NDArray[np.float32]:
        """Return cells, float32 (n_samples, rows, columns, 6).

        A cell holds: 1 if it has a box; position of the class in `classes`; the box's centre within
        the cell in [0, 1]; logarithms of width and height over `stride`. Of two boxes in one cell
        the smaller one is kept.
        """
        cells = np.zeros((len(y), *self.grid, 6), np.float32)
        for i, boxes in enumerate(y):
            largest_first = np.argsort(-boxes[:, 2] * boxes[:, 3], kind="stable")
            for x, y_, width, height, code in boxes[largest_first]:
                centre = (x + width / 2) / self.stride, (y_ + height / 2) / self.stride
                column, row = (
                    min(int(centre[0]), self.grid[1] - 1),
                    min(int(centre[1]), self.grid[0] - 1),
                )
                size = np.log(np.array([width, height]) / self.stride)
                class_position = np.searchsorted(self.codes, code)
                cells[i, row, column] = [
                    1,
                    class_position,
                    centre[0] - column,
                    centre[1] - row,
                    *size,
                ]
        return cells

    def boxes(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
        """Decode outputs to boxes, object (n_samples,) of float32 (n_boxes, 6), best first."""
        rows, columns = np.mgrid[: self.grid[0], : self.grid[1]]
        cells = outputs.astype(np.float64)
        objectness, classes = _sigmoid(cells[..., 0]), _softmax(cells[..., 5:])
        centres = _sigmoid(cells[..., 1:3]) + np.stack([columns, rows], axis=-1)
        sizes = np.exp(np.clip(cells[..., 3:5], -6.0, 6.0))
        corners, ends = (centres - sizes / 2) * self.stride, (centres + sizes / 2) * self.stride
        limit = np.array(self.shape[::-1], np.float64)
        corners, ends = np.clip(corners, 0, limit), np.clip(ends, 0, limit)
        best = classes.argmax(axis=-1)
        score = objectness * classes.max(axis=-1)
        columns_of_boxes = [corners, ends - corners, self.codes[best][..., None], score[..., None]]
        boxes = np.empty(len(cells), dtype=object)
        for i, image in enumerate(np.concatenate(columns_of_boxes, axis=-1)):
            likely = image[score[i] >= LEAST_SCORE]
            boxes[i] = suppress(likely, most_overlap=MOST_OVERLAP, most=MOST_BOXES)
        return boxes

    def score(self, encoded: npt.NDArray[Any], outputs: npt.NDArray[Any]) -> float:
        """Compute F1 of cells: a box is present and of the right class; NaN without rows."""
        if len(encoded) == 0:
            return float("nan")
        has_box, predicted_box = encoded[..., 0] > 0, outputs[..., 0] > 0
        right = has_box & predicted_box & (outputs[..., 5:].argmax(axis=-1) == encoded[..., 1])
        return float(2 * right.sum() / max(1, has_box.sum() + predicted_box.sum()))


def _sigmoid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0))))


def _softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
