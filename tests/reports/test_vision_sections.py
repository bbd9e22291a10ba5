"""Sections of masks, boxes and training records: what they draw and what they tell."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
from PIL import Image

from bakeoff.problems.ragged import pack
from bakeoff_report.blocks import Details, Figure, Table
from bakeoff_report.figures.pictures import COLOURS, Strip, strips
from bakeoff_report.model.context import ReportContext
from bakeoff_report.sections import training, vision

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

SVG = "{http://www.w3.org/2000/svg}"
IMAGES = np.arange(3 * 8 * 6, dtype=np.uint8).reshape(3, 8, 6, 1)


def rects(svg: str) -> list[dict[str, str]]:
    """Attributes of every box that is drawn; the legend's squares are filled."""
    return [e.attrib for e in ET.fromstring(svg).iter(f"{SVG}rect") if e.get("fill") == "none"]  # noqa: S314  made a moment ago


def pictures(svg: str) -> list[Image.Image]:
    """Every picture that is drawn, decoded."""
    found = [e.get("href", "") for e in ET.fromstring(svg).iter(f"{SVG}image")]  # noqa: S314  made a moment ago
    contents = [base64.b64decode(one.removeprefix("data:image/png;base64,")) for one in found]
    return [Image.open(io.BytesIO(content)) for content in contents]


def test_masks_lie_over_their_images_in_their_colours() -> None:
    """The ground is left open."""
    masks = np.zeros((3, 8, 6), np.uint8)
    masks[0, 2:4, 1:3] = 2
    drawn = pictures(strips(IMAGES, [Strip(label="truth", masks=masks)], ["a", "b"]))
    image, veil = np.asarray(drawn[0]), np.asarray(drawn[1])

    np.testing.assert_array_equal(IMAGES[0, :, :, 0], image)
    assert veil[2, 1, :3].tolist() == [int(COLOURS[1][i : i + 2], 16) for i in (1, 3, 5)]
    np.testing.assert_array_equal(veil[..., 3] > 0, masks[0] > 0)


def test_boxes_are_drawn_where_they_lie() -> None:
    """At the pictures' scale: 132 pixels for the longer side of 8."""
    boxes = [np.array([[1, 2, 3, 4, 1]], np.float32), np.zeros((0, 5)), np.zeros((0, 5))]
    (found,) = rects(strips(IMAGES, [Strip(label="truth", boxes=boxes)], ["a", "b"]))

    assert [found[key] for key in ("x", "y", "width", "height")] == ["16.5", "33.0", "49.5", "66.0"]
    assert found["stroke"] == COLOURS[1]


def test_names_in_pictures_are_text_and_no_markup() -> None:
    """Whatever somebody called a class."""
    name = "<script>alert(1)</script>"
    svg = strips(IMAGES, [Strip(label=name, boxes=[np.zeros((0, 5))] * 3)], [name])

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def vision_run(make_run: Callable[..., StoredRun], problem: str, arrays: Any, truths: Any) -> Any:
    """A run of one task whose trials keep these arrays."""
    run = make_run(tasks=(("scenes", "image"),), repeats=1)
    metric = {"segmentation": "mean_iou", "recognition": "map50_95"}[problem]
    splits = run.folder / "artifacts" / "splits"
    splits.mkdir(parents=True)
    np.savez(splits / f"{run.trials['split_file'].iloc[0]}.npz", **truths)
    for trial in run.trials["trial"]:
        folder = run.folder / "artifacts" / trial
        folder.mkdir(parents=True)
        np.savez(folder / "predictions.npz", **arrays)
    facts = {"problem_type": problem, "metric": metric}
    classes = pd.Series([["ground", "a", "b"]], index=run.tasks.index)
    return replace(
        run,
        trials=run.trials.assign(**facts),
        tasks=run.tasks.assign(**facts, classes=classes),
        scores=run.scores.assign(metric=metric),
    )


def test_section_draws_truth_and_the_best_methods(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Masks of examples, with a table of every metric above."""
    masks = np.ones((3, 8, 6), np.uint8)
    truths = {"test_examples": masks, "test_images": IMAGES}
    run = vision_run(make_run, "segmentation", {"test_examples": masks}, truths)
    found = vision.section(ReportContext.of([run], registry))

    assert found is not None
    table, figure = found.blocks
    assert isinstance(table, Table)
    assert isinstance(figure, Figure)
    assert len(table.rows) == run.trials["method"].nunique()
    assert "manual+logistic" in figure.alt
    assert len(pictures(figure.svg)) == 5 * 3 * 2


def test_as_many_boxes_are_drawn_as_the_truth_has(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """The best-scored ones."""
    empty = np.zeros((0, 6), np.float32)
    best, worse = [1, 1, 2, 2, 0, 0.9], [3, 3, 2, 2, 0, 0.1]
    flat, offsets = pack([np.array([worse, best], np.float32), empty, empty])
    true, true_offsets = pack([np.array([best[:5]], np.float32), empty[:, :5], empty[:, :5]])
    run = vision_run(
        make_run,
        "recognition",
        {"test_boxes": flat, "test_offsets": offsets},
        {"test_boxes": true, "test_offsets": true_offsets, "test_images": IMAGES},
    )
    found = vision.section(ReportContext.of([run], registry))

    assert found is not None
    figure = found.blocks[1]
    assert isinstance(figure, Figure)
    assert {rect["x"] for rect in rects(figure.svg)} == {"16.5"}


def test_sections_are_gone_where_there_is_nothing_to_tell(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """No masks, no boxes, nothing trained in updates."""
    context = ReportContext.of([make_run()], registry)

    assert (vision.section(context), training.section(context)) == (None, None)


def test_training_tells_updates_choices_and_reach(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """1000 rows in batches of 20 are 50 updates an epoch and 500 in ten; the reach is a ratio."""
    run = make_run(tasks=(("early", "sequence"),), repeats=1)
    counts = {"n_updates": 500, "updates_per_epoch": 50, "n_epochs": 10, "n_parameters": 7}
    first = str(run.trials["trial"].iloc[0])
    notes = pd.DataFrame([{"trial": first, "name": "loss", "value": "mse: continuous <target>"}])
    folder = run.folder / "artifacts" / first
    folder.mkdir(parents=True)
    np.savez(
        folder / "training.npz",
        gradient_start=np.array([1e-6, 1e-3, 2.0]),
        gradient_end=np.array([1.0, 1.5, 2.0]),
        gate_forget_end=np.array([0.5, 0.6, 0.7]),
    )
    run = replace(run, trials=run.trials.assign(**counts), notes=notes)
    found = training.section(ReportContext.of([run], registry))

    assert found is not None
    updates, choices, reach, flow, gates = found.blocks
    assert isinstance(updates, Table)
    assert [cell.text for cell in updates.rows[0][2:]] == ["7", "50", "10", "\u2013", "500"]
    assert isinstance(choices, Details)
    assert isinstance(reach, Table)
    assert [cell.text for cell in reach.rows[0][2:]] == ["3", "5e-07", "0.5"]
    assert isinstance(flow, Figure)
    assert isinstance(gates, Figure)


def test_reach_is_told_over_lengths_with_every_repeat(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Two lengths, three repeats: medians with their ends, a picture and a finding."""
    tasks = (("early_2", "sequence"), ("early_1500", "sequence"))
    run = make_run(tasks=tasks, repeats=3, learned=True)
    trials = run.trials.assign(
        dataset="early", n_updates=500, updates_per_epoch=50, n_epochs=10, n_parameters=7
    )
    for row in trials.itertuples():
        folder = run.folder / "artifacts" / str(row.trial)
        folder.mkdir(parents=True, exist_ok=True)
        share = (row.repeat + 1) * (0.1 if row.task == "early_2" else 1e-9)
        steps = np.geomspace(share, 1, 2 if row.task == "early_2" else 1500)
        np.savez(folder / "training.npz", gradient_start=3 * steps, gradient_end=steps)
    found = training.section(ReportContext.of([replace(run, trials=trials)], registry))

    assert found is not None
    _, _, reach, over_length, by_step = found.blocks
    assert isinstance(reach, Table)
    assert {(row[3].text, row[3].sub) for row in reach.rows} == {
        ("0.2", "0.1 to 0.3"),
        ("2e-09", "1e-09 to 3e-09"),
    }
    assert isinstance(over_length, Figure)
    assert isinstance(by_step, Figure)
    assert "at 2 and at 1500 steps" in found.findings[0].claim
    assert "0.2 and 2e-09" in found.findings[0].claim
