"""Networks that keep the image's places: U-Net and the detector's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from bakeoff_deep.bodies import Style

L = keras.layers


def conv(tensor: Any, style: Style, width: int, name: str, *, stride: int = 1) -> Any:
    """A 3 x 3 convolution with what the style puts after it."""
    layer = L.Conv2D(width, 3, strides=stride, padding="same", name=name, **style.weights)
    return style.after(layer(tensor), name)


def unet(tensor: Any, style: Style, *, depth: int, filters: int) -> Any:
    """Down `depth` times and up again, with a way across at each level.

    Sides that halving doesn't divide are padded and cut again.

    Source:
        Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image
        Segmentation", 2015; padded convolutions and doubled pixels on the way up are chosen here.
    """
    margins = [-side % 2**depth for side in tensor.shape[1:3]]
    if any(margins):
        tensor = L.ZeroPadding2D(tuple((0, m) for m in margins), name="pad")(tensor)
    across = []
    for i in range(1, depth + 1):
        width = filters * 2 ** (i - 1)
        tensor = conv(tensor, style, width, f"down_{i}a")
        tensor = conv(tensor, style, width, f"down_{i}b")
        across.append(tensor)
        tensor = L.MaxPooling2D(name=f"down_{i}_pool")(tensor)
    tensor = conv(tensor, style, filters * 2**depth, "bottom")
    tensor = style.drop(tensor, "bottom")
    for i in range(depth, 0, -1):
        tensor = L.UpSampling2D(name=f"up_{i}_double")(tensor)
        tensor = L.Concatenate(name=f"up_{i}_join")([tensor, across[i - 1]])
        tensor = conv(tensor, style, filters * 2 ** (i - 1), f"up_{i}")
    if any(margins):
        tensor = L.Cropping2D(tuple((0, m) for m in margins), name="cut")(tensor)
    return tensor


def grid(tensor: Any, style: Style, *, halvings: int, filters: int, hidden_layers: int) -> Any:
    """Halve the image to cells, then look around each: (batch, rows, columns, channels)."""
    for i in range(1, halvings + 1):
        width = filters * 2 ** (i - 1)
        tensor = conv(tensor, style, width, f"conv_{i}")
        tensor = L.MaxPooling2D(padding="same", name=f"conv_{i}_pool")(tensor)
    width = filters * 2**halvings
    for i in range(1, hidden_layers + 1):
        tensor = conv(tensor, style, width, f"cells_{i}")
    return style.drop(tensor, "cells")
