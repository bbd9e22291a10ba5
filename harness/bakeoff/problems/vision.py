"""The problem types whose targets lie in an image: masks and boxes.

Whole masks of every image would fill the disk, so what is kept are counts an image, from which
every metric of masks follows, and `N_EXAMPLES` masks of the test part to look at. Boxes are kept
all, end to end with offsets, see `ragged`. Beside the truths lie the examples' images.
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
"""Test images of a split that are kept with their truths and predictions, the first ones."""

TRUE_COLUMNS, FOUND_COLUMNS = 5, 6


def confusion(y_true: Any, y_pred: Any, n_classes: int) -> npt.NDArray[np.int64]:
    """Pixels of each image by true (row) and predicted (column) class.

    Args:
        y_true: uint8 (n_samples, height, width), codes in 0..n_classes-1.
        y_pred: the same shape.
        n_classes: number of classes.

    Returns:
        int64 (n_samples, n_classes, n_classes).

    Raises:
        ValueError: the shapes differ, or a code is out of range.
    """
    true, found = np.asarray(y_true), np.asarray(y_pred)
    if true.shape != found.shape:
        raise ValueError(f"expected masks of shape {true.shape}; got {found.shape}.")
    if true.size and max(true.max(), found.max()) >= n_classes:
        raise ValueError(f"expected class codes in 0..{n_classes - 1}.")
    cells = true.astype(np.int64) * n_classes + found
    counts = [np.bincount(image.ravel(), minlength=n_classes**2) for image in cells]
    return np.array(counts, dtype=np.int64).reshape(len(true), n_classes, n_classes)


class Masks(Problem):
    """`segmentation`: one class code a pixel."""

    default_metric = "mean_iou"
    uses = ("masks",)

    def faults(self, y: Any, X: Any, n_classes: int) -> str:
        """One mask an image, of its size."""
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
        """One code a pixel of every image."""
        array = as_array(answer)
        expect_shape(array, (n_rows, *(size or array.shape[1:3])))
        expect_codes(array, task.n_classes)
        return Predictions(masks=array.astype(np.uint8))

    def kept_predictions(self, part: str, found: Predictions, y: Any, n_classes: int) -> Arrays:
        """`PART_counts` of `confusion`, and `test_examples`."""
        kept = {f"{part}_counts": confusion(y, found.masks, n_classes)}
        if part == "test" and found.masks is not None:
            kept["test_examples"] = found.masks[:N_EXAMPLES]
        return kept

    def kept_truths(self, part: str, y: Any, X: Any, rows: npt.NDArray[np.int64]) -> Arrays:
        """Masks and images of the examples; the counts tell the rest."""
        if part != "test":
            return {}
        return {"test_examples": np.asarray(y[:N_EXAMPLES]), "test_images": _examples(X, rows)}


class Boxes(Problem):
    """`recognition`: any number of boxes an image, each with its class."""

    default_metric = "map50_95"
    uses = ("boxes",)

    def faults(self, y: Any, X: Any, n_classes: int) -> str:
        """float32 (n_boxes, 5) an image, inside it, with width and height above 0."""
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
        """float32 (n_boxes, 6) an image, none for an image without boxes."""
        try:
            n_answers = len(answer)
        except TypeError:
            what = f"expected one array of boxes an image; got {type(answer).__name__}."
            raise PredictionError(what) from None
        if n_answers != n_rows:
            what = f"expected boxes of {n_rows} images; got {n_answers}."
            raise PredictionError(what)
        found = np.empty(n_rows, dtype=object)
        for i, boxes in enumerate(answer):
            found[i] = _checked_boxes(boxes, task.n_classes)
        return Predictions(boxes=found)

    def kept_predictions(
        self,
        part: str,
        found: Predictions,
        y: Any,  # noqa: ARG002  see the base
        n_classes: int,  # noqa: ARG002
    ) -> Arrays:
        """`PART_boxes` (n_boxes, 6) of all images, and `PART_offsets`."""
        return _packed(part, found.boxes)

    def kept_truths(self, part: str, y: Any, X: Any, rows: npt.NDArray[np.int64]) -> Arrays:
        """`PART_boxes` (n_boxes, 5) of all images, and `PART_offsets`; images of the examples."""
        kept = _packed(part, y)
        return kept | {"test_images": _examples(X, rows)} if part == "test" else kept


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
