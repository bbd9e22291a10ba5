"""Where a method looks: hidden places, which images are shown, and what is kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.trial.occlusion_maps import GRID, THUMBNAIL, occlude, one_of_each, thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMAGE = np.zeros((32, 48, 3), np.uint8)
IMAGE[8:12, 30:36] = 255
"""Dark but for one of 8 x 8 places: the third from above, the sixth from the left."""


def bright(images: np.ndarray) -> np.ndarray:
    """Probabilities by the brightest pixel: 1 for the second class where one is white."""
    light = images.reshape(len(images), -1).max(axis=1) / 255
    return np.stack([1 - light, light], axis=1)


def test_only_the_place_that_decides_is_marked() -> None:
    """Hiding it turns the answer round, hiding another changes nothing."""
    found = occlude(bright, IMAGE, 1)
    expected = np.zeros((GRID, GRID))
    mean = round(255 * 24 / (32 * 48))
    expected[2, 5] = 1 - mean / 255

    np.testing.assert_allclose(found, expected)


def test_place_that_speaks_against_a_class_is_negative() -> None:
    """Without the light the other class becomes more probable."""
    assert occlude(bright, IMAGE, 0)[2, 5] < -0.9


def test_image_itself_stays_as_it_was() -> None:
    """It is a view of data that other trials read."""
    before = IMAGE.copy()
    occlude(bright, IMAGE, 1)

    np.testing.assert_array_equal(IMAGE, before)


def test_every_pixel_is_hidden_once_whatever_the_size() -> None:
    """Also where the grid does not divide the image, or is finer than it."""
    for shape in ((5, 9, 1), (28, 28, 1), (30, 17, 3)):
        seen: list[np.ndarray] = []

        def watch(images: np.ndarray, seen: list[np.ndarray] = seen) -> np.ndarray:
            seen.append(images)
            return np.ones((len(images), 1))

        image = np.random.default_rng(0).integers(1, 255, shape, dtype=np.uint8)
        occlude(watch, image, 0)
        mean = image.reshape(-1, shape[2]).mean(axis=0).round()
        hidden = (seen[0][:-1] == mean).all(axis=3) & (image != mean).any(axis=2)

        np.testing.assert_array_equal(hidden.sum(axis=0), (image != mean).any(axis=2))


def test_images_are_chosen_from_every_class_in_turn() -> None:
    """So that all methods of a split show the same, and no class is left out."""
    truth = np.array([2, 2, 0, 0, 1, 2])

    assert one_of_each(truth, 5).tolist() == [2, 4, 0, 3, 1]
    assert one_of_each(truth, 99).tolist() == [2, 4, 0, 3, 1, 5]


@pytest.mark.parametrize("side", [8, 48, 49, 200])
def test_thumbnails_are_small(side: int) -> None:
    """And show the rows asked for."""
    X = np.arange(3 * side * side, dtype=np.uint32).reshape(3, side, side, 1).astype(np.uint8)
    found = thumbnails(X, np.array([2, 0]))

    assert max(found.shape[1:3]) <= THUMBNAIL
    np.testing.assert_array_equal(found[:, 0, 0], X[[2, 0], 0, 0])


def test_suite_that_asks_is_told_where_each_method_looks(
    bench: Callable[..., Any], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """The same images for all methods of the first split alone; no other trial keeps any."""
    from bakeoff.store.database import read_run

    path = suite_file(
        tasks=[{"dataset": "digits", "train_limit": 200, "test_limit": 60}, "tiny"],
        methods=[{"cross": {"features": ["raw", "pca", "same"], "learners": ["logistic"]}}],
        explain=4,
        protocol={"split": "holdout", "repeats": 2},
    )
    bench("run", str(path), "--no-report").assert_success()
    run = read_run(tmp_path / "runs" / "small")
    first = run.trials[(run.trials["repeat"] == 0) & (run.trials["task"] == "digits")]
    looks = [run.looking(trial) for trial in first["trial"]]
    others = [run.looking(trial) for trial in set(run.trials["trial"]) - set(first["trial"])]

    assert len(looks) == 2
    assert len(others) > 0
    assert not any(others)
    for look in looks:
        assert look["maps"].shape == (4, GRID, GRID)
        assert look["truth"].tolist() == [0, 1, 2, 3]
        np.testing.assert_array_equal(look["rows"], looks[0]["rows"])
        assert (look["mistakes_truth"] != look["mistakes_predicted"]).all()
        assert np.diff(look["mistakes_proba"]).max(initial=0) <= 0
