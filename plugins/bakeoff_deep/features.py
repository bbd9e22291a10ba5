"""What a trained network sees: its penultimate layer as features for any learner."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from bakeoff_deep._network import Network
from bakeoff_deep.cnn import Cnn
from bakeoff_deep.recurrent import Lstm
from bakeoff_keras.errors import RowsError
from bakeoff_keras.target import Target

HELD_OUT = 0.2
"""Share of the training part on which the network's training is stopped."""


class NetworkFeatures(TransformerMixin, Network):  # type: ignore[misc]  # scikit-learn has no types
    """A network trained on a part of the training rows; its penultimate layer is the matrix.

    A fifth of the training part, of each class, is held out to stop the network's training, and
    all rows are transformed. The rows that it was trained on look better separated than new ones,
    so that a learner on top may trust the features too much: its gap shows by how much.

    Source:
        Sharif Razavian, Azizpour, Sullivan and Carlsson, "CNN Features off-the-shelf: an
        Astounding Baseline for Recognition", 2014, for learners on a network's last layer.
    """

    def _target(self, X: Any, y: Any) -> Target:  # noqa: ARG002  see the base
        if np.asarray(y).dtype.kind in "iub":
            return Target.of_classes(y)
        return Target.of_values(y)

    def fit(self, X: Any, y: Any = None, **_: Any) -> Self:
        """Train on rows of the network's input kind and their targets (n_samples,).

        Raises:
            RowsError: no targets, or rows that can't be trained on.
        """
        if y is None:
            raise RowsError("expected targets to train a network on; got none.")
        out = held_out(np.asarray(y), 0 if self.random_state is None else int(self.random_state))
        validation = (X[out], np.asarray(y)[out]) if out.any() else None
        super().fit(X[~out], np.asarray(y)[~out], validation=validation)
        import keras

        model = self.program_.model
        self.head_ = keras.Model(model.inputs, model.get_layer("output").input)
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, units), without dropout."""
        check_is_fitted(self, "head_")
        found = self._chunked(
            self._rows(X), lambda inputs: self.head_.predict_on_batch(list(inputs))
        )
        return np.asarray(found, np.float32)


def held_out(y: npt.NDArray[Any], seed: int) -> npt.NDArray[np.bool_]:
    """Which rows to hold out: a fifth of each class, rounded down, or of all values.

    >>> held_out(np.array([0] * 10 + [1] * 5 + [2]), 0).sum()
    np.int64(3)
    """
    rng = np.random.default_rng([seed, 2])
    groups = [np.flatnonzero(y == code) for code in np.unique(y)]
    if y.dtype.kind not in "iub":
        groups = [np.arange(len(y))]
    out = np.zeros(len(y), bool)
    for rows in groups:
        out[rng.permutation(rows)[: int(HELD_OUT * len(rows))]] = True
    return out


class CnnFeatures(NetworkFeatures, Cnn):
    """The hidden layer of a CNN trained on images. Parameters are `Cnn`'s and `Network`'s."""


class LstmFeatures(NetworkFeatures, Lstm):
    """The last state of an LSTM trained on series or texts. Parameters are `Lstm`'s."""
