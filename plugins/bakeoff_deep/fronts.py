"""Fronts: preprocessing of feature matrices and images into a network's first tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from bakeoff_keras.errors import RowsError
from bakeoff_keras.rows import Arrays, InputRows

LIMIT = 8.0
"""Largest distance from the mean, in standard deviations; larger values are clipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Inputs and first tensor of a network.

    Args:
        inputs: Keras inputs, one for each array of the rows.
        tensor: input of the body.
        mask: bool (batch, n_timepoints), False after a series' end; None where there is none.
    """

    inputs: list[Any]
    tensor: Any
    mask: Any = None


class Front:
    """Base of preprocessors for one input kind, fitted on training rows."""

    augmentation = ""
    """Description of the augmentation, for the record."""

    def fit(self, X: Any) -> Self:
        """Learn the preprocessing from training rows."""
        raise NotImplementedError

    def rows(self, X: Any) -> InputRows:
        """Convert rows to the network's inputs.

        Raises:
            RowsError: they don't have the training rows' shape.
        """
        raise NotImplementedError

    def open(self, *, augment: bool) -> Opening:
        """Build the network's inputs and first layers."""
        raise NotImplementedError


def at_least_one(X: Any) -> None:
    """Raise if there is no row.

    Raises:
        RowsError: no row.
    """
    if (X.shape[0] if hasattr(X, "shape") else len(X)) == 0:
        raise RowsError("expected at least one row; got 0.")


def jitter(tensor: Any, *, augment: bool, stddev: float = 0.1) -> Any:
    """Add Gaussian noise in training if `augment` is set."""
    return keras.layers.GaussianNoise(stddev, name="augment")(tensor) if augment else tensor


class MatrixFront(Front):
    """Front for feature matrices: standardised columns, or columns scaled by maximum if sparse.

    Values beyond `LIMIT` standard deviations are clipped, so that an outlier (a ratio with a tiny
    denominator) doesn't dominate an update or a prediction.

    Source:
        LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.3. The limit is chosen
        here.
    """

    augmentation = "noise of 0.1 standard deviations on every feature"

    def fit(self, X: Any) -> Self:
        """Learn mean and scale of each column of float (n_samples, n_features)."""
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

    def rows(self, X: Any) -> InputRows:
        """Convert a matrix to inputs; sparse rows are made dense in blocks."""
        if X.ndim != 2 or X.shape[1] != self.n_features_:  # noqa: PLR2004  a matrix
            got = tuple(X.shape)
            raise RowsError(f"expected rows of {self.n_features_} features; got shape {got}.")
        if hasattr(X, "tocsr"):
            return InputRows((X.tocsr(),), self._ready)
        return InputRows((np.asarray(X),), self._ready)

    def _ready(self, arrays: Arrays) -> Arrays:
        values = arrays[0] / self.scale_ if self.mean_ is None else self._standardise(arrays[0])
        return (values.astype(np.float32),)

    def _standardise(self, block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.asarray(np.clip((block - self.mean_) / self.scale_, -LIMIT, LIMIT))

    def open(self, *, augment: bool) -> Opening:
        """Build one input of `n_features_` values."""
        source = keras.Input((self.n_features_,), name="features")
        return Opening(inputs=[source], tensor=jitter(source, augment=augment))


class ImageFront(Front):
    """Front for images, uint8 (n_samples, height, width, channels), scaled to [0, 1]."""

    augmentation = "shifts of up to a tenth of each side"

    def fit(self, X: Any) -> Self:
        """Learn the images' shape."""
        at_least_one(X)
        self.shape_ = tuple(int(side) for side in X.shape[1:])
        return self

    def rows(self, X: Any) -> InputRows:
        """Convert images to inputs, stored as bytes."""
        if tuple(X.shape[1:]) != self.shape_:
            raise RowsError(f"expected images of shape {self.shape_}; got {tuple(X.shape[1:])}.")
        return InputRows((X,))

    def open(self, *, augment: bool) -> Opening:
        """Build one input; bytes are scaled batch by batch."""
        source = keras.Input(self.shape_, dtype="uint8", name="images")
        tensor = keras.layers.Rescaling(1 / 255, name="scale")(source)
        return Opening(inputs=[source], tensor=self._augment(tensor) if augment else tensor)

    def _augment(self, tensor: Any) -> Any:
        shift = keras.layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", name="augment")
        return shift(tensor)
