"""What is told of a network's layers: weights, their norms, and the work of a forward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR_ZERO = 1e-3
"""Near zero is below this share of the standard deviation of a layer's initial weights."""

MOST_ROWS = 1024
MOST_INPUTS = 2**20
"""Numbers that one forward pass may read."""

_MATRIX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A layer with trainable variables.

    Args:
        name: of the layer.
        places: positions of its variables among the network's trainable ones.
        weights: its variables that are matrices or kernels; biases and scales are not.
    """

    name: str
    places: tuple[int, ...]
    weights: tuple[Any, ...]


def trained_layers(model: Any) -> tuple[Trained, ...]:
    """Layers of a network that training changes, in the order of the data."""
    places = {id(variable): i for i, variable in enumerate(model.trainable_variables)}
    return tuple(
        Trained(
            name=layer.name,
            places=tuple(places[id(v)] for v in layer.trainable_variables),
            weights=tuple(v for v in layer.trainable_variables if len(v.shape) >= _MATRIX),
        )
        for layer in model.layers
        if layer.trainable_variables
    )


def rows_of_a_pass(model: Any) -> int:
    """Rows of a forward pass outside training: 1024, fewer where the inputs are large images.

    Activations of an early layer take some 16 times the inputs' memory.
    """
    size = sum(int(np.prod([side or 1 for side in source.shape[1:]])) for source in model.inputs)
    return max(16, min(MOST_ROWS, MOST_INPUTS // max(1, size)))


class WeightWatch:
    """Norm and share of near-zero weights of each layer, against its initial weights."""

    def __init__(self, layers: tuple[Trained, ...]) -> None:
        self._layers = [layer for layer in layers if layer.weights]
        self._limits = [NEAR_ZERO * float(np.std(_flat(layer))) for layer in self._layers]

    def look(self) -> dict[str, float]:
        """`weight_norm/<layer>` (L2) and `near_zero/<layer>` in [0, 1], as the weights are now."""
        found: dict[str, float] = {}
        for layer, limit in zip(self._layers, self._limits, strict=True):
            flat = _flat(layer)
            found[f"weight_norm/{layer.name}"] = float(np.linalg.norm(flat))
            found[f"near_zero/{layer.name}"] = float(np.count_nonzero(np.abs(flat) < limit)) / len(
                flat
            )
        return found


def _flat(layer: Trained) -> Any:
    return np.concatenate([np.asarray(v.value).ravel() for v in layer.weights])


def forward_flops(model: Any) -> int:
    """Floating-point operations of a forward pass of one row, a multiply-add counted as two.

    Counts dense, convolution and recurrent layers, which make up nearly all of the work;
    activations, pooling and normalisation are left out.
    """
    return sum(_layer_flops(layer) for layer in _all_layers(model))


def _all_layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _all_layers(layer)
        else:
            yield layer


def _layer_flops(layer: Any) -> int:
    weights = [v for v in layer.weights if len(v.shape) >= _MATRIX]  # frozen layers work as well
    size = sum(int(np.prod(v.shape)) for v in weights)
    kind = type(layer).__name__
    if kind == "Dense":
        return 2 * size * _places(layer.output.shape[1:-1])
    if kind in {"Conv1D", "Conv2D", "DepthwiseConv2D"}:
        return 2 * size * _places(layer.output.shape[1:-1])
    if kind in {"SimpleRNN", "LSTM", "GRU"}:
        source = layer.input[0] if isinstance(layer.input, list) else layer.input
        return 2 * size * int(source.shape[1])
    return 0


def _places(shape: tuple[int | None, ...]) -> int:
    return int(np.prod([side or 1 for side in shape]))
