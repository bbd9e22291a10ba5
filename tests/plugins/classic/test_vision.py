"""Manual contenders for masks and boxes: what they find, and what they refuse."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from bakeoff_standins.squares import draw_squares
from skimage.feature import hog as oracle

from bakeoff.metrics.detection import map50
from bakeoff.metrics.segmentation import mean_iou
from bakeoff_classic.hog import block_grid
from bakeoff_classic.pixels import PixelForest, describe
from bakeoff_classic.windows import HogWindow

squares = partial(draw_squares, shape=(40, 48), sides=(14, 20), stripes=np.s_[:, ::4], dark=60)


def test_a_forest_finds_pixels_of_new_images() -> None:
    """Of the right class, in most places."""
    X, masks, _ = squares(24)
    forest = PixelForest(n_trees=20, max_pixels=6000, random_state=0).fit(X[:16], masks[:16])

    assert mean_iou(masks[16:], forest.predict(X[16:]), n_classes=3) > 0.7


def test_windows_find_boxes_in_new_images() -> None:
    """Of the right class, overlapping by half."""
    X, _, boxes = squares(60)
    found = HogWindow(n_shapes=2, random_state=0).fit(X[:45], boxes[:45]).predict(X[45:])

    assert map50(boxes[45:], found, n_classes=2) > 0.6


def test_pixels_are_described_alike_in_any_company() -> None:
    """A pixel's features depend on its own image."""
    X, _, _ = squares(3)
    together = describe(X, (1.0, 3.0)).reshape(3, -1, 11)
    alone = describe(X[1:2], (1.0, 3.0))

    np.testing.assert_array_equal(together[1], alone)


def test_blocks_of_a_whole_image_are_those_of_scikit_image() -> None:
    """Where they lie, so that windows can share them."""
    X, _, _ = squares(1)
    expected = oracle(X[0, :, :, 0], 9, (4, 4), (2, 2), "L2-Hys", feature_vector=False)
    found = block_grid(X, 4, 9)[0]

    np.testing.assert_allclose(found, expected.reshape(found.shape), atol=2e-3)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda X, m, b: PixelForest().fit(X, m[:, :5]), "expected masks of shape"),
        (lambda X, m, b: PixelForest().fit(X, m * 0), "at least two classes; got one class"),
        (lambda X, m, b: PixelForest(scales=(0.0,)).fit(X, m), "expected scales above 0"),
        (lambda X, m, b: HogWindow().fit(X, [one[:0] for one in b]), "at least one box"),
        (lambda X, m, b: HogWindow().fit(X, b[:2]), "expected boxes of 4 images; got 2"),
        (lambda X, m, b: HogWindow(n_shapes=0).fit(X, b), "n_shapes of at least 1; got 0"),
        (lambda X, m, b: HogWindow().fit(X[0], b), "expected uint8 images"),
    ],
)
def test_what_can_not_be_learned_is_told(make: Any, told: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match=told):
        make(*squares(4))
