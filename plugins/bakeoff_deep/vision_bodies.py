"""Hidden layers that keep image positions: U-Net and the detector's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from bakeoff_deep.bodies import LayerOptions

L = keras.layers


def conv(tensor: Any, options: LayerOptions, width: int, name: str, *, stride: int = 1) -> Any:
    """Build a 3 x 3 convolution with normalisation and activation."""
    layer = L.Conv2D(width, 3, strides=stride, padding="same", name=name, **options.weights)
    return options.after(layer(tensor), name)


def unet(tensor: Any, options: LayerOptions, *, depth: int, filters: int) -> Any:
    """Build a U-Net with `depth` downsampling levels and skip connections.

    Sides that 2**depth doesn't divide are padded and cropped again.

    Source:
        Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image
        Segmentation", 2015; padded convolutions and nearest-neighbour upsampling are chosen here.
    """
    margins = [-side % 2**depth for side in tensor.shape[1:3]]
    if any(margins):
        tensor = L.ZeroPadding2D(tuple((0, margin) for margin in margins), name="pad")(tensor)
    skips = []
    for i in range(1, depth + 1):
        width = filters * 2 ** (i - 1)
        tensor = conv(tensor, options, width, f"down_{i}a")
        tensor = conv(tensor, options, width, f"down_{i}b")
        skips.append(tensor)
        tensor = L.MaxPooling2D(name=f"down_{i}_pool")(tensor)
    tensor = conv(tensor, options, filters * 2**depth, "bottom")
    tensor = options.drop(tensor, "bottom")
    for i in range(depth, 0, -1):
        tensor = L.UpSampling2D(name=f"up_{i}_double")(tensor)
        tensor = L.Concatenate(name=f"up_{i}_join")([tensor, skips[i - 1]])
        tensor = conv(tensor, options, filters * 2 ** (i - 1), f"up_{i}")
    if any(margins):
        tensor = L.Cropping2D(tuple((0, margin) for margin in margins), name="cut")(tensor)
    return tensor


def grid(
    tensor: Any, options: LayerOptions, *, halvings: int, filters: int, hidden_layers: int
) -> Any:
    """Build layers that reduce the image to cells: (batch, rows, columns, channels)."""
    for i in range(1, halvings + 1):
        width = filters * 2 ** (i - 1)
        tensor = conv(tensor, options, width, f"conv_{i}")
        tensor = L.MaxPooling2D(padding="same", name=f"conv_{i}_pool")(tensor)
    width = filters * 2**halvings
    for i in range(1, hidden_layers + 1):
        tensor = conv(tensor, options, width, f"cells_{i}")
    return options.drop(tensor, "cells")
