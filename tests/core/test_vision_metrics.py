"""Metrics of masks by hand and against scikit-learn, those of boxes against pycocotools."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, jaccard_score

from bakeoff.metrics import segmentation
from bakeoff.metrics.detection import map50, map50_95
from bakeoff.problems.boxes import overlaps, suppress
from bakeoff.problems.vision import confusion


def masks(seed: int) -> tuple[Any, Any]:
    """Truths and predictions that agree on about two pixels of three."""
    rng = np.random.default_rng(seed)
    true = rng.integers(3, size=(5, 8, 6), dtype=np.uint8)
    found = np.where(rng.random(true.shape) < 0.5, true, rng.integers(3, size=true.shape))
    return true, found.astype(np.uint8)


def test_masks_are_scored_as_by_hand() -> None:
    """Four pixels, one of them wrong."""
    true, found = np.array([[[0, 0], [1, 1]]], np.uint8), np.array([[[0, 1], [1, 1]]], np.uint8)
    scores = [
        getattr(segmentation, name)(true, found, n_classes=2)
        for name in ("mean_iou", "dice", "pixel_accuracy")
    ]

    assert scores == pytest.approx([(1 / 2 + 2 / 3) / 2, (2 / 3 + 4 / 5) / 2, 3 / 4])


@pytest.mark.parametrize("seed", range(3))
def test_masks_are_scored_as_scikit_learn_scores_pixels(seed: int) -> None:
    """Jaccard is intersection over union, F1 is Dice."""
    true, found = masks(seed)
    pixels = true.ravel(), found.ravel()

    assert segmentation.mean_iou(true, found, n_classes=3) == pytest.approx(
        jaccard_score(*pixels, average="macro")
    )
    assert segmentation.dice(true, found, n_classes=3) == pytest.approx(
        f1_score(*pixels, average="macro")
    )


@pytest.mark.parametrize("name", ["mean_iou", "dice", "pixel_accuracy"])
def test_stored_counts_give_the_same_score(name: str) -> None:
    """So that no mask has to be kept."""
    metric: Any = getattr(segmentation, name)
    true, found = masks(0)

    assert metric(true, found, n_classes=3) == metric.from_counts(
        confusion(true, found, 3).sum(axis=0)
    )


def test_class_in_neither_mask_is_left_out() -> None:
    """It is no class of these images."""
    true = np.array([[[0, 1], [1, 1]]], np.uint8)

    assert segmentation.mean_iou(true, true, n_classes=7) == 1.0


def test_masks_of_another_size_are_refused() -> None:
    """With both shapes."""
    true, found = masks(0)
    with pytest.raises(ValueError, match=r"expected masks of shape \(5, 8, 6\); got \(4, 8, 6\)"):
        segmentation.dice(true, found[:4], n_classes=3)


def test_overlap_by_hand() -> None:
    """Two unit squares that share a quarter, and two that only touch."""
    found = overlaps(np.array([[0, 0, 1, 1]]), np.array([[0.5, 0.5, 1, 1], [1, 0, 1, 1]]))

    np.testing.assert_allclose(found, [[0.25 / 1.75, 0.0]])


def test_of_boxes_that_overlap_the_best_is_kept() -> None:
    """Of each class apart, and no more than asked for."""
    found = np.array(
        [[0, 0, 4, 4, 0, 0.5], [0, 0, 4, 5, 0, 0.9], [0, 0, 4, 5, 1, 0.3], [9, 9, 4, 4, 0, 0.8]]
    )
    best, first = (suppress(found, most_overlap=0.5, most=most) for most in (9, 1))

    assert best[:, 5].tolist() == pytest.approx([0.9, 0.8, 0.3])
    assert first[:, 5].tolist() == pytest.approx([0.9])


def boxes(rng: np.random.Generator, n_boxes: int, n_classes: int) -> Any:
    """float32 (n_boxes, 5) in an image of 100 x 80 pixels."""
    corners, sizes = rng.integers(0, 50, (n_boxes, 2)), rng.integers(5, 30, (n_boxes, 2))
    return np.column_stack([corners, sizes, rng.integers(n_classes, size=n_boxes)]).astype(
        np.float32
    )


def detections(rng: np.random.Generator, true: Any, n_classes: int, *, ties: bool) -> Any:
    """Truths shifted by up to three pixels, some twice, some of another class, and false alarms."""
    again = true[rng.random(len(true)) < 0.4]
    near = np.concatenate([true[rng.random(len(true)) < 0.85], again])
    near[:, :4] += rng.integers(-3, 4, size=(len(near), 4))
    near[:, 2:4] = np.maximum(near[:, 2:4], 1)
    swapped = rng.random(len(near)) < 0.1
    near[swapped, 4] = rng.integers(n_classes, size=swapped.sum())
    found = np.concatenate([near, boxes(rng, int(rng.integers(4)), n_classes)])
    scores = rng.random(len(found))
    scores = np.round(scores, 1) if ties else scores
    return np.column_stack([found, scores]).astype(np.float32)


def scene(seed: int, *, ties: bool = False, n_classes: int = 3) -> tuple[Any, Any]:
    """Truths and detections of 20 images, some of them empty."""
    rng = np.random.default_rng(seed)
    true, found = np.empty(20, object), np.empty(20, object)
    for i in range(20):
        true[i] = boxes(rng, int(rng.integers(5)), n_classes)
        found[i] = detections(rng, true[i], n_classes, ties=ties)
    return true, found


def by_pycocotools(true: Any, found: Any, n_classes: int) -> tuple[float, float]:
    """The benchmark's own code: mean average precision at .5:.95 and at .5."""
    coco_module = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    annotations = [
        {"image_id": i, "category_id": int(box[4]), "bbox": box[:4].tolist(), "iscrowd": 0}
        | {"area": float(box[2] * box[3])}
        for i, one in enumerate(true)
        for box in one
    ]
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
    answers = [
        {"image_id": i, "category_id": int(box[4]), "bbox": box[:4].tolist()}
        | {"score": float(box[5])}
        for i, one in enumerate(found)
        for box in one
    ]
    coco = coco_module.COCO()
    coco.dataset = {
        "info": {},
        "images": [{"id": i, "height": 80, "width": 100} for i in range(len(true))],
        "categories": [{"id": code, "name": str(code)} for code in range(n_classes)],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        judge = evaluation.COCOeval(coco, coco.loadRes(answers), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return float(judge.stats[0]), float(judge.stats[1])


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_boxes_are_scored_as_pycocotools_scores_them(seed: int, *, ties: bool) -> None:
    """The same boxes, with double detections, wrong classes and tied scores."""
    true, found = scene(seed, ties=ties)
    expected = by_pycocotools(true, found, 3)

    assert (map50_95(true, found, n_classes=3), map50(true, found, n_classes=3)) == pytest.approx(
        expected, abs=1e-9
    )


def test_images_without_any_detection_score_zero() -> None:
    """Nothing found is no error."""
    true, _ = scene(0)
    nothing = np.empty(len(true), object)
    nothing[:] = [np.zeros((0, 6), np.float32) for _ in true]

    assert map50(true, nothing, n_classes=3) == 0.0
