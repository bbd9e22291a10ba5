"""Training loop of an epoch as one compiled JAX function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from bakeoff_keras.layers import rows_of_a_pass

if TYPE_CHECKING:
    from bakeoff_keras.layers import TrainableLayer
    from bakeoff_keras.rows import Arrays

SMALL = 128
"""Rows of a forward pass for prediction."""


class JaxEngine:
    """Updates and forward passes of a network, with the interface of `TensorflowEngine`.

    The network's state is read from its Keras variables, passed through a compiled loop, and
    written back. JAX always compiles with XLA.

    Args:
        model: built Keras network.
        loss: Keras loss.
        optimizer: Keras optimizer.
        layers: whose gradient norms are measured.
    """

    def __init__(
        self, model: Any, loss: Any, optimizer: Any, layers: tuple[TrainableLayer, ...]
    ) -> None:
        self._model, self._loss, self._optimizer, self._layers = model, loss, optimizer, layers
        optimizer.build(model.trainable_variables)
        self._chunk = rows_of_a_pass(model)
        self._gradient = jax.value_and_grad(self._objective, has_aux=True)
        self._compiled = jax.jit(self._loop)
        self._forward = jax.jit(self._predict)
        self._evaluate = jax.jit(self._measure)

    def place(self, arrays: Arrays) -> Any:
        """Copy arrays to the device."""
        return tuple(jnp.asarray(array) for array in arrays)

    def _variables(self) -> tuple[Any, Any, Any]:
        model = self._model
        return (
            model.trainable_variables,
            model.non_trainable_variables,
            self._optimizer.variables,
        )

    def _state(self) -> Any:
        return tuple([v.value for v in group] for group in self._variables())

    def run(
        self,
        data: Any,
        order: npt.NDArray[np.int32],
        n_updates: int,
        *,
        last: bool = False,  # noqa: ARG002  one compiled function serves both shapes
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
        state, total, norms = self._compiled(self._state(), data, order, n_updates)
        for group, values in zip(self._variables(), state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        return float(total), np.asarray(norms, np.float64)

    def _loop(self, state: Any, data: Any, order: Any, n_updates: Any) -> Any:
        def update(i: Any, carry: Any) -> Any:
            state, total, norms = carry
            batch = tuple(part[order[i]] for part in data)
            state, loss, update_norms = self._step(state, batch)
            return state, total + loss, norms + update_norms

        start = state, jnp.zeros(()), jnp.zeros(len(self._layers))
        return jax.lax.fori_loop(0, n_updates, update, start)

    def _step(self, state: Any, batch: Any) -> Any:
        weights, others, optimizer = state
        (loss, others), gradients = self._gradient(weights, others, batch)
        squares = [jnp.sum(jnp.square(g)) for g in gradients]
        norms = [jnp.sqrt(sum(squares[i] for i in layer.positions)) for layer in self._layers]
        weights, optimizer = self._optimizer.stateless_apply(optimizer, gradients, weights)
        return (list(weights), list(others), list(optimizer)), loss, jnp.stack(norms)

    def _objective(self, weights: Any, others: Any, batch: Any) -> Any:
        *inputs, y, weight = batch
        outputs, others, penalties = self._model.stateless_call(
            weights, others, _feed(inputs), training=True, return_losses=True
        )
        loss = self._loss(y, outputs, sample_weight=weight)
        return loss + sum(penalties), others

    def _predict(self, state: Any, inputs: Any) -> Any:
        return self._model.stateless_call(*state[:2], _feed(inputs), training=False)[0]

    def _measure(self, state: Any, data: Any) -> Any:
        *inputs, y, weight = data
        outputs = self._predict(state, inputs)
        return self._loss(y, outputs, sample_weight=weight), outputs

    def outputs(self, inputs: Arrays) -> npt.NDArray[np.float32]:
        """Compute the network's outputs, float32 (n_samples, n_outputs).

        Rows are processed in blocks of `SMALL`, the last one padded, so that no number of rows
        causes compilation while a prediction is timed.
        """
        n_rows, state, chunks = len(inputs[0]), self._state(), []
        for start in range(0, n_rows, SMALL):
            block = tuple(_filled(array[start : start + SMALL]) for array in inputs)
            chunks.append(np.asarray(self._forward(state, self.place(block)), np.float32))
        return np.concatenate(chunks)[:n_rows]

    def evaluate(self, data: Any) -> tuple[float, npt.NDArray[np.float32]]:
        """Compute the mean loss without penalties, and outputs, of data on the device."""
        n_rows, state = int(data[0].shape[0]), self._state()
        losses, chunks = 0.0, []
        for start in range(0, n_rows, self._chunk):
            chunk = tuple(array[start : start + self._chunk] for array in data)
            loss, outputs = self._evaluate(state, chunk)
            losses += float(loss) * int(chunk[0].shape[0])
            chunks.append(np.asarray(outputs))
        return losses / n_rows, np.concatenate(chunks)

    @property
    def n_updates(self) -> int:
        """Number of updates counted by the optimizer."""
        return int(self._optimizer.iterations.value)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the next update."""
        return float(self._optimizer.learning_rate)


def _filled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Pad with copies of the last row to `SMALL` rows."""
    missing = SMALL - len(array)
    return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)]) if missing else array


def _feed(inputs: Any) -> Any:
    """Return inputs as Keras expects them: the tensor itself if there is only one."""
    return inputs[0] if len(inputs) == 1 else list(inputs)
