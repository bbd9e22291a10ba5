"""Networks answer known photographs as they must, and wrong preprocessing is caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bakeoff_pretrained import images, network, probes, weights
from bakeoff_pretrained.backbones import BACKBONES
from bakeoff_pretrained.errors import ImagesError, ProbeError

pytest.importorskip("keras", reason="needs the extra pretrained")

MODES_OF_KERAS = {
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "inception_v3": "inception_v3",
    "mobilenet": "mobilenet",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3": "mobilenet_v3",
}
PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)


def cached(name: str) -> tuple[dict[str, np.ndarray], weights.About]:
    """Weights that lie in the cache; the test is skipped by name where they don't."""
    if not weights.cache_file(BACKBONES[name]).is_file():
        pytest.skip(f"weights of {name} are not cached; run: bakeoff prepare transfer")
    return weights.load(BACKBONES[name])


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet_v2", "inception_v3", "vgg16"])
def test_published_weights_pass_their_probe(name: str) -> None:
    """Features of two photographs; with the 1000 classes also what they show."""
    arrays, about = cached(name)
    mode = about.mode or BACKBONES[name].mode

    assert network.run_probe(BACKBONES[name], arrays, about.probe, mode=mode) < 0.001


@pytest.mark.parametrize("mode", ["caffe", "unit", "raw"])
def test_wrong_scaling_or_order_of_channels_is_caught(mode: str) -> None:
    """Before anything is computed with it."""
    arrays, about = cached("mobilenet")

    with pytest.raises(ProbeError, match="mobilenet: the probe failed: features of conv_pw_13"):
        network.run_probe(BACKBONES["mobilenet"], arrays, about.probe, mode=mode)


def test_turned_channels_alone_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scaling as it should be, blue and red exchanged."""
    arrays, about = cached("mobilenet")
    right = images.scaled
    monkeypatch.setattr(images, "scaled", lambda X, *rest: right(X, *rest)[..., ::-1])

    with pytest.raises(ProbeError, match="deviate by"):
        network.run_probe(BACKBONES["mobilenet"], arrays, about.probe, mode="tf")


def test_images_of_the_wrong_size_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a network were shown smaller pictures than it was told."""
    arrays, about = cached("mobilenet")
    right = images.resized

    def shrink(X: Any, size: int) -> Any:
        return right(right(X, size // 2), size)

    monkeypatch.setattr(images, "resized", shrink)

    with pytest.raises(ProbeError, match="deviate by"):
        network.run_probe(BACKBONES["mobilenet"], arrays, about.probe, mode="tf")


def test_a_changed_weight_is_caught() -> None:
    """Here the first layer's filters in another order."""
    arrays, about = cached("mobilenet")
    changed = {**arrays, "conv1/kernel": arrays["conv1/kernel"][..., ::-1].copy()}

    with pytest.raises(ProbeError, match="nothing was computed"):
        network.run_probe(BACKBONES["mobilenet"], changed, about.probe, mode="tf")


def test_photograph_of_a_cat_must_be_one() -> None:
    """Classes are held to what the photographs show."""
    proba = np.zeros((2, 1000))
    proba[0, 281] = proba[1, 967] = 1

    assert probes.check_classes(BACKBONES["mobilenet"], proba) == (281, 967)
    with pytest.raises(ProbeError, match="were taken for classes 967 and 281"):
        probes.check_classes(BACKBONES["mobilenet"], proba[::-1])


@pytest.mark.parametrize("name", MODES_OF_KERAS)
def test_scaling_equals_that_of_keras(name: str) -> None:
    """The second implementation is `preprocess_input` of each network's module."""
    import keras

    backbone = BACKBONES[name]
    theirs = getattr(keras.applications, MODES_OF_KERAS[name]).preprocess_input
    expected = theirs(PHOTOS.astype(np.float32))

    found = images.scaled(PHOTOS, backbone, backbone.mode)

    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(images.scaled(PHOTOS, backbone, "keras"), expected, atol=1e-4)


def test_grey_images_stand_in_all_three_channels() -> None:
    """Of their own size and resized."""
    grey = PHOTOS[..., :1]
    for size in (20, 40):
        square = images.resized(grey[:, :, :20], size)

        assert square.shape == (3, size, size, 3)
        np.testing.assert_array_equal(square[..., 0], square[..., 2])
    np.testing.assert_array_equal(images.resized(grey[:, :, :20], 20)[..., :1], grey[:, :, :20])


def test_resizing_keeps_the_mean_colour() -> None:
    """Within a grey level, up and down."""
    for size in (7, 90):
        found = images.resized(PHOTOS, size).mean(axis=(1, 2))

        np.testing.assert_allclose(found, PHOTOS.mean(axis=(1, 2)), atol=12)


@pytest.mark.parametrize(
    ("X", "told"),
    [
        (np.zeros((2, 8, 8, 4), np.uint8), "got 4. Lay images with alpha over a background"),
        (np.zeros((2, 8, 8, 2), np.uint8), "got 2. Lay images with alpha"),
        (np.zeros((2, 8, 8, 5), np.uint8), r"expected 1 channel \(grey\) or 3 \(RGB\); got 5"),
        (np.zeros((2, 8, 1, 3), np.uint8), r"at least 2 x 2 pixels; got 8 x 1"),
        (np.zeros((2, 8, 8, 3), np.float32), "expected images as uint8 .* got float32"),
        (np.zeros((8, 8, 3), np.uint8), r"got uint8 \(8, 8, 3\)"),
        (np.array(["no image"]), "got <U8"),
    ],
)
def test_what_is_no_image_is_refused(X: np.ndarray, told: str) -> None:
    """With what was expected."""
    with pytest.raises(ImagesError, match=told):
        images.check(X)
