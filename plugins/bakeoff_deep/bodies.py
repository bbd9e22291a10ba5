"""Hidden layers of networks: dense, convolutional and recurrent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bakeoff_keras.choices import initial_weights

if TYPE_CHECKING:
    from bakeoff_deep.fronts import Opening

L = keras.layers

MOMENTUM = 0.9
"""Momentum of the moving averages of batch normalisation: trainings here take hundreds of updates,
which is too few for Keras's 0.99."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOptions:
    """Options that all hidden layers of a network share.

    Args:
        activation: name.
        l1: L1 penalty on weights, at least 0.
        l2: L2 penalty on weights, at least 0.
        dropout: share of units left out in training, in [0, 1).
        batch_norm: whether to normalise each layer over the batch.
    """

    activation: str = "relu"
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def penalty(self) -> Any:
        """Keras regulariser of the weights, or None."""
        return keras.regularizers.L1L2(self.l1, self.l2) if self.l1 or self.l2 else None

    @property
    def weights(self) -> dict[str, Any]:
        """Keyword arguments for a layer's kernel."""
        return {
            "kernel_initializer": initial_weights(self.activation),
            "kernel_regularizer": self.penalty,
        }

    def after(self, tensor: Any, name: str) -> Any:
        """Apply batch normalisation if enabled, then the activation."""
        if self.batch_norm:
            norm = L.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")
            tensor = norm(tensor)
        return L.Activation(self.activation, name=f"{name}_{self.activation}")(tensor)

    def drop(self, tensor: Any, name: str) -> Any:
        """Apply dropout if enabled."""
        return L.Dropout(self.dropout, name=f"{name}_dropout")(tensor) if self.dropout else tensor


def dense(tensor: Any, options: LayerOptions, *, hidden_layers: int, units: int) -> Any:
    """Build fully connected layers of one width."""
    for i in range(1, hidden_layers + 1):
        name = f"hidden_{i}"
        tensor = options.after(L.Dense(units, name=name, **options.weights)(tensor), name)
        tensor = options.drop(tensor, name)
    return tensor


def convolutions_2d(
    tensor: Any,
    options: LayerOptions,
    *,
    hidden_layers: int,
    filters: int,
    units: int,
    residual: bool,
) -> Any:
    """Build blocks of 3 x 3 convolutions, each halving the image and doubling the filters.

    Source:
        LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
        Recognition", 1998; He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition",
        2016, for `residual`.
    """
    for i in range(1, hidden_layers + 1):
        width, name = filters * 2 ** (i - 1), f"conv_{i}"
        block = _residual_block if residual else _plain_block
        tensor = block(tensor, options, width, name)
        if min(tensor.shape[1:3]) > 1:
            tensor = L.MaxPooling2D(name=f"{name}_pool")(tensor)
    if residual:
        tensor = L.GlobalAveragePooling2D(name="average")(tensor)
    else:
        tensor = L.Flatten(name="flatten")(tensor)
    tensor = options.after(L.Dense(units, name="hidden", **options.weights)(tensor), "hidden")
    return options.drop(tensor, "hidden")


def _plain_block(tensor: Any, options: LayerOptions, width: int, name: str) -> Any:
    conv = L.Conv2D(width, 3, padding="same", name=name, **options.weights)
    return options.after(conv(tensor), name)


def _residual_block(tensor: Any, options: LayerOptions, width: int, name: str) -> Any:
    hidden = _plain_block(tensor, options, width, f"{name}a")
    conv = L.Conv2D(width, 3, padding="same", name=f"{name}b", **options.weights)
    shortcut = L.Conv2D(width, 1, name=f"{name}_straight", **options.weights)(tensor)
    return options.after(L.Add(name=f"{name}_sum")([conv(hidden), shortcut]), name)


def convolutions_1d(
    opening: Opening,
    options: LayerOptions,
    *,
    hidden_layers: int,
    filters: int,
    kernel: int,
    units: int,
) -> Any:
    """Build convolutions along time, then mean and maximum of each filter over time.

    Steps after a series' end are 0 before each convolution and don't enter mean or maximum.

    Source:
        Wang, Yan and Oates 2017 (see `SeriesFront`) and Kim, "Convolutional Neural Networks for
        Sentence Classification", 2014, for pooling over the whole length.
    """
    tensor = opening.tensor
    is_present = None
    if opening.mask is not None:
        is_present = keras.ops.expand_dims(keras.ops.cast(opening.mask, "float32"), -1)
    for i in range(1, hidden_layers + 1):
        name = f"conv_{i}"
        conv = L.Conv1D(filters, kernel, padding="same", name=name, **options.weights)
        tensor = options.after(conv(tensor), name)
        tensor = tensor if is_present is None else tensor * is_present
    if is_present is None:
        mean, largest = keras.ops.mean(tensor, axis=1), keras.ops.max(tensor, axis=1)
    else:
        mean = keras.ops.sum(tensor, axis=1) / keras.ops.sum(is_present, axis=1)
        largest = keras.ops.max(tensor - 1e9 * (1.0 - is_present), axis=1)
    tensor = L.Concatenate(name="pooled")([mean, largest])
    tensor = options.drop(tensor, "pooled")
    tensor = options.after(L.Dense(units, name="hidden", **options.weights)(tensor), "hidden")
    return options.drop(tensor, "hidden")


@keras.saving.register_keras_serializable("bakeoff")
class ChronoBias(keras.initializers.Initializer):  # type: ignore[misc]  # Keras has no types
    """LSTM bias for forget times from 1 step to the whole series (chrono initialisation).

    Args:
        n_steps: steps of the longest series, at least 2.
        seed: of the units' forget times.

    Source:
        Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018, section 2.2.
    """

    def __init__(self, n_steps: int, seed: int) -> None:
        self.n_steps = n_steps
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return the bias (4 * units,) of input, forget, cell and output blocks."""
        units = int(shape[0]) // 4
        forget_times = np.random.default_rng(self.seed).uniform(
            1, max(1.1, self.n_steps - 1), units
        )
        forget, zeros = np.log(forget_times), np.zeros(units)
        return keras.ops.convert_to_tensor(np.concatenate([-forget, forget, zeros, zeros]), dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"n_steps": self.n_steps, "seed": self.seed}


CELLS = {"rnn": L.SimpleRNN, "lstm": L.LSTM, "gru": L.GRU}


def recurrent(
    opening: Opening,
    options: LayerOptions,
    *,
    cell: str,
    hidden_layers: int,
    units: int,
    layer_arguments: dict[str, Any],
) -> Any:
    """Build recurrent layers; the last one returns its state after a series' last step.

    `layer_arguments` are further keyword arguments of each layer.

    Source:
        Elman, "Finding Structure in Time", 1990; Hochreiter and Schmidhuber, "Long Short-Term
        Memory", 1997, with the forget gate's bias at 1 after Gers, Schmidhuber and Cummins, 2000;
        Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
    """
    tensor = opening.tensor
    for i in range(1, hidden_layers + 1):
        name = f"{cell}_{i}"
        layer = CELLS[cell](
            units,
            activation=options.activation,
            return_sequences=i < hidden_layers,
            kernel_regularizer=options.penalty,
            recurrent_regularizer=options.penalty,
            name=name,
            **layer_arguments,
        )
        tensor = layer(tensor, mask=opening.mask)
        if options.batch_norm:
            tensor = L.BatchNormalization(name=f"{name}_norm")(tensor)
        tensor = options.drop(tensor, name)
    return tensor
