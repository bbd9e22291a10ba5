"""Networks with outputs per image position: U-Net for masks, a one-stage detector for boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
import numpy.typing as npt

from bakeoff_deep import spaces, vision_bodies
from bakeoff_deep._network import BaseNetwork
from bakeoff_deep.fronts import ImageFront
from bakeoff_keras import checks
from bakeoff_keras.errors import NetworkParameterError, RowsError
from bakeoff_keras.vision_targets import BoxTarget, MaskTarget

if TYPE_CHECKING:
    from bakeoff.spaces import Space
    from bakeoff_deep.bodies import LayerOptions
    from bakeoff_deep.fronts import Front, Opening
    from bakeoff_keras.notes import Note

RARE = 0.02
"""Initial probability that a cell contains a box, which sets the detector's bias."""


class PhotometricFront(ImageFront):
    """Front for images with photometric augmentation only, which keeps masks and boxes valid."""

    augmentation = "brightness and contrast changed by up to a fifth"

    def _augment(self, tensor: Any) -> Any:
        brighter = keras.layers.RandomBrightness(0.2, value_range=(0, 1), name="augment_brightness")
        contrast = keras.layers.RandomContrast(0.2, value_range=(0, 1), name="augment_contrast")
        return contrast(brighter(tensor))


@dataclass(kw_only=True, eq=False, repr=False)
class SpatialNetwork(BaseNetwork):
    """Base of U-Net and box detector. Every other parameter is `BaseNetwork`'s.

    Args:
        filters: filters of the first level, doubled at each further one, at least 1.
        batch_norm: as in `BaseNetwork`; on by default.
        batch_size: as in `BaseNetwork`; 8 by default, since an image has many positions.
    """

    filters: int = 8
    batch_norm: bool = True
    batch_size: int | None = 8

    kind: ClassVar[str] = "convolution"
    most_epochs: ClassVar[int] = 40

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return spaces.vision()

    def _front(self, X: Any) -> Front:
        if np.ndim(X) != 4:  # noqa: PLR2004  images
            raise RowsError(f"expected images (n, height, width, channels); got {np.shape(X)}.")
        return PhotometricFront()

    def _check(self) -> None:
        super()._check()
        checks.counting("filters", self.filters)
        if self.class_weight is not None:
            raise NetworkParameterError(
                "class_weight", "nothing for masks and boxes", self.class_weight
            )


@dataclass(kw_only=True, eq=False, repr=False)
class Unet(SpatialNetwork):
    """U-Net: a class for each pixel, by cross-entropy plus Dice. Parameters are `SpatialNetwork`'s.

    Three levels by default, fewer where a side is shorter than 16 pixels.

    Args:
        hidden_layers: levels below the first, at least 1; None for three.

    Source:
        See `vision_bodies.unet`.
    """

    if TYPE_CHECKING:
        target_: MaskTarget

    def _target(self, X: Any, y: Any) -> MaskTarget:
        if np.shape(y) != np.shape(X)[:3]:
            message = f"expected masks of shape {np.shape(X)[:3]}; got {np.shape(y)}."
            raise RowsError(message)
        return MaskTarget.of_masks(y)

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        side = min(opening.tensor.shape[1:3])
        depth = self.hidden_layers or max(1, min(3, int(math.log2(max(2, side))) - 1))
        description = f"U-Net of {depth} levels from {self.filters} filters"
        note("network", description, f"images of {side} pixels")
        return vision_bodies.unet(opening.tensor, options, depth=depth, filters=self.filters)

    def _output(self, body: Any, units: int, activation: str) -> Any:
        return keras.layers.Conv2D(units, 1, activation=activation, name="output")(body)

    def predict(self, X: Any) -> npt.NDArray[np.uint8]:
        """Predict masks, uint8 (n_samples, height, width), of classes seen in training."""
        rows = self._rows(X)
        return self._chunked(rows, lambda chunk: self.target_.masks(self.program_.outputs(chunk)))


@dataclass(kw_only=True, eq=False, repr=False)
class BoxDetector(SpatialNetwork):
    """Small one-stage detector without anchors. Parameters are `SpatialNetwork`'s and these.

    The image is divided into a grid of cells; each predicts whether it contains a box's centre, and
    the box's class, position and size. Of boxes of one class that overlap by half, the best is
    kept.

    Args:
        hidden_layers: convolutions over the grid, at least 1; None for two.
        stride: side of a cell in pixels: 4, 8, 16 or 32; None for an eighth of the shorter side,
            within these.
        filters: as in `SpatialNetwork`.

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
            raise NetworkParameterError("stride", "4, 8, 16 or 32", self.stride)

    def _target(self, X: Any, y: Any) -> BoxTarget:
        shape = int(X.shape[1]), int(X.shape[2])
        nearest = 2 ** round(math.log2(max(1, min(shape) / 8)))
        stride = self.stride or min(32, max(4, nearest))
        return BoxTarget.of_boxes(y, stride=stride, shape=shape)

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        depth = self.hidden_layers or 2
        rows, columns = self.target_.grid
        description = f"{rows} x {columns} cells from {self.filters} filters, then {depth} layers"
        note("network", description, f"cells of {self.target_.stride} pixels")
        return vision_bodies.grid(
            opening.tensor,
            options,
            halvings=int(math.log2(self.target_.stride)),
            filters=self.filters,
            hidden_layers=depth,
        )

    def _output(self, body: Any, units: int, activation: str) -> Any:
        log_odds = keras.initializers.Constant(math.log(RARE / (1 - RARE)))
        objectness = keras.layers.Conv2D(1, 1, bias_initializer=log_odds, name="there")(body)
        class_and_box = keras.layers.Conv2D(units - 1, 1, activation=activation, name="rest")(body)
        return keras.layers.Concatenate(name="output")([objectness, class_and_box])

    def predict(self, X: Any) -> npt.NDArray[np.object_]:
        """Predict boxes, object (n_samples,) of float32 (n_boxes, 6), by descending score."""
        rows = self._rows(X)
        return self._chunked(rows, lambda chunk: self.target_.boxes(self.program_.outputs(chunk)))
