"""Problem types of images: segmentation masks and bounding boxes.

Masks of all images would fill the disk, so only pixel counts of each image are stored, from which
every metric of masks follows, and `N_EXAMPLES` masks of the test part as examples. All boxes are
stored, concatenated with offsets, see `ragged`. The images of the examples are stored as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.errors import DivergedError
from bakeoff.problems.base import Problem
from bakeoff.problems.predictions import (
    PredictionError,
    Predictions,
    as_array,
    expect_codes,
    expect_shape,
)
from bakeoff.problems.ragged import pack

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff.problems.base import Arrays
    from bakeoff.records import Task

N_EXAMPLES = 10
"""Number of test images of a split that are stored as examples, the first ones."""

TRUE_COLUMNS, FOUND_COLUMNS = 5, 6


def confusion(y_true: Any, y_pred: Any, n_classes: int) -> npt.NDArray[np.int64]:
    """Return the pixels of each image counted by true (row) and predicted (column) class.

    Args:
        y_true: uint8 (n_samples, height, width), codes in 0..n_classes-1.
        y_pred: the same shape.
        n_classes: number of classes.

    Returns:
        int64 (n_samples, n_classes, n_classes).

    Raises:
        ValueError: the shapes differ, or a code is out of range.
    """
    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    if true.shape != predicted.shape:
        raise ValueError(f"expected masks of shape {true.shape}; got {predicted.shape}.")
    if true.size and max(true.max(), predicted.max()) >= n_classes:
        raise ValueError(f"expected class codes in 0..{n_classes - 1}.")
    cells = true.astype(np.int64) * n_classes + predicted
    counts = [np.bincount(image.ravel(), minlength=n_classes**2) for image in cells]
    return np.array(counts, dtype=np.int64).reshape(len(true), n_classes, n_classes)


class Masks(Problem):
    """`segmentation`: one class code for each pixel."""

    default_metric = "mean_iou"
    uses = ("masks",)

    def faults(self, y: Any, X: Any, n_classes: int) -> str:
        """Return a message unless there is one mask for each image, of its size."""
        if y is None or np.asarray(y).dtype != np.uint8:
            return "expected y to hold masks, uint8 codes of the classes"
        expected = tuple(np.shape(X)[:3])
        if np.shape(y) != expected:
            return f"expected masks of shape {expected}; got {np.shape(y)}"
        if int(np.max(y)) >= n_classes:
            return f"expected class codes in 0..{n_classes - 1}; got {int(np.max(y))}"
        return ""

    def check(
        self,
        answer: Any,
        estimator: Any,  # noqa: ARG002  see the base
        task: Task,
        n_rows: int,
        size: tuple[int, ...] = (),
    ) -> Predictions:
        """Return checked masks, one code for each pixel of every image."""
        array = as_array(answer)
        expect_shape(array, (n_rows, *(size or array.shape[1:3])))
        expect_codes(array, task.n_classes)
        return Predictions(masks=array.astype(np.uint8))

    def kept_predictions(
        self, part: str, predictions: Predictions, y: Any, n_classes: int
    ) -> Arrays:
        """Return `PART_counts` of `confusion`, and `test_examples`."""
        arrays = {f"{part}_counts": confusion(y, predictions.masks, n_classes)}
        if part == "test" and predictions.masks is not None:
            arrays["test_examples"] = predictions.masks[:N_EXAMPLES]
        return arrays

    def kept_truths(self, part: str, y: Any, X: Any, rows: npt.NDArray[np.int64]) -> Arrays:
        """Return masks and images of the examples; the stored counts cover all other images."""
        if part != "test":
            return {}
        return {"test_examples": np.asarray(y[:N_EXAMPLES]), "test_images": _examples(X, rows)}


class Boxes(Problem):
    """`recognition`: any number of boxes for each image, each with its class."""

    default_metric = "map50_95"
    uses = ("boxes",)

    def faults(self, y: Any, X: Any, n_classes: int) -> str:
        """Return a message unless each image has boxes (n_boxes, 5) within it, of positive size."""
        if y is None or np.asarray(y, dtype=object).ndim != 1:
            return "expected y to hold one array of boxes an image"
        height, width = np.shape(X)[1:3]
        for i, boxes in enumerate(y):
            if np.ndim(boxes) != 2 or boxes.shape[1] != TRUE_COLUMNS:  # noqa: PLR2004  a matrix
                return f"expected boxes of shape (n, {TRUE_COLUMNS}); got {np.shape(boxes)}"
            fault = _box_fault(boxes, height, width, n_classes)
            if fault:
                return f"{fault} in image {i}"
        return ""

    def check(
        self,
        answer: Any,
        estimator: Any,  # noqa: ARG002  see the base
        task: Task,
        n_rows: int,
        size: tuple[int, ...] = (),  # noqa: ARG002
    ) -> Predictions:
        """Return checked boxes, float32 (n_boxes, 6) for each image; (0, 6) without boxes."""
        try:
            n_answers = len(answer)
        except TypeError:
            message = f"expected one array of boxes an image; got {type(answer).__name__}."
            raise PredictionError(message) from None
        if n_answers != n_rows:
            message = f"expected boxes of {n_rows} images; got {n_answers}."
            raise PredictionError(message)
        checked = np.empty(n_rows, dtype=object)
        for i, boxes in enumerate(answer):
            checked[i] = _checked_boxes(boxes, task.n_classes)
        return Predictions(boxes=checked)

    def kept_predictions(
        self,
        part: str,
        predictions: Predictions,
        y: Any,  # noqa: ARG002  see the base
        n_classes: int,  # noqa: ARG002
    ) -> Arrays:
        """Return `PART_boxes` (n_boxes, 6) of all images, and `PART_offsets`."""
        return _packed(part, predictions.boxes)

    def kept_truths(self, part: str, y: Any, X: Any, rows: npt.NDArray[np.int64]) -> Arrays:
        """Return `PART_boxes` (n_boxes, 5) and `PART_offsets`, and images of the examples."""
        arrays = _packed(part, y)
        return arrays | {"test_images": _examples(X, rows)} if part == "test" else arrays


def _examples(X: Any, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    return np.asarray(X[rows[:N_EXAMPLES]])


def _packed(part: str, boxes: Any) -> Arrays:
    flat, offsets = pack(boxes)
    return {f"{part}_boxes": flat, f"{part}_offsets": offsets}


def _box_fault(boxes: npt.NDArray[Any], height: int, width: int, n_classes: int) -> str:
    if not np.isfinite(boxes).all():
        return "a box that is not finite"
    x, y, w, h, code = boxes.T
    if (w <= 0).any() or (h <= 0).any():
        return "a box without width or height"
    if (x < 0).any() or (y < 0).any() or (x + w > width).any() or (y + h > height).any():
        return f"a box outside its {width} x {height} pixels"
    if (code != np.floor(code)).any() or (code < 0).any() or (code >= n_classes).any():
        return f"a box whose class is not in 0..{n_classes - 1}"
    return ""


def _checked_boxes(answer: Any, n_classes: int) -> npt.NDArray[np.float32]:
    array = as_array(answer)
    if array.size == 0:
        return np.zeros((0, FOUND_COLUMNS), np.float32)
    expect_shape(array, (len(array) if array.ndim else 0, FOUND_COLUMNS))
    if (array[:, 2:4] < 0).any():
        raise PredictionError("expected boxes with width and height of 0 or more.")
    expect_codes(array[:, 4], n_classes)
    boxes = array.astype(np.float32)
    if not np.isfinite(boxes).all():
        raise DivergedError("a predicted box is beyond the range of float32.")
    return boxes
