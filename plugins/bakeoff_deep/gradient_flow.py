"""Gradient norms and gate activations of a recurrent network by timestep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from bakeoff_keras.rows import Arrays

RECURRENT = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)
GATES = ("input", "forget", "output")
"""Gates of Keras's LSTM in the order of its weights; the third of the four blocks is no gate."""

_BLOCKS = (0, 1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Gradient norms and gate activations of a recurrent layer by timestep.

    Args:
        gradient: float64 (n_steps,), mean over rows of the L2 norm of the gradient of a row's
            loss with respect to the hidden state after each step; 0 after a row's end.
        gates: float64 (n_steps,) in [0, 1], mean activation of each LSTM gate; empty for others.
        outputs: float32 (n_samples, units), the layer's output computed step by step.
    """

    gradient: npt.NDArray[np.float64]
    gates: dict[str, npt.NDArray[np.float64]]
    outputs: npt.NDArray[np.float32]

    @property
    def reach(self) -> float:
        """Ratio of the gradient norm at the first step to that at the last; 0 if the last is 0."""
        last = float(self.gradient[-1])
        return float(self.gradient[0]) / last if last > 0 else 0.0


def look(model: Any, loss: Any, inputs: Arrays, y: npt.NDArray[np.float32]) -> Flow:
    """Compute the last recurrent layer step by step and the loss's gradient at each hidden state.

    The gradient with respect to a hidden state includes every path from there to the loss, in an
    LSTM also those through the cell state.

    Args:
        model: network with one or more recurrent layers; nothing in it changes.
        loss: Keras loss with the mean over rows.
        inputs: dense rows.
        y: encoded targets.

    Source:
        Bengio, Simard and Frasconi, "Learning Long-Term Dependencies with Gradient Descent is
        Difficult", 1994; Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
    """
    import tensorflow as tf

    layer = [layer for layer in model.layers if isinstance(layer, RECURRENT)][-1]
    source, mask = _layer_inputs(model, layer, inputs)
    tail = keras.Model(layer.output, model.output)
    with tf.GradientTape() as tape:
        states, gates = _replay(tape, layer, source, mask)
        total = loss(y, tail(states[-1], training=False)) * len(y)
    gradients = tape.gradient(total, states, unconnected_gradients="zero")
    norms = [tf.reduce_mean(tf.norm(g, axis=1)) for g in gradients]
    return Flow(
        gradient=np.array([float(norm) for norm in norms]),
        gates={name: np.array([float(g[i]) for g in gates]) for i, name in enumerate(GATES)}
        if gates
        else {},
        outputs=states[-1].numpy(),
    )


def _layer_inputs(model: Any, layer: Any, inputs: Arrays) -> tuple[Any, Any]:
    """Return the layer's input tensor (n_samples, n_steps, channels) and a mask or None."""
    head = keras.Model(model.inputs, layer.input)
    tensors = head([np.asarray(array) for array in inputs], training=False)
    if isinstance(tensors, list | tuple):
        return (*tensors, None)[:2] if len(tensors) == 1 else (tensors[0], tensors[1])
    return tensors, None


def _replay(tape: Any, layer: Any, source: Any, mask: Any) -> tuple[list[Any], list[Any]]:
    """Compute the hidden state after each step, and for an LSTM the mean of each gate."""
    import tensorflow as tf

    cell, n_rows = layer.cell, int(source.shape[0])
    states = [tf.zeros((n_rows, cell.units)) for _ in layer.states or cell.get_initial_state(1)]
    tape.watch(source)
    hidden, gates = [], []
    for step in range(int(source.shape[1])):
        if isinstance(layer, keras.layers.LSTM):
            gates.append(_gates(cell, source[:, step], states[0]))
        _, next_states = cell(source[:, step], states, training=False)
        if mask is not None:
            is_present = tf.cast(mask[:, step], tf.bool)[:, None]
            next_states = [
                tf.where(is_present, next_state, previous_state)
                for next_state, previous_state in zip(next_states, states, strict=True)
            ]
        states = list(next_states)
        hidden.append(states[0])
    return hidden, gates


def _gates(cell: Any, source: Any, hidden: Any) -> list[Any]:
    """Compute the mean of input, forget and output gate over rows and units."""
    import tensorflow as tf

    signal = tf.matmul(source, cell.kernel) + tf.matmul(hidden, cell.recurrent_kernel) + cell.bias
    blocks = tf.split(signal, 4, axis=1)
    return [tf.reduce_mean(cell.recurrent_activation(blocks[i])) for i in _BLOCKS]
