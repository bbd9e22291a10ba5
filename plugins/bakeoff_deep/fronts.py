"""From a matrix, a table or images to the first tensor of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from bakeoff_keras.errors import RowsError
from bakeoff_keras.rows import Arrays, Rows

LIMIT = 8.0
"""Largest distance from the mean, in standard deviations, that a network meets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The start of a network.

    Args:
        inputs: Keras inputs, one for each array of the rows.
        tensor: what the body continues with.
        mask: bool (batch, n_timepoints), False after a series' end; None where there is none.
    """

    inputs: list[Any]
    tensor: Any
    mask: Any = None


class Front:
    """Learns from training rows how to read an input kind."""

    augmentation = ""
    """What `augment` does, in words."""

    def fit(self, X: Any) -> Self:
        """Learn from training rows."""
        raise NotImplementedError

    def rows(self, X: Any) -> Rows:
        """Rows as the network's inputs.

        Raises:
            RowsError: they don't have the training rows' shape.
        """
        raise NotImplementedError

    def open(self, *, augment: bool) -> Opening:
        """Build inputs and first layers."""
        raise NotImplementedError


def at_least_one(X: Any) -> None:
    """Refuse an empty part.

    Raises:
        RowsError: no row.
    """
    if (X.shape[0] if hasattr(X, "shape") else len(X)) == 0:
        raise RowsError("expected at least one row; got 0.")


def jitter(tensor: Any, *, augment: bool, stddev: float = 0.1) -> Any:
    """Add noise in training where wanted."""
    return keras.layers.GaussianNoise(stddev, name="augment")(tensor) if augment else tensor


class MatrixFront(Front):
    """Feature matrices: standardised columns, or divided by their largest value if sparse.

    What lies more than `LIMIT` standard deviations off is cut, so that one odd row (a ratio with
    a tiny denominator) doesn't rule an update or a prediction.

    Source:
        LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.3. The limit is chosen
        here.
    """

    augmentation = "noise of 0.1 standard deviations on every feature"

    def fit(self, X: Any) -> Self:
        """Learn location and scale of each column of float (n_samples, n_features)."""
        at_least_one(X)
        self.n_features_ = int(X.shape[1])
        if hasattr(X, "tocsr"):
            self.mean_ = None
            scale = abs(X).max(axis=0).toarray().ravel().astype(np.float64)
        else:
            self.mean_ = np.asarray(X).mean(axis=0, dtype=np.float64)
            scale = np.asarray(X).std(axis=0, dtype=np.float64)
        scale[~(scale > 0)] = 1.0
        self.scale_ = scale
        return self

    def rows(self, X: Any) -> Rows:
        """Rows of a matrix; sparse ones are made dense block by block."""
        if X.ndim != 2 or X.shape[1] != self.n_features_:  # noqa: PLR2004  a matrix
            got = tuple(X.shape)
            raise RowsError(f"expected rows of {self.n_features_} features; got shape {got}.")
        if hasattr(X, "tocsr"):
            return Rows((X.tocsr(),), self._ready)
        return Rows((np.asarray(X),), self._ready)

    def _ready(self, arrays: Arrays) -> Arrays:
        values = arrays[0] / self.scale_ if self.mean_ is None else self._standardise(arrays[0])
        return (values.astype(np.float32),)

    def _standardise(self, block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.asarray(np.clip((block - self.mean_) / self.scale_, -LIMIT, LIMIT))

    def open(self, *, augment: bool) -> Opening:
        """Build one input of n_features."""
        source = keras.Input((self.n_features_,), name="features")
        return Opening(inputs=[source], tensor=jitter(source, augment=augment))


class ImageFront(Front):
    """Images, uint8 (n_samples, height, width, channels), as values in [0, 1]."""

    augmentation = "shifts of up to a tenth of each side"

    def fit(self, X: Any) -> Self:
        """Learn the images' shape."""
        at_least_one(X)
        self.shape_ = tuple(int(side) for side in X.shape[1:])
        return self

    def rows(self, X: Any) -> Rows:
        """Rows of images, kept as bytes."""
        if tuple(X.shape[1:]) != self.shape_:
            raise RowsError(f"expected images of shape {self.shape_}; got {tuple(X.shape[1:])}.")
        return Rows((X,))

    def open(self, *, augment: bool) -> Opening:
        """Build one input; bytes become numbers batch by batch."""
        source = keras.Input(self.shape_, dtype="uint8", name="images")
        tensor = keras.layers.Rescaling(1 / 255, name="scale")(source)
        return Opening(inputs=[source], tensor=self._augment(tensor) if augment else tensor)

    def _augment(self, tensor: Any) -> Any:
        shift = keras.layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", name="augment")
        return shift(tensor)
