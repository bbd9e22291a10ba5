"""Probes: known photographs with the features and classes that correct weights produce.

The photographs ship with scikit-image. Expected features were computed with Keras's own
`preprocess_input` and weights that a second reader had taken from the files; expected classes are
what the photographs show. Wrong order of channels moves the features by 7 % or more of the largest
one, wrong scaling by more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_pretrained.errors import ProbeError

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_pretrained.backbones import Backbone

TOLERANCE = 0.01
"""Largest deviation of a feature, as a share of the largest expected one; chosen here."""

CATS, ESPRESSO = (281, 282, 285), (967,)
"""ImageNet's classes of tabby, tiger cat and Egyptian cat, and of a cup of espresso."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Expected features of two photographs: a cat, then a cup of coffee.

    Args:
        layer: whose activations are averaged over positions.
        size: height and width of the photographs' centre crops in pixels.
        channels: indices of the features.
        cat: their values.
        coffee: the same.
        has_classes: whether the weights come with a head of ImageNet's 1000 classes.
    """

    layer: str
    size: int
    channels: tuple[int, ...]
    cat: tuple[float, ...]
    coffee: tuple[float, ...]
    has_classes: bool = False


PROBES = {
    "vgg16": Probe(
        layer="block5_pool",
        size=224,
        channels=(286, 384, 183, 216, 270, 355),
        cat=(152.8677, 0.0906, 60.4224, 51.6232, 1.4887, 48.8096),
        coffee=(0.0, 63.543, 0.5041, 0.0, 49.285, 2.2874),
    ),
    "mobilenet": Probe(
        layer="conv_pw_13_relu",
        size=224,
        channels=(624, 309, 48, 329, 559, 849),
        cat=(5.7782, 5.6525, 5.3439, 5.2201, 4.9876, 4.8217),
        coffee=(0.0, 2.5426, 0.0295, 2.5599, 0.6194, 0.1863),
        has_classes=True,
    ),
    "mobilenet_v2": Probe(
        layer="block_12_add",
        size=160,
        channels=(62, 70, 5, 47, 75, 17),
        cat=(-1.77, 1.6645, 3.4323, 3.2756, 0.9697, -1.5008),
        coffee=(3.9335, 3.5262, 1.9281, 2.059, 3.1922, 3.1401),
    ),
    "inception_v3_altered": Probe(
        layer="mixed5",
        size=299,
        channels=(73, 91, 111, 52, 690, 88),
        cat=(2.3412, 2.2124, 1.3989, 0.7351, 0.1772, 0.942),
        coffee=(2.9269, 2.0269, 1.0964, 1.277, 1.2577, 1.2153),
    ),
}


def photographs(size: int) -> npt.NDArray[np.uint8]:
    """Return centre crops of the cat and the coffee, uint8 (2, size, size, 3)."""
    return np.stack([_middle(image, size, size) for image in _originals()])


def whole_photographs(size: int) -> npt.NDArray[np.uint8]:
    """Return both photographs cropped to a square and resized, for classification."""
    from PIL import Image

    squares = []
    for image in _originals():
        side = min(image.shape[:2])
        square = Image.fromarray(np.ascontiguousarray(_middle(image, side, side)))
        squares.append(np.asarray(square.resize((size, size), Image.Resampling.BILINEAR)))
    return np.stack(squares)


def _originals() -> list[npt.NDArray[np.uint8]]:
    """Return both photographs in RGB, in their own sizes."""
    from skimage import data

    library: Any = data
    return [np.asarray(image)[..., :3] for image in (library.cat(), library.coffee())]


def _middle(image: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def check_features(backbone: Backbone, probe: Probe, features: npt.NDArray[Any]) -> float:
    """Check features against the expected ones; return the largest relative deviation.

    Args:
        backbone: for messages.
        probe: what is expected.
        features: float (2, n_channels) of the probe's layer.

    Raises:
        ProbeError: they deviate by more than `TOLERANCE`.
    """
    expected = np.array([probe.cat, probe.coffee])
    chosen = features[:, list(probe.channels)]
    deviation = float(np.abs(chosen - expected).max() / np.abs(expected).max())
    if not deviation <= TOLERANCE:
        raise ProbeError(
            backbone.name,
            f"features of {probe.layer} deviate by {100 * deviation:.1f} % from those of a known "
            f"photograph, expected at most {100 * TOLERANCE:.0f} %",
        )
    return deviation


def check_classes(backbone: Backbone, proba: npt.NDArray[Any]) -> tuple[int, int]:
    """Check that both photographs are classified correctly; return the classes.

    Args:
        backbone: for messages.
        proba: float (2, 1000) of ImageNet's classes.

    Raises:
        ProbeError: the cat is no cat, or the coffee none.
    """
    cat, coffee = (int(code) for code in proba.argmax(axis=1))
    if cat not in CATS or coffee not in ESPRESSO:
        raise ProbeError(
            backbone.name,
            f"a cat and a cup of espresso were taken for classes {cat} and {coffee}, expected one "
            f"of {CATS} and {ESPRESSO[0]}",
        )
    return cat, coffee
