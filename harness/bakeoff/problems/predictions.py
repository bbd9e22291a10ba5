"""Checked answers of a method, whatever the problem type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bakeoff.errors import BakeoffError, DivergedError

SPACE = "space"
"""What metrics use that meet clusters and the matrix that was clustered, in place of truths."""


class PredictionError(BakeoffError):
    """A method answered with something that is no prediction for its task."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Checked answers for one part; the names are those that a metric's `uses` may have.

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
        """What a metric's `uses` names; in `space` clusters are held against their matrix."""
        uses = "clusters" if uses == SPACE else uses
        return getattr(self, uses, None) if uses in self.__slots__ else None

    @property
    def stored(self) -> np.ndarray:
        """The most telling answer: float32 probabilities or values, else whatever there is."""
        for array in (self.proba, self.values):
            if array is not None:
                return array.astype(np.float32)
        for array in (self.labels, self.masks, self.boxes, self.clusters):
            if array is not None:
                return array
        raise TypeError("expected an answer of some kind; got none.")


def as_array(answer: Any) -> np.ndarray:
    """Numbers; `expect_shape` holds them to be finite.

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


def as_kept(array: np.ndarray) -> np.ndarray:
    """float64 of the float32 values that are kept: whoever reads them finds the same scores.

    Raises:
        DivergedError: a value that float32 can't hold.
    """
    with np.errstate(over="ignore"):
        kept = array.astype(np.float32)
    if not np.isfinite(kept).all():
        raise DivergedError(f"{(~np.isfinite(kept)).sum()} predicted values are above 3e38.")
    return kept.astype(np.float64)


def expect_shape(array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Hold an answer to a shape, then to finite values.

    Shape first: a look at each value of a gigantic array takes gigantic memory.

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
    """Hold an answer to whole numbers in low..n_classes-1.

    Raises:
        PredictionError: others are in it.
    """
    last = n_classes - 1
    if array.size and ((array != np.floor(array)).any() or array.min() < low or array.max() > last):
        raise PredictionError(f"expected class codes in {low}..{last}; got {array!r:.80}.")
