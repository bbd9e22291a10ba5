"""Training loop of an epoch as one compiled TensorFlow function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from bakeoff_keras.layers import rows_of_a_pass
from bakeoff_keras.tensorflow_adam import apply_of

if TYPE_CHECKING:
    from bakeoff_keras.layers import TrainableLayer
    from bakeoff_keras.rows import Arrays


class TensorflowEngine:
    """Updates and forward passes of a network.

    A loop inside the graph performs all updates of an epoch, so that Python and Keras are called
    once per epoch, not once per batch. The step of a smaller last batch is never compiled by XLA:
    it runs once an epoch.

    Args:
        model: built Keras network.
        loss: Keras loss.
        optimizer: Keras optimizer.
        layers: whose gradient norms are measured.
        jit: whether XLA compiles the loop.
    """

    def __init__(
        self,
        model: Any,
        loss: Any,
        optimizer: Any,
        layers: tuple[TrainableLayer, ...],
        *,
        jit: bool,
    ) -> None:
        self._model, self._loss, self._optimizer, self._layers = model, loss, optimizer, layers
        optimizer.build(model.trainable_variables)
        self._apply = apply_of(optimizer)
        self._chunk = rows_of_a_pass(model)
        self._many = tf.function(self._loop, jit_compile=jit)
        self._last = tf.function(self._loop) if jit else self._many
        self._forward = tf.function(self._predict, reduce_retracing=True)
        self._evaluate = tf.function(self._measure, reduce_retracing=True)

    def place(self, arrays: Arrays) -> Any:
        """Copy arrays to the device."""
        return tuple(tf.constant(array) for array in arrays)

    def run(
        self, data: Any, order: npt.NDArray[np.int32], n_updates: int, *, last: bool = False
    ) -> tuple[float, npt.NDArray[np.float64]]:
        """Perform the first `n_updates` updates; with 0, only compile.

        Args:
            data: inputs, encoded targets and row weights, copied by `place`.
            order: int32 (n_batches, batch), rows of each batch.
            n_updates: how many of the batches to take.
            last: whether this is the smaller last batch.

        Returns:
            The sum of the batch losses, penalties included, and of each layer's gradient norms.
        """
        function = self._last if last else self._many
        total, norms = function(data, tf.constant(order), tf.constant(n_updates, tf.int32))
        return float(total), norms.numpy().astype(np.float64)

    def _loop(self, data: Any, order: Any, n_updates: Any) -> Any:
        total, norms = tf.zeros(()), tf.zeros((len(self._layers),))
        for i in tf.range(n_updates):
            *inputs, y, weight = (tf.gather(part, order[i]) for part in data)
            loss, gradients = self._step(inputs, y, weight)
            total += loss
            norms += gradients
        return total, norms

    def _step(self, inputs: list[Any], y: Any, weight: Any) -> Any:
        variables = self._model.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self._model(_feed(inputs), training=True)
            loss = self._loss(y, outputs, sample_weight=weight)
            penalties = self._model.losses
            loss = loss + tf.add_n(penalties) if penalties else loss
        gradients = tape.gradient(loss, variables)
        squares = [
            tf.nn.l2_loss(tf.convert_to_tensor(gradient)) for gradient in gradients
        ]  # halved
        halves = [tf.add_n([squares[i] for i in layer.positions]) for layer in self._layers]
        self._apply(gradients, variables)
        return loss, tf.sqrt(2.0 * tf.stack(halves))

    def _predict(self, inputs: Any) -> Any:
        return self._model(_feed(inputs), training=False)

    def _measure(self, data: Any) -> Any:
        *inputs, y, weight = data
        outputs = self._model(_feed(inputs), training=False)
        return self._loss(y, outputs, sample_weight=weight), outputs

    def outputs(self, inputs: Arrays) -> npt.NDArray[np.float32]:
        """Compute the network's outputs, float32 (n_samples, n_outputs)."""
        return np.asarray(self._forward(self.place(inputs)).numpy(), np.float32)

    def evaluate(self, data: Any) -> tuple[float, npt.NDArray[np.float32]]:
        """Compute the mean loss without penalties, and outputs, of data on the device.

        Rows are taken in chunks; the loss weighs each row the same unless it has a weight.
        """
        n_rows = int(data[0].shape[0])
        losses, chunks = 0.0, []
        for start in range(0, n_rows, self._chunk):
            fits = n_rows <= self._chunk
            chunk = data if fits else tuple(array[start : start + self._chunk] for array in data)
            loss, outputs = self._evaluate(chunk)
            losses += float(loss) * int(chunk[0].shape[0])
            chunks.append(outputs.numpy())
        return losses / n_rows, np.concatenate(chunks)

    @property
    def n_updates(self) -> int:
        """Number of updates counted by the optimizer."""
        return int(self._optimizer.iterations.numpy())

    @property
    def learning_rate(self) -> float:
        """Learning rate of the next update."""
        return float(self._optimizer.learning_rate)


def _feed(inputs: Any) -> Any:
    """Return inputs as Keras expects them: the tensor itself if there is only one."""
    return inputs[0] if len(inputs) == 1 else list(inputs)
