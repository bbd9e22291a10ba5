"""U-Net and detector: what they learn, how targets become outputs and back, what they refuse."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bakeoff_standins.squares import draw_squares

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

import keras

from bakeoff.metrics.detection import map50
from bakeoff.metrics.segmentation import mean_iou
from bakeoff.training import TrainingRecord
from bakeoff_deep.vision import BoxDetector, Unet
from bakeoff_keras import vision_losses
from bakeoff_keras.errors import LossError, NetworkParameterError, RowsError
from bakeoff_keras.vision_targets import BoxTarget, MaskTarget

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAST: dict[str, Any] = {"filters": 8, "learning_rate": 0.01, "random_state": 0}


squares = partial(draw_squares, shape=(20, 24), sides=(6, 10), stripes=np.s_[::2], dark=90)


def test_a_unet_learns_masks() -> None:
    """Whose sides halving doesn't divide; every epoch is told."""
    X, masks, _ = squares(40)
    record = TrainingRecord()
    network = Unet(hidden_layers=2, epochs=12, **FAST)
    network.fit(X, masks, validation=(X[:8], masks[:8]), record=record)

    assert mean_iou(masks, network.predict(X), n_classes=3) > 0.8
    assert {"train_loss", "validation_score", "gradient_norm/output"} <= record.epochs[0].keys()
    assert record.notes["loss"] == "crossentropy_dice: masks with 3 classes"


def test_a_detector_learns_boxes() -> None:
    """With a loss of its own, told with its reason."""
    X, _, boxes = squares(60)
    record = TrainingRecord()
    network = BoxDetector(hidden_layers=1, stride=4, epochs=25, **FAST).fit(X, boxes, record=record)

    assert map50(boxes, network.predict(X), n_classes=2) > 0.8
    assert record.notes["loss"] == "detector: boxes of 2 classes"


def test_boxes_come_back_from_the_cells_that_tell_them() -> None:
    """Outputs that say exactly what `encode` says give the boxes again, with a score near one."""
    _, _, boxes = squares(6)
    target = BoxTarget.of_boxes(boxes, stride=4, shape=(20, 24))
    cells = target.encode(boxes).astype(np.float64)
    logit = np.log(np.clip(cells[..., 2:4], 1e-9, 1 - 1e-9))
    logit -= np.log(1 - np.clip(cells[..., 2:4], 1e-9, 1 - 1e-9))
    classes = 30 * (cells[..., 1:2] == np.arange(2))
    there = np.where(cells[..., :1] > 0, 30.0, -30.0)
    found = target.boxes(np.concatenate([there, logit, cells[..., 4:], classes], axis=-1))

    for expected, actual in zip(boxes, found, strict=True):
        np.testing.assert_allclose(actual[:, :5], expected, atol=1e-3)
        assert actual[0, 5] > 0.99


def test_masks_come_back_from_their_codes() -> None:
    """Also where training lacks a class in between."""
    masks = np.array([[[0, 4], [4, 0]]], np.uint8)
    target = MaskTarget.of_masks(masks)
    outputs = np.eye(2)[target.encode(masks)]

    np.testing.assert_array_equal(masks, target.masks(outputs))
    assert target.known(np.array([[[0, 2]], [[4, 0]]])).tolist() == [False, True]


def test_a_perfect_mask_has_no_loss() -> None:
    """Both parts vanish, and Dice equals one minus twice the shared over all by hand."""
    truth = np.array([[[0, 1], [1, 1]]], np.uint8)
    perfect = np.eye(2, dtype=np.float32)[truth]
    half = np.full((1, 2, 2, 2), 0.5, np.float32)
    dice = vision_losses.Dice()(truth, half)

    assert float(vision_losses.CrossentropyDice()(truth, perfect)) == pytest.approx(0, abs=1e-6)
    by_hand = 1 - ((2 * 0.5 + 1) / (1 + 2 + 1) + (2 * 1.5 + 1) / (3 + 2 + 1)) / 2
    assert float(dice) == pytest.approx(by_hand)


@pytest.mark.parametrize("change", [0, 1, 2, 4])
def test_a_detector_that_is_wrong_has_more_loss(change: int) -> None:
    """About there being a box, about its place, about its size; a perfect one has nearly none."""
    _, _, boxes = squares(2)
    target = BoxTarget.of_boxes(boxes, stride=4, shape=(20, 24))
    cells = target.encode(boxes)
    place = np.clip(cells[..., 2:4], 1e-4, 1 - 1e-4)
    parts = [np.where(cells[..., :1] > 0, 20, -20), np.log(place / (1 - place)), cells[..., 4:]]
    outputs = np.concatenate([*parts, 20 * (cells[..., 1:2] == np.arange(2))], axis=-1)
    worse = outputs.copy()
    worse[..., change] += 3 if change else 25
    loss = vision_losses.Detector()

    assert float(loss(cells, outputs.astype(np.float32))) < 0.01
    assert float(loss(cells, worse.astype(np.float32))) > 0.3


@pytest.mark.parametrize(
    ("make", "told", "error"),
    [
        (lambda X, m, b: Unet(**FAST).fit(X, m[:, :5]), "expected masks of shape", RowsError),
        (lambda X, m, b: Unet(**FAST).fit(X, m * 0), "at least two classes", RowsError),
        (lambda X, m, b: Unet(loss="mse").fit(X, m), "does not fit masks with 3", LossError),
        (lambda X, m, b: BoxDetector(loss="dice").fit(X, b), "does not fit boxes of 2", LossError),
        (lambda X, m, b: BoxDetector(stride=5).fit(X, b), "4, 8, 16 or 32", NetworkParameterError),
        (lambda X, m, b: BoxDetector().fit(X, [b[0][:0]] * len(b)), "at least one box", RowsError),
        (
            lambda X, m, b: Unet(class_weight="balanced").fit(X, m),
            "class_weight",
            NetworkParameterError,
        ),
        (lambda X, m, b: Unet().fit(X[0], m), "expected", RowsError),
    ],
)
def test_what_can_not_be_learned_is_told(
    make: Callable[..., Any], told: str, error: type[Exception]
) -> None:
    """Before any training."""
    with pytest.raises(error, match=told):
        make(*squares(4))


def test_a_suite_keeps_what_masks_and_boxes_need(
    bench: Callable[..., object], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """From scenes to stored counts, boxes, examples, scores and a network that can be loaded."""
    from bakeoff.store.database import read_run

    small = {"epochs": 1, "filters": 2, "hidden_layers": 1}
    scenes = {"dataset": "composed_scenes", "n_rows": 20, "size": 32, "most": 1}
    path = suite_file(
        tasks=[scenes | {"name": "masks"}, scenes | {"name": "boxes", "target": "boxes"}],
        methods=[
            {"method": "unet*", "params": {**small, "keep_model": True}},
            {"method": "detector*", "params": small},
        ],
        protocol={"split": "holdout", "repeats": 1},
    )
    bench("run", str(path), "--out", "run", "--no-report")
    run = read_run("run")
    trials = run.trials.set_index("task")["trial"]
    masks, boxes = run.predictions(trials["masks"]), run.predictions(trials["boxes"])

    assert run.trials["state"].tolist() == ["complete"] * 2
    counts = masks["test_counts"].sum(axis=0)
    stored = run.scores.set_index(["trial", "metric"])["test"]
    assert stored[trials["masks"], "mean_iou"] == pytest.approx(mean_iou.from_counts(counts))
    assert boxes["test_offsets"][-1] == len(boxes["test_boxes"])
    truths = run.truths(trials["masks"])
    kept = run.file(trials["masks"], "network.keras")
    assert kept is not None
    outputs = np.asarray(keras.saving.load_model(kept)(truths["test_images"], training=False))
    np.testing.assert_array_equal(masks["test_examples"], outputs.argmax(axis=-1))


def test_a_kept_network_gives_the_same_masks_when_loaded(tmp_path: Any) -> None:
    """From the file that a trial keeps beside its predictions."""
    X, masks, _ = squares(8)
    record = TrainingRecord()
    network = Unet(hidden_layers=1, epochs=2, keep_model=True, **FAST).fit(X, masks, record=record)
    path = tmp_path / "network.keras"
    path.write_bytes(record.files["network.keras"])
    outputs = np.asarray(keras.saving.load_model(path)(X, training=False))

    np.testing.assert_array_equal(network.predict(X), network.target_.masks(outputs))
