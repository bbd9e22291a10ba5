"""What each problem type takes, asks and keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bakeoff.data.prepared import prepare
from bakeoff.errors import DivergedError
from bakeoff.interfaces import Data
from bakeoff.problems.predictions import PredictionError, Predictions
from bakeoff.problems.ragged import pack, unpack
from bakeoff.problems.scoring import check
from bakeoff.problems.table import PROBLEMS, problem_of
from bakeoff.problems.vision import N_EXAMPLES, confusion
from bakeoff.records import Protocol, Task
from bakeoff.registry.catalogue import DatasetComponent
from bakeoff.testing import samples

IMAGES = samples.inputs("image", 12)


def task(problem_type: str) -> Task:
    """A task of that type with the sample's classes."""
    return Task(
        name="t",
        dataset="t",
        input_kind="image",
        problem_type=problem_type,
        metric="",
        direction="maximize",
        protocol=Protocol.of("holdout"),
        fingerprint="",
        n_classes=samples.N_CLASSES[problem_type],
    )


def ragged(*rows: Any) -> Any:
    """Object array of such rows."""
    made = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        made[i] = row
    return made


def test_rows_of_unlike_length_come_back_from_two_arrays() -> None:
    """Empty rows at both ends included."""
    rows = [np.zeros((0, 2)), np.arange(6.0).reshape(3, 2), np.zeros((0, 2))]
    flat, offsets = pack(rows)

    assert offsets.tolist() == [0, 0, 3, 3]
    for expected, actual in zip(rows, unpack(flat, offsets), strict=True):
        np.testing.assert_array_equal(expected, actual)


@pytest.mark.parametrize("problem_type", sorted(samples.N_CLASSES))
def test_samples_of_each_problem_type_have_no_fault(problem_type: str) -> None:
    """The table and the contract's samples speak of the same shapes."""
    y = samples.targets(problem_type, 12)

    assert PROBLEMS[problem_type].faults(y, IMAGES, samples.N_CLASSES[problem_type]) == ""


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (None, "expected y to hold masks"),
        (np.zeros((12, 32, 24), np.int64), "expected y to hold masks"),
        (np.zeros((12, 32, 23), np.uint8), "expected masks of shape (12, 32, 24); got"),
        (np.full((12, 32, 24), 3, np.uint8), "expected class codes in 0..2; got 3"),
    ],
)
def test_wrong_masks_are_told(y: Any, told: str) -> None:
    """Of a dataset, before anything runs."""
    assert problem_of("segmentation").faults(y, IMAGES, 3).startswith(told)


@pytest.mark.parametrize(
    ("box", "told"),
    [
        ([0, 0, 5, 5], "expected boxes of shape (n, 5)"),
        ([0, 0, 0, 5, 1], "a box without width or height"),
        ([20, 0, 5, 5, 1], "a box outside its 24 x 32 pixels"),
        ([0, 0, 5, 5, 3], "a box whose class is not in 0..2"),
        ([0, np.nan, 5, 5, 1], "a box that is not finite"),
    ],
)
def test_wrong_boxes_are_told(box: list[float], told: str) -> None:
    """Of a dataset, before anything runs, with the image."""
    y = ragged(np.zeros((0, 5), np.float32), np.array([box], np.float32))
    found = problem_of("recognition").faults(y, IMAGES[:2], 3)

    assert found.startswith(told)


def test_masks_of_the_wrong_size_are_no_prediction() -> None:
    """The size of the images is known."""
    with pytest.raises(PredictionError, match=r"shape \(2, 32, 24\); got \(2, 16, 12\)"):
        check(np.zeros((2, 16, 12)), None, task("segmentation"), 2, (32, 24))


def test_masks_with_unknown_classes_are_no_prediction() -> None:
    """Codes are the task's."""
    with pytest.raises(PredictionError, match=r"expected class codes in 0\.\.2"):
        check(np.full((1, 2, 2), 3), None, task("segmentation"), 1, (2, 2))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "expected one array of boxes an image; got NoneType."),
        ([np.zeros((0, 6))], "expected boxes of 2 images; got 1."),
        ([np.zeros((1, 5))] * 2, "expected predictions of shape (1, 6); got (1, 5)."),
        ([[[0, 0, -1, 1, 0, 1]]] * 2, "expected boxes with width and height of 0 or more."),
        ([[[0, 0, 1, 1, 9, 1]]] * 2, "expected class codes in 0..2; got array([9])."),
        ([["a"]] * 2, "expected numbers; got list of <U1."),
    ],
)
def test_wrong_boxes_are_no_prediction(answer: Any, told: str) -> None:
    """With what was expected and what came."""
    with pytest.raises(PredictionError) as caught:
        check(answer, None, task("recognition"), 2)

    assert str(caught.value) == told


def test_boxes_that_are_not_finite_diverged() -> None:
    """As values that are not finite do."""
    with pytest.raises(DivergedError):
        check([[[0, 0, np.nan, 1, 0, 1]]], None, task("recognition"), 1)


def test_no_box_in_an_image_is_a_prediction() -> None:
    """However it is written."""
    found = check([[], np.zeros((0, 6))], None, task("recognition"), 2)

    assert found.boxes is not None
    assert [boxes.shape for boxes in found.boxes] == [(0, 6), (0, 6)]


def test_masks_are_kept_as_counts_and_ten_examples() -> None:
    """Of each image; of training images only counts."""
    y = samples.targets("segmentation", 12)
    found = Predictions(masks=y[::-1])
    problem = problem_of("segmentation")
    kept = problem.kept_predictions("test", found, y, 3)
    truths = problem.kept_truths("test", y, IMAGES, np.arange(12))

    assert {name: array.shape for name, array in kept.items()} == {
        "test_counts": (12, 3, 3),
        "test_examples": (N_EXAMPLES, 32, 24),
    }
    np.testing.assert_array_equal(kept["test_counts"], confusion(y, y[::-1], 3))
    np.testing.assert_array_equal(truths["test_images"], IMAGES[:N_EXAMPLES])
    assert [*problem.kept_predictions("train", found, y, 3)] == ["train_counts"]


def test_boxes_are_kept_flat_with_offsets() -> None:
    """Nothing is pickled."""
    y = samples.targets("recognition", 4)
    kept = problem_of("recognition").kept_truths("validation", y, IMAGES, np.arange(4))

    assert all(array.dtype != object for array in kept.values())
    for expected, actual in zip(
        y, unpack(kept["validation_boxes"], kept["validation_offsets"]), strict=True
    ):
        np.testing.assert_array_equal(expected, actual)


class Scenes:
    """A dataset of a few images with boxes or masks."""

    def __init__(self, problem_type: str) -> None:
        self.problem_type = problem_type

    def load(self) -> Data:
        """Images with the contract's targets."""
        return Data(
            X=IMAGES,
            y=samples.targets(self.problem_type, 12),
            input_kind="image",
            problem_type=self.problem_type,
            classes=("a", "b", "c"),
        )

    def fingerprint(self) -> str:
        """Always the same."""
        return "1"


@pytest.mark.parametrize("problem_type", ["segmentation", "recognition"])
def test_targets_are_prepared_and_read_back(
    problem_type: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """From plain mapped arrays, without pickles."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path))
    component = DatasetComponent(
        kind="datasets", name="scenes", target=f"{__name__}:Scenes", owner="test"
    )
    monkeypatch.setattr(DatasetComponent, "load", lambda _: Scenes)
    monkeypatch.setattr("bakeoff.data.prepared.source_hash", lambda _: "1")
    prepared = prepare(component, {"problem_type": problem_type}, where="test")
    found = prepared.load().y

    np.testing.assert_array_equal(
        samples.flat(samples.targets(problem_type, 12)), samples.flat(found)
    )
    assert len(found) == 12
