"""Preprocessing of images for a backbone: three channels, size and pixel range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_pretrained.errors import ImagesError

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_pretrained.backbones import Backbone

IMAGE_DIMS = 4
LEAST_SIDE = 2
COLOURS = 3
MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean of ImageNet's training images in blue, green and red.

Source:
    Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    2015, and the model's published configuration.
"""


def check(X: Any) -> npt.NDArray[np.uint8]:
    """Check that a network can read the images, and return them.

    Args:
        X: uint8 (n_samples, height, width, 1 or 3) in 0..255.

    Raises:
        ImagesError: another shape or type, an alpha channel, or a side of one pixel.
    """
    images = np.asarray(X)
    if images.ndim != IMAGE_DIMS or images.dtype != np.uint8:
        raise ImagesError(
            "expected images as uint8 (n_samples, height, width, channels); "
            f"got {images.dtype} {images.shape}."
        )
    _, height, width, channels = images.shape
    if channels not in (1, COLOURS):
        hint = " Lay images with alpha over a background first." if channels in (2, 4) else ""
        raise ImagesError(f"expected 1 channel (grey) or 3 (RGB); got {channels}.{hint}")
    if min(height, width) < LEAST_SIDE:
        raise ImagesError(
            f"expected images of at least {LEAST_SIDE} x {LEAST_SIDE} pixels; "
            f"got {height} x {width} (height x width)."
        )
    return images


def ready(
    X: npt.NDArray[np.uint8], backbone: Backbone, *, size: int, mode: str
) -> npt.NDArray[np.float32]:
    """Return preprocessed images, float32 (n_samples, size, size, 3).

    Args:
        X: uint8 (n_samples, height, width, 1 or 3), checked.
        backbone: the network.
        size: height and width in pixels; other sizes are resized, bilinear with anti-aliasing.
        mode: one of `backbones.MODES`.
    """
    return scaled(resized(X, size), backbone, mode)


def resized(X: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Resize to uint8 (n_samples, size, size, 3); grey is repeated in all three channels."""
    from PIL import Image

    if X.shape[1:3] == (size, size):
        return np.repeat(X, COLOURS, axis=3) if X.shape[3] == 1 else X
    resized_images = np.empty((len(X), size, size, COLOURS), np.uint8)
    for i, image in enumerate(X):
        pixels = image[..., 0] if image.shape[2] == 1 else image
        resized_image = Image.fromarray(np.ascontiguousarray(pixels)).resize(
            (size, size), Image.Resampling.BILINEAR
        )
        resized_images[i] = np.asarray(resized_image).reshape(size, size, -1)
    return resized_images


def scaled(X: npt.NDArray[np.uint8], backbone: Backbone, mode: str) -> npt.NDArray[np.float32]:
    """Convert pixels to the range and channel order of a mode, float32 of the same shape."""
    pixels = X.astype(np.float32)
    if mode == "tf":
        pixels *= np.float32(1 / 127.5)
        pixels -= np.float32(1)
    elif mode == "caffe":
        pixels = np.ascontiguousarray(pixels[..., ::-1])
        pixels -= np.asarray(MEAN_BGR, np.float32)
    elif mode == "unit":
        pixels *= np.float32(1 / 255)
    elif mode == "keras":
        pixels = np.asarray(_keras_function(backbone)(pixels), np.float32)
    return pixels


def _keras_function(backbone: Backbone) -> Any:
    """Return Keras's `preprocess_input` for a backbone."""
    import sys

    import keras

    builder = getattr(keras.applications, backbone.application)
    return sys.modules[builder.__module__].preprocess_input


def words(X: npt.NDArray[np.uint8], size: int, mode_words: str) -> str:
    """Describe the preprocessing of images in words."""
    height, width, channels = X.shape[1:]
    steps = [f"{height} x {width} {'grey' if channels == 1 else 'RGB'}"]
    if channels == 1:
        steps.append("grey in all three channels")
    if (height, width) != (size, size):
        steps.append(f"resized to {size} x {size}")
    return f"{', '.join(steps)}, {mode_words}"
