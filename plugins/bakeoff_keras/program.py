"""A network with its loss and optimizer, ready to be trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bakeoff.errors import UnknownNameError
from bakeoff_keras.layers import trained_layers

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_keras.rows import Arrays


class Program:
    """A network, compiled.

    Args:
        model: built Keras network.
        loss: Keras loss.
        optimizer: Keras optimizer.
        jit: whether XLA compiles the training loop.
    """

    def __init__(self, model: Any, loss: Any, optimizer: Any, *, jit: bool) -> None:
        self.model = model
        self.layers = trained_layers(model)
        self.engine = _engine(model, loss, optimizer, self.layers, jit=jit)

    def get_weights(self) -> list[npt.NDArray[Any]]:
        """Copy of every weight, moving averages included."""
        return [np.asarray(variable.value).copy() for variable in self.model.weights]

    def set_weights(self, weights: list[npt.NDArray[Any]]) -> None:
        """Put weights back."""
        for variable, value in zip(self.model.weights, weights, strict=True):
            variable.assign(value)

    def outputs(self, inputs: Arrays) -> npt.NDArray[np.float32]:
        """Return the network's answers for dense inputs, float32 (n_samples, n_outputs)."""
        found: npt.NDArray[np.float32] = self.engine.outputs(inputs)
        return found


def _engine(model: Any, loss: Any, optimizer: Any, layers: Any, *, jit: bool) -> Any:
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from bakeoff_keras.tensorflow_engine import TensorflowEngine

        return TensorflowEngine(model, loss, optimizer, layers, jit=jit)
    raise UnknownNameError("backend", backend, ("tensorflow",))
