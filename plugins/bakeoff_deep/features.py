"""Features from the penultimate layer of a trained network."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from bakeoff_deep._network import BaseNetwork
from bakeoff_deep.cnn import Cnn
from bakeoff_deep.recurrent import Lstm
from bakeoff_keras.errors import RowsError
from bakeoff_keras.target import NetworkTarget

HELD_OUT = 0.2
"""Share of the training part that is held out for early stopping."""


class NetworkFeatures(TransformerMixin, BaseNetwork):  # type: ignore[misc]  # scikit-learn has no types
    """Output of the penultimate layer of a network trained on part of the training rows.

    A fifth of each class in the training part is held out for early stopping, and all rows are
    transformed. Rows that the network was trained on are better separated than new ones, so that a
    learner on these features may overfit; its generalisation gap shows by how much.

    Source:
        Sharif Razavian, Azizpour, Sullivan and Carlsson, "CNN Features off-the-shelf: an
        Astounding Baseline for Recognition", 2014, for learners on a network's last layer.
    """

    def _target(self, X: Any, y: Any) -> NetworkTarget:  # noqa: ARG002  see the base
        if np.asarray(y).dtype.kind in "iub":
            return NetworkTarget.of_classes(y)
        return NetworkTarget.of_values(y)

    def fit(self, X: Any, y: Any = None, **_: Any) -> Self:
        """Train the network on rows of its input kind and targets (n_samples,).

        Raises:
            RowsError: no targets, or rows that can't be trained on.
        """
        if y is None:
            raise RowsError("expected targets to train a network on; got none.")
        is_held_out = held_out(
            np.asarray(y), 0 if self.random_state is None else int(self.random_state)
        )
        validation = (X[is_held_out], np.asarray(y)[is_held_out]) if is_held_out.any() else None
        super().fit(X[~is_held_out], np.asarray(y)[~is_held_out], validation=validation)
        import keras

        model = self.program_.model
        self.head_ = keras.Model(model.inputs, model.get_layer("output").input)
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return the penultimate layer's output, float32 (n_samples, units), without dropout."""
        check_is_fitted(self, "head_")
        outputs = self._chunked(
            self._rows(X), lambda inputs: self.head_.predict_on_batch(list(inputs))
        )
        return np.asarray(outputs, np.float32)


def held_out(y: npt.NDArray[Any], seed: int) -> npt.NDArray[np.bool_]:
    """Draw the rows to hold out: a fifth of each class, rounded down, or of all rows.

    >>> held_out(np.array([0] * 10 + [1] * 5 + [2]), 0).sum()
    np.int64(3)
    """
    rng = np.random.default_rng([seed, 2])
    groups = [np.flatnonzero(y == code) for code in np.unique(y)]
    if y.dtype.kind not in "iub":
        groups = [np.arange(len(y))]
    is_held_out = np.zeros(len(y), bool)
    for rows in groups:
        is_held_out[rng.permutation(rows)[: int(HELD_OUT * len(rows))]] = True
    return is_held_out


class CnnFeatures(NetworkFeatures, Cnn):
    """Hidden layer of a CNN trained on images. Parameters are `Cnn`'s and `BaseNetwork`'s."""


class LstmFeatures(NetworkFeatures, Lstm):
    """Last state of an LSTM trained on series or texts. Parameters are `Lstm`'s."""
