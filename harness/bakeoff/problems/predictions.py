"""Checked predictions of a method, for every problem type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bakeoff.errors import BakeoffError, DivergedError

SPACE = "space"
"""`uses` of metrics that get clusters and the matrix that was clustered, in place of targets."""


class PredictionError(BakeoffError):
    """Raised for an answer of a method that is no prediction for its task."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Checked predictions of one part; fields are the values that a metric's `uses` may have.

    Args:
        labels: int64 (n_samples,), the most probable class.
        proba: float64 (n_samples, n_classes); None where the method offers labels alone.
        values: float64 (n_samples,).
        masks: uint8 (n_samples, height, width), one class code a pixel.
        boxes: object (n_samples,), each float32 (n_boxes, 6): x, y, width, height, class, score.
        clusters: int64 (n_samples,), -1 for noise.
    """

    labels: np.ndarray | None = None
    proba: np.ndarray | None = None
    values: np.ndarray | None = None
    masks: np.ndarray | None = None
    boxes: np.ndarray | None = None
    clusters: np.ndarray | None = None

    def get(self, uses: str) -> np.ndarray | None:
        """Return the predictions that a metric's `uses` names; clusters for `space`."""
        uses = "clusters" if uses == SPACE else uses
        return getattr(self, uses, None) if uses in self.__slots__ else None

    @property
    def stored(self) -> np.ndarray:
        """Return the array to store: float32 probabilities or values, else labels or others."""
        for array in (self.proba, self.values):
            if array is not None:
                return array.astype(np.float32)
        for array in (self.labels, self.masks, self.boxes, self.clusters):
            if array is not None:
                return array
        raise TypeError("expected an answer of some kind; got none.")


def as_array(answer: Any) -> np.ndarray:
    """Return an answer as an array of numbers; `expect_shape` checks that they are finite.

    Raises:
        PredictionError: no array, or no numbers.
    """
    try:
        array = np.asarray(answer)
    except (TypeError, ValueError) as error:
        raise PredictionError(f"expected an array; got {type(answer).__name__}.") from error
    if array.dtype.kind not in "fiub":
        raise PredictionError(f"expected numbers; got {type(answer).__name__} of {array.dtype}.")
    return array


def as_stored(array: np.ndarray) -> np.ndarray:
    """Return float64 of the float32 values that are stored, so that these give the same scores.

    Raises:
        DivergedError: a value that float32 can't hold.
    """
    with np.errstate(over="ignore"):
        stored = array.astype(np.float32)
    if not np.isfinite(stored).all():
        raise DivergedError(f"{(~np.isfinite(stored)).sum()} predicted values are above 3e38.")
    return stored.astype(np.float64)


def expect_shape(array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise an error unless an array has a shape and finite values.

    The shape is checked first, since checking each value of a huge array takes much memory.

    Raises:
        PredictionError: it has another shape.
        DivergedError: values that are not finite.
    """
    if array.shape != shape:
        raise PredictionError(f"expected predictions of shape {shape}; got {array.shape}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise DivergedError(f"{bad} of {array.size} predicted values are not finite.")


def expect_codes(array: np.ndarray, n_classes: int, *, low: int = 0) -> None:
    """Raise an error unless an array holds whole numbers in low..n_classes-1.

    Raises:
        PredictionError: others are in it.
    """
    last = n_classes - 1
    if array.size and ((array != np.floor(array)).any() or array.min() < low or array.max() > last):
        raise PredictionError(f"expected class codes in {low}..{last}; got {array!r:.80}.")
