"""Image features against scikit-image, hand-computed cases and invariants."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import feature

from bakeoff_classic.edges import Edges
from bakeoff_classic.hog import Hog, cell_size
from bakeoff_classic.image import Histogram, ManualImage, RawImage
from bakeoff_classic.lbp import Lbp


def _noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("shape", "cell", "orientations", "block"),
    [
        ((28, 28, 1), 4, 9, (2, 2)),
        ((8, 8, 1), 2, 9, (2, 2)),
        ((31, 45, 3), 3, 9, (2, 2)),
        ((17, 9, 1), 5, 7, (2, 1)),
        ((24, 16, 3), 8, 12, (2, 2)),
    ],
)
def test_hog_equals_scikit_image(
    shape: tuple[int, int, int], cell: int, orientations: int, block: tuple[int, int]
) -> None:
    """The whole batch at once gives what scikit-image gives image by image."""
    images = np.concatenate([_noise(4, *shape), _noise(2, *shape) // 64 * 64])
    expected = [
        feature.hog(
            image,
            orientations=orientations,
            pixels_per_cell=(cell, cell),
            cells_per_block=block,
            channel_axis=-1,
        )
        for image in images
    ]
    found = Hog(cell=cell, orientations=orientations).fit(images).transform(images)

    assert np.allclose(found, np.stack(expected), atol=1e-6)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(28, 28, 4), (8, 8, 2), (224, 224, 16), (64, 128, 9), (1, 1, 1), (2, 50, 2)],
)
def test_cell_is_a_seventh_of_the_shorter_side(height: int, width: int, expected: int) -> None:
    """Within 2 to 16 pixels, and never larger than the image."""
    assert cell_size(height, width) == expected


def test_hog_works_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounding the memory changes no number."""
    images = _noise(7, 9, 9, 1)
    whole = Hog().fit(images).transform(images)
    monkeypatch.setattr("bakeoff_classic.hog.CHUNK_PIXELS", 200)

    assert np.array_equal(Hog().fit(images).transform(images), whole)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (5, 2, 3), (3, 3, 3)])
def test_tiny_images_are_described(shape: tuple[int, int, int]) -> None:
    """An image smaller than a cell or a grid still has features."""
    images = _noise(3, *shape)
    found = ManualImage().fit(images).transform(images)

    assert found.shape[0] == 3
    assert np.isfinite(found).all()


def test_lbp_histogram_of_one_zone_equals_scikit_image() -> None:
    """With one zone and one ring the histogram is that of scikit-image's codes."""
    images = _noise(3, 15, 13, 1)
    codes = [feature.local_binary_pattern(i[..., 0], 8, 1, method="uniform") for i in images]
    expected = [np.bincount(c.astype(int).ravel(), minlength=10) / c.size for c in codes]

    assert np.allclose(Lbp(radii=(1,), grid=1).fit(images).transform(images), expected)


def test_raw_pixels_are_shares_of_255() -> None:
    """Black is 0, white is 1, in reading order with channels last."""
    image = np.array([[[[0, 51, 255]], [[255, 0, 102]]]], dtype=np.uint8)

    assert np.allclose(RawImage().fit(image).transform(image), [[0, 0.2, 1, 1, 0, 0.4]])


def test_histogram_counts_intensity_and_colour() -> None:
    """A red image lies in one bin of each histogram, and every histogram sums to one."""
    red = np.zeros((1, 4, 4, 3), dtype=np.uint8)
    red[..., 0] = 255
    found = Histogram(bins=4).fit(red).transform(red)[0]
    intensity, channels, hue_saturation = found[:4], found[4:10], found[10:]

    assert np.array_equal(intensity, [0, 1, 0, 0])
    assert np.array_equal(channels, [0, 1, 1, 0, 1, 0])
    assert np.array_equal(hue_saturation, [1, 0, 0, 0, 0, 0, 0, 1])


def test_edges_say_where_the_mass_lies() -> None:
    """A bright upper half: zones, centre of mass and no spread across an empty direction."""
    image = np.zeros((1, 4, 4, 1), dtype=np.uint8)
    image[0, :2] = 255
    found = Edges(grid=2).fit(image).transform(image)[0]
    mean, spread = found[:4], found[4:8]
    centre_rows, centre_columns = found[-5], found[-3]

    assert np.allclose(mean, [1, 1, 0, 0])
    assert np.allclose(spread, 0)
    assert (centre_rows, centre_columns) == pytest.approx((0.25, 0.5))


@pytest.mark.parametrize("wrong", [np.zeros((2, 4, 4, 1)), np.zeros((2, 4, 4), np.uint8)])
def test_what_is_no_image_is_refused(wrong: np.ndarray) -> None:
    """The message names the dtype and the shape that came."""
    with pytest.raises(ValueError, match=r"expected uint8 images .*; got"):
        RawImage().fit(wrong).transform(wrong)
