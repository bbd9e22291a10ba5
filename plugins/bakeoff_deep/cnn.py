"""Convolutional networks on images, series and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff_deep import bodies, spaces
from bakeoff_deep._network import Network, NetworkClassifier, NetworkRegressor
from bakeoff_deep.fronts import Front, ImageFront
from bakeoff_deep.series import SeriesFront, TextFront
from bakeoff_keras.checks import counting

if TYPE_CHECKING:
    from bakeoff.spaces import Space
    from bakeoff_deep.bodies import Style
    from bakeoff_deep.fronts import Opening
    from bakeoff_keras.notes import Note

_WIDE = 64


@dataclass(kw_only=True, eq=False, repr=False)
class Cnn(Network):
    """Convolutions on images: blocks that halve the image and double the filters, then one layer.

    Two blocks, three from 64 pixels on, unless told otherwise. Every other parameter is
    `Network`'s.

    Args:
        filters: filters of the first block, at least 1.
        units: units of the hidden layer before the output, at least 1.
        residual: two convolutions a block with a path around them, and the mean over the image
            instead of all its places.
        dropout: as in `Network`, on the hidden layer.
    """

    filters: int = 32
    units: int = 128
    residual: bool = False

    kind: ClassVar[str] = "convolution"
    most_epochs: ClassVar[int] = 60

    @classmethod
    def space(cls) -> Space:
        """What a search may vary."""
        return spaces.images()

    def _front(self, X: Any) -> Front:  # noqa: ARG002  one kind of input
        return ImageFront()

    def _check(self) -> None:
        super()._check()
        counting("filters", self.filters)
        counting("units", self.units)

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        side = min(opening.tensor.shape[1:3])
        depth = self.hidden_layers or (3 if side >= _WIDE else 2)
        block = "residual blocks" if self.residual else "blocks"
        note("network", f"{depth} {block} from {self.filters} filters", f"images of {side} pixels")
        return bodies.convolutions_2d(
            opening.tensor,
            style,
            hidden_layers=depth,
            filters=self.filters,
            units=self.units,
            residual=self.residual,
        )


class CnnClassifier(NetworkClassifier, Cnn):
    """Convolutions on images, for classes. Parameters are `Cnn`'s and `Network`'s."""


class CnnRegressor(NetworkRegressor, Cnn):
    """Convolutions on images, for values. Parameters are `Cnn`'s and `Network`'s."""


@dataclass(kw_only=True, eq=False, repr=False)
class Cnn1d(Network):
    """Convolutions along series, or along the words of texts.

    Three layers on series, one on texts, unless told otherwise. Every other parameter is
    `Network`'s.

    Args:
        filters: filters of each layer, at least 1.
        kernel: steps that a filter sees, at least 1.
        units: units of the hidden layer before the output, at least 1.
        embedding: features whose vectors of words a text's network starts from, such as `word2vec`,
            learned on the training rows; None learns vectors with the network.
        embedding_trainable: whether those vectors go on learning with the network.
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
        """What a search may vary."""
        return spaces.courses()

    def _front(self, X: Any) -> Front:
        if np.ndim(X) == 1:
            return TextFront(start=self.embedding, trainable=self.embedding_trainable)
        return SeriesFront(max_steps=1024)

    def _check(self) -> None:
        super()._check()
        for name in ("filters", "kernel", "units"):
            counting(name, getattr(self, name))

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        is_text = isinstance(self.front_, TextFront)
        depth = self.hidden_layers or (1 if is_text else 3)
        what = "words over learned vectors" if is_text else "timepoints"
        note("network", f"{depth} layers of {self.filters} filters of {self.kernel}", what)
        return bodies.convolutions_1d(
            opening,
            style,
            hidden_layers=depth,
            filters=self.filters,
            kernel=self.kernel,
            units=self.units,
        )


class Cnn1dClassifier(NetworkClassifier, Cnn1d):
    """Convolutions on series or texts, for classes. Parameters: `Cnn1d`'s and `Network`'s."""


class Cnn1dRegressor(NetworkRegressor, Cnn1d):
    """Convolutions on series or texts, for values. Parameters: `Cnn1d`'s and `Network`'s."""
