"""A backbone in two pieces: what stays as it is, and what fine-tuning trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_keras.errors import ParameterError
from bakeoff_keras.rows import MIB, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_pretrained.network import Network

NONE, TOP, ALL = "none", "top", "all"
KEPT_MIB = 1024.0
"""Most memory of activations kept at a cut; above it they are computed in each pass."""

CHUNK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Two pieces of a network.

    Args:
        network: the whole.
        below: Keras model from images to the cut; None where the cut is at the images.
        above: Keras model from the cut to the maps that the head reads; None where nothing is
            trained but the head.
        name: where the cut is, for people.
    """

    network: Network
    below: Any
    above: Any
    name: str

    def rows(self, X: npt.NDArray[np.uint8]) -> Rows:
        """Images as the piece above the cut, or the head, takes them.

        What is below the cut never changes, so its answers are computed once if they fit.
        """
        if self.below is None:
            return Rows((X,), lambda arrays: (self.network.ready(arrays[0]),))
        row_mib = 4 * float(np.prod(self.below.output.shape[1:])) / MIB
        if row_mib * len(X) <= KEPT_MIB:
            return Rows((self._answers(X),))
        return Rows((X,), lambda arrays: (self._answers(arrays[0]),))

    def _answers(self, X: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Answers of the lower piece, in batches of one shape so that nothing compiles anew."""
        found = []
        for start in range(0, len(X), CHUNK):
            inputs = self.network.ready(X[start : start + CHUNK])
            n_rows = len(inputs)
            if n_rows < CHUNK:
                blanks = np.zeros((CHUNK - n_rows, *inputs.shape[1:]), np.float32)
                inputs = np.concatenate([inputs, blanks])
            found.append(np.asarray(self.below.predict_on_batch(inputs), np.float32)[:n_rows])
        return np.concatenate(found)


def cut(network: Network, unfreeze: str, layer: str | None) -> Cut:
    """Take a backbone apart.

    Args:
        network: with its weights.
        unfreeze: `none`, `top` for the last blocks, `all`, or a layer behind which all is trained.
        layer: where the head reads; None for the network's default.

    Raises:
        UnknownNameError: no such layer.
        ParameterError: the network can't be cut there.
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
    place = network.tensor(name)
    try:
        below = keras.Model(network.model.input, place)
        above = keras.Model(place, maps)
    except ValueError as error:
        expected = f"a layer below {layer or network.default_layer} that every path passes"
        raise ParameterError("unfreeze", expected, name) from error
    return Cut(network=network, below=below, above=above, name=f"behind {name}")


def _top(network: Network, layer: str | None) -> str:
    """Layer behind which the last blocks begin, below where the head reads."""
    order = [found.name for found in network.model.layers]
    head = order.index(layer or network.default_layer)
    known = [network.backbone.top, *network.backbone.layers]
    below = [name for name in known if name in order and order.index(name) < head]
    if not below:
        raise ParameterError("unfreeze", "'none', 'all' or the name of a layer", TOP)
    return below[0]
