"""Facts about a network's layers: weights, weight norms, and operations of a forward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR_ZERO = 1e-3
"""Magnitude of near-zero weights, as share of the standard deviation of the initial weights."""

MOST_ROWS = 1024
MOST_INPUTS = 2**20
"""Most input values of one forward pass."""

_MATRIX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainableLayer:
    """A layer with trainable variables.

    Args:
        name: of the layer.
        positions: of its variables among the network's trainable ones.
        weights: its variables that are matrices or kernels; biases and scales are not.
    """

    name: str
    positions: tuple[int, ...]
    weights: tuple[Any, ...]


def trainable_layers(model: Any) -> tuple[TrainableLayer, ...]:
    """Return the layers with trainable variables in the network's order."""
    position_of = {id(variable): i for i, variable in enumerate(model.trainable_variables)}
    return tuple(
        TrainableLayer(
            name=layer.name,
            positions=tuple(position_of[id(variable)] for variable in layer.trainable_variables),
            weights=tuple(
                variable for variable in layer.trainable_variables if len(variable.shape) >= _MATRIX
            ),
        )
        for layer in model.layers
        if layer.trainable_variables
    )


def rows_of_a_pass(model: Any) -> int:
    """Return the rows of a forward pass for prediction: 1024, fewer for large images.

    Activations of early layers take about 16 times the memory of the inputs.
    """
    size = sum(int(np.prod([side or 1 for side in source.shape[1:]])) for source in model.inputs)
    return max(16, min(MOST_ROWS, MOST_INPUTS // max(1, size)))


class WeightWatch:
    """Norm and share of near-zero weights of each layer, relative to its initial weights."""

    def __init__(self, layers: tuple[TrainableLayer, ...]) -> None:
        self._layers = [layer for layer in layers if layer.weights]
        self._limits = [NEAR_ZERO * float(np.std(_flat(layer))) for layer in self._layers]

    def look(self) -> dict[str, float]:
        """Return the current `weight_norm/<layer>` (L2) and `near_zero/<layer>` in [0, 1]."""
        values: dict[str, float] = {}
        for layer, limit in zip(self._layers, self._limits, strict=True):
            flat = _flat(layer)
            values[f"weight_norm/{layer.name}"] = float(np.linalg.norm(flat))
            values[f"near_zero/{layer.name}"] = float(np.count_nonzero(np.abs(flat) < limit)) / len(
                flat
            )
        return values


def _flat(layer: TrainableLayer) -> Any:
    return np.concatenate([np.asarray(v.value).ravel() for v in layer.weights])


def forward_flops(model: Any) -> int:
    """Count floating-point operations of a forward pass of one row; a multiply-add counts as two.

    Counts dense, convolution and recurrent layers, which do nearly all operations;
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
    weights = [v for v in layer.weights if len(v.shape) >= _MATRIX]  # frozen layers compute as well
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
