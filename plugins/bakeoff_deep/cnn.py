"""Convolutional networks on images, series and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff_deep import bodies, spaces
from bakeoff_deep._network import BaseNetwork, NetworkClassifier, NetworkRegressor
from bakeoff_deep.fronts import Front, ImageFront
from bakeoff_deep.series import SeriesFront, TextFront
from bakeoff_keras.checks import counting

if TYPE_CHECKING:
    from bakeoff.spaces import Space
    from bakeoff_deep.bodies import LayerOptions
    from bakeoff_deep.fronts import Opening
    from bakeoff_keras.notes import Note

_WIDE = 64


@dataclass(kw_only=True, eq=False, repr=False)
class Cnn(BaseNetwork):
    """Convolutions on images: blocks that halve the image and double the filters, then one layer.

    Two blocks by default, three from 64 pixels on. Every other parameter is `BaseNetwork`'s.

    Args:
        filters: filters of the first block, at least 1.
        units: units of the hidden layer before the output, at least 1.
        residual: two convolutions a block with a shortcut around them, and global average pooling
            instead of flattening.
        dropout: as in `BaseNetwork`, on the hidden layer.
    """

    filters: int = 32
    units: int = 128
    residual: bool = False

    kind: ClassVar[str] = "convolution"
    most_epochs: ClassVar[int] = 60

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return spaces.images()

    def _front(self, X: Any) -> Front:  # noqa: ARG002  one kind of input
        return ImageFront()

    def _check(self) -> None:
        super()._check()
        counting("filters", self.filters)
        counting("units", self.units)

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        side = min(opening.tensor.shape[1:3])
        depth = self.hidden_layers or (3 if side >= _WIDE else 2)
        block = "residual blocks" if self.residual else "blocks"
        note("network", f"{depth} {block} from {self.filters} filters", f"images of {side} pixels")
        return bodies.convolutions_2d(
            opening.tensor,
            options,
            hidden_layers=depth,
            filters=self.filters,
            units=self.units,
            residual=self.residual,
        )


class CnnClassifier(NetworkClassifier, Cnn):
    """CNN on images for classification. Parameters are `Cnn`'s and `BaseNetwork`'s."""


class CnnRegressor(NetworkRegressor, Cnn):
    """CNN on images for regression. Parameters are `Cnn`'s and `BaseNetwork`'s."""


@dataclass(kw_only=True, eq=False, repr=False)
class Cnn1d(BaseNetwork):
    """Convolutions along the timepoints of series or the words of texts.

    Three layers on series, one on texts by default. Every other parameter is `BaseNetwork`'s.

    Args:
        filters: filters of each layer, at least 1.
        kernel: steps that a filter sees, at least 1.
        units: units of the hidden layer before the output, at least 1.
        embedding: features whose word vectors initialise the embedding layer for texts, such as
            `word2vec`, learned on the training rows; None learns vectors with the network.
        embedding_trainable: whether those vectors are trained further with the network.
    """

    filters: int = 64
    kernel: int = 5
    units: int = 64
    embedding: Any = None
    embedding_trainable: bool = False

    kind: ClassVar[str] = "convolution"
    most_epochs: ClassVar[int] = 100

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return spaces.sequences()

    def _front(self, X: Any) -> Front:
        if np.ndim(X) == 1:
            return TextFront(start=self.embedding, trainable=self.embedding_trainable)
        return SeriesFront(max_steps=1024)

    def _check(self) -> None:
        super()._check()
        for name in ("filters", "kernel", "units"):
            counting(name, getattr(self, name))

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        is_text = isinstance(self.front_, TextFront)
        depth = self.hidden_layers or (1 if is_text else 3)
        description = "words over learned vectors" if is_text else "timepoints"
        note("network", f"{depth} layers of {self.filters} filters of {self.kernel}", description)
        return bodies.convolutions_1d(
            opening,
            options,
            hidden_layers=depth,
            filters=self.filters,
            kernel=self.kernel,
            units=self.units,
        )


class Cnn1dClassifier(NetworkClassifier, Cnn1d):
    """1-D CNN on series or texts for classification. Parameters: `Cnn1d`'s and `BaseNetwork`'s."""


class Cnn1dRegressor(NetworkRegressor, Cnn1d):
    """1-D CNN on series or texts for regression. Parameters: `Cnn1d`'s and `BaseNetwork`'s."""
