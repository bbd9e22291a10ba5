"""Networks whose answer lies in the image: U-Net for masks, a one-stage detector for boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
import numpy.typing as npt

from bakeoff_deep import spaces, vision_bodies
from bakeoff_deep._network import Network
from bakeoff_deep.fronts import ImageFront
from bakeoff_keras import checks
from bakeoff_keras.errors import ParameterError, RowsError
from bakeoff_keras.vision_targets import BoxTarget, MaskTarget

if TYPE_CHECKING:
    from bakeoff.spaces import Space
    from bakeoff_deep.bodies import Style
    from bakeoff_deep.fronts import Front, Opening
    from bakeoff_keras.notes import Note

RARE = 0.02
"""Share of cells that are expected to hold a box, where the detector's bias starts."""


class PlacedFront(ImageFront):
    """Images whose augmentation moves no pixel, so that masks and boxes stay right."""

    augmentation = "brightness and contrast changed by up to a fifth"

    def _augment(self, tensor: Any) -> Any:
        brighter = keras.layers.RandomBrightness(0.2, value_range=(0, 1), name="augment_brightness")
        contrast = keras.layers.RandomContrast(0.2, value_range=(0, 1), name="augment_contrast")
        return contrast(brighter(tensor))


@dataclass(kw_only=True, eq=False, repr=False)
class Placed(Network):
    """What both networks share. Every other parameter is `Network`'s.

    Args:
        filters: filters of the first level, doubled at each further one, at least 1.
        batch_norm: as in `Network`; on unless told otherwise.
        batch_size: as in `Network`; 8 unless told otherwise, since an image holds many places.
    """

    filters: int = 8
    batch_norm: bool = True
    batch_size: int | None = 8

    kind: ClassVar[str] = "convolution"
    most_epochs: ClassVar[int] = 40

    @classmethod
    def space(cls) -> Space:
        """What a search may vary."""
        return spaces.places()

    def _front(self, X: Any) -> Front:
        if np.ndim(X) != 4:  # noqa: PLR2004  images
            raise RowsError(f"expected images (n, height, width, channels); got {np.shape(X)}.")
        return PlacedFront()

    def _check(self) -> None:
        super()._check()
        checks.counting("filters", self.filters)
        if self.class_weight is not None:
            raise ParameterError("class_weight", "nothing for masks and boxes", self.class_weight)


@dataclass(kw_only=True, eq=False, repr=False)
class Unet(Placed):
    """U-Net: a class for each pixel, by cross-entropy plus Dice. Parameters are `Placed`'s.

    Three levels unless told otherwise, fewer where a side is shorter than 16 pixels.

    Args:
        hidden_layers: levels below the first, at least 1; None for three.

    Source:
        See `vision_bodies.unet`.
    """

    if TYPE_CHECKING:
        target_: MaskTarget

    def _target(self, X: Any, y: Any) -> MaskTarget:
        if np.shape(y) != np.shape(X)[:3]:
            what = f"expected masks of shape {np.shape(X)[:3]}; got {np.shape(y)}."
            raise RowsError(what)
        return MaskTarget.of_masks(y)

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        side = min(opening.tensor.shape[1:3])
        depth = self.hidden_layers or max(1, min(3, int(math.log2(max(2, side))) - 1))
        what = f"U-Net of {depth} levels from {self.filters} filters"
        note("network", what, f"images of {side} pixels")
        return vision_bodies.unet(opening.tensor, style, depth=depth, filters=self.filters)

    def _output(self, body: Any, units: int, activation: str) -> Any:
        return keras.layers.Conv2D(units, 1, activation=activation, name="output")(body)

    def predict(self, X: Any) -> npt.NDArray[np.uint8]:
        """Masks, uint8 (n_samples, height, width), of classes that training showed."""
        rows = self._rows(X)
        return self._chunked(rows, lambda part: self.target_.masks(self.program_.outputs(part)))


@dataclass(kw_only=True, eq=False, repr=False)
class BoxDetector(Placed):
    """A small one-stage detector without anchors. Parameters are `Placed`'s and these.

    The image becomes a grid of cells; each says whether a box's centre lies in it, its class, its
    place and its size. Boxes of one class that overlap by half are told once.

    Args:
        hidden_layers: convolutions over the grid, at least 1; None for two.
        stride: side of a cell in pixels: 4, 8, 16 or 32; None for an eighth of the shorter side,
            within these.
        filters: as in `Placed`.

    Source:
        Redmon et al., "You Only Look Once: Unified, Real-Time Object Detection", 2016; Tian et
        al., "FCOS: Fully Convolutional One-Stage Object Detection", 2019. Sizes are chosen here.
    """

    filters: int = 16
    stride: int | None = None

    if TYPE_CHECKING:
        target_: BoxTarget

    def _check(self) -> None:
        super()._check()
        if self.stride is not None and self.stride not in (4, 8, 16, 32):
            raise ParameterError("stride", "4, 8, 16 or 32", self.stride)

    def _target(self, X: Any, y: Any) -> BoxTarget:
        shape = int(X.shape[1]), int(X.shape[2])
        nearest = 2 ** round(math.log2(max(1, min(shape) / 8)))
        stride = self.stride or min(32, max(4, nearest))
        return BoxTarget.of_boxes(y, stride=stride, shape=shape)

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        depth = self.hidden_layers or 2
        rows, columns = self.target_.grid
        what = f"{rows} x {columns} cells from {self.filters} filters, then {depth} layers"
        note("network", what, f"cells of {self.target_.stride} pixels")
        return vision_bodies.grid(
            opening.tensor,
            style,
            halvings=int(math.log2(self.target_.stride)),
            filters=self.filters,
            hidden_layers=depth,
        )

    def _output(self, body: Any, units: int, activation: str) -> Any:
        rare = keras.initializers.Constant(math.log(RARE / (1 - RARE)))
        there = keras.layers.Conv2D(1, 1, bias_initializer=rare, name="there")(body)
        rest = keras.layers.Conv2D(units - 1, 1, activation=activation, name="rest")(body)
        return keras.layers.Concatenate(name="output")([there, rest])

    def predict(self, X: Any) -> npt.NDArray[np.object_]:
        """Boxes, object (n_samples,) of float32 (n_boxes, 6), the best-scored first."""
        rows = self._rows(X)
        return self._chunked(rows, lambda part: self.target_.boxes(self.program_.outputs(part)))
