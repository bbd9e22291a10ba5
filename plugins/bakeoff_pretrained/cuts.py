"""Split of a backbone into a frozen lower part and a trainable upper part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_keras.errors import NetworkParameterError
from bakeoff_keras.rows import MIB, InputRows

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_pretrained.network import LoadedBackbone

NONE, TOP, ALL = "none", "top", "all"
KEPT_MIB = 1024.0
"""Most memory of activations that are stored at a cut; beyond it they are computed in each pass."""

CHUNK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The two parts of a backbone that is cut at a layer.

    Args:
        network: the whole backbone.
        below: Keras model from images to the cut; None where the cut is at the images.
        above: Keras model from the cut to the maps that the head reads; None where nothing is
            trained but the head.
        name: description of the cut.
    """

    network: LoadedBackbone
    below: Any
    above: Any
    name: str

    def rows(self, X: npt.NDArray[np.uint8]) -> InputRows:
        """Return inputs of the part above the cut, or of the head.

        The part below the cut never changes, so its outputs are computed once if they fit into
        memory.
        """
        if self.below is None:
            return InputRows((X,), lambda arrays: (self.network.ready(arrays[0]),))
        row_mib = 4 * float(np.prod(self.below.output.shape[1:])) / MIB
        if row_mib * len(X) <= KEPT_MIB:
            return InputRows((self._answers(X),))
        return InputRows((X,), lambda arrays: (self._answers(arrays[0]),))

    def _answers(self, X: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Compute outputs of the lower part in batches of one shape, to avoid recompilation."""
        chunks = []
        for start in range(0, len(X), CHUNK):
            inputs = self.network.ready(X[start : start + CHUNK])
            n_rows = len(inputs)
            if n_rows < CHUNK:
                blanks = np.zeros((CHUNK - n_rows, *inputs.shape[1:]), np.float32)
                inputs = np.concatenate([inputs, blanks])
            chunks.append(np.asarray(self.below.predict_on_batch(inputs), np.float32)[:n_rows])
        return np.concatenate(chunks)


def cut(network: LoadedBackbone, unfreeze: str, layer: str | None) -> Cut:
    """Split a backbone into two parts.

    Args:
        network: with its weights.
        unfreeze: `none`, `top` for the last blocks, `all`, or a layer after which all is trained.
        layer: where the head reads; None for the network's default.

    Raises:
        UnknownNameError: no such layer.
        NetworkParameterError: the network can't be cut there.
    """
    import keras

    maps = network.tensor(layer)
    if unfreeze == NONE:
        pooled = keras.layers.GlobalAveragePooling2D(name="pool")(maps)
        below = keras.Model(network.model.input, pooled)
        return Cut(network=network, below=below, above=None, name="before the head")
    if unfreeze == ALL:
        above = keras.Model(network.model.input, maps)
        return Cut(network=network, below=None, above=above, name="at the images")
    name = _top(network, layer) if unfreeze == TOP else unfreeze
    cut_tensor = network.tensor(name)
    try:
        below = keras.Model(network.model.input, cut_tensor)
        above = keras.Model(cut_tensor, maps)
    except ValueError as error:
        expected = f"a layer below {layer or network.default_layer} that every path passes"
        raise NetworkParameterError("unfreeze", expected, name) from error
    return Cut(network=network, below=below, above=above, name=f"behind {name}")


def _top(network: LoadedBackbone, layer: str | None) -> str:
    """Return the layer after which the last blocks begin, below the head's input layer."""
    names = [layer_.name for layer_ in network.model.layers]
    head = names.index(layer or network.default_layer)
    candidates = [network.backbone.top, *network.backbone.layers]
    below = [name for name in candidates if name in names and names.index(name) < head]
    if not below:
        raise NetworkParameterError("unfreeze", "'none', 'all' or the name of a layer", TOP)
    return below[0]
