"""Sections on transfer: stages against the frozen network, weights, maps and mistakes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff_report.blocks import Details, Examples, Table
from bakeoff_report.figures.occlusion import AGAINST, FOR, overlay, strongest_region
from bakeoff_report.model.context import ReportContext
from bakeoff_report.sections import looking, transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

STAGES = {"frozen": 0.80, "full": 0.90, "random_frozen": 0.55}


@pytest.fixture
def run(make_run: Callable[..., StoredRun]) -> StoredRun:
    """One image task with a study of three stages, each of known score on three splits."""
    made = make_run(
        tasks=(("digits", "image"),),
        methods=(("fine_tune", "fine_tuned", "", "fine_tune"),),
        repeats=3,
    )
    rows, notes = [], []
    for _, row in made.trials.iterrows():
        for stage, level in STAGES.items():
            shift = 0.01 * row["repeat"]
            rows.append(
                {
                    **row,
                    "trial": f"{stage}-{row['repeat']}",
                    "study": "fine_tuning",
                    "variant": stage,
                    "control": "frozen",
                    "source": "random" if stage == "random_frozen" else "fine_tuned",
                    "test_score": level + shift,
                }
            )
            for name, value in (
                ("backbone", "MobileNet: unfrozen"),
                ("weights", "<b>a package</b>, as published"),
                ("weights_licence", "free"),
                ("images", "resized to 96 x 96"),
                ("probe", "mobilenet"),
            ):
                notes.append({"trial": rows[-1]["trial"], "name": name, "value": value})
    return replace(made, trials=pd.DataFrame(rows), notes=pd.DataFrame(notes))


def tables(run: StoredRun, registry: Registry) -> list[Table]:
    """Tables of the section."""
    section = transfer.section(ReportContext.of([run], registry))

    assert section is not None
    return [block for block in section.blocks if isinstance(block, Table)]


def test_each_stage_stands_against_the_frozen_network(run: StoredRun, registry: Registry) -> None:
    """The differences are the ones that the scores were made with: 10 points up, 25 down."""
    stages, _ = tables(run, registry)
    by_name = {row[0].sub: row for row in stages.rows}

    assert by_name["full"][6].text.startswith("+10.0")
    assert by_name["random frozen"][6].text.startswith("\N{MINUS SIGN}25.0")
    assert by_name["frozen"][6].text == "\N{EN DASH}"
    assert next(row[1].text for row in stages.rows) == "random"


def test_two_methods_stand_each_against_its_own_frozen_network(
    run: StoredRun, registry: Registry
) -> None:
    """A second one that starts 30 points lower rises by the same 10."""
    trials, notes = run.trials, run.notes
    low = {"method": "other", "test_score": trials["test_score"] - 0.3}
    both = pd.concat([trials, trials.assign(**low, trial="other-" + trials["trial"])])
    told = pd.concat([notes, notes.assign(trial="other-" + notes["trial"])])
    stages, _ = tables(replace(run, trials=both, notes=told), registry)
    full = [row for row in stages.rows if row[0].sub == "full"]

    assert {row[0].text for row in full} == {"fine_tune", "other"}
    assert all(row[6].text.startswith("+10.0") for row in full)


def test_finding_says_what_the_weights_are_worth(run: StoredRun, registry: Registry) -> None:
    """With the differences that the scores were made with."""
    section = transfer.section(ReportContext.of([run], registry))

    assert section is not None
    (finding,) = section.findings
    assert finding.claim.startswith(
        "On digits fine_tune with ImageNet's weights beats itself with random ones by 25.0 points"
    )
    assert ". Against the frozen one: all blocks trained +10.0" in finding.claim


def test_weights_are_told_once_with_licence_and_probe(run: StoredRun, registry: Registry) -> None:
    """However many trials used them."""
    _, weights = tables(run, registry)

    assert [[cell.text for cell in row] for row in weights.rows] == [
        ["<b>a package</b>, as published", "free", "mobilenet", "fine_tune"]
    ]


def test_random_weights_of_many_seeds_are_one_line(run: StoredRun, registry: Registry) -> None:
    """A seed for each trial would be a line for each trial."""
    drawn = [f"random weights, drawn from seed {i}, nothing learned" for i in range(len(run.notes))]
    is_weights = run.notes["name"] == "weights"
    notes = run.notes.assign(value=run.notes["value"].where(~is_weights, drawn))
    _, weights = tables(replace(run, notes=notes), registry)

    assert [row[0].text for row in weights.rows] == [
        "random weights, drawn from each trial's own seed, nothing learned"
    ]


def test_run_without_networks_has_no_such_section(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Neither on transfer nor on looking."""
    context = ReportContext.of([make_run()], registry)

    assert transfer.section(context) is None
    assert looking.section(context) is None


def keep_look(run: StoredRun, trial: str) -> None:
    """Store maps of two images and one mistake, as a worker does."""
    images = np.full((2, 16, 16, 1), 100, np.uint8)
    maps = np.zeros((2, 8, 8), np.float32)
    maps[:, 0, 7] = 0.5
    look: dict[str, Any] = {
        "maps": maps, "images": images, "rows": np.array([4, 9]), "truth": np.array([0, 1]),
        "predicted": np.array([0, 0]), "proba": np.array([0.9, 0.8]),
        "mistakes_images": images[1:], "mistakes_rows": np.array([9]),
        "mistakes_truth": np.array([1]), "mistakes_predicted": np.array([0]),
        "mistakes_proba": np.array([0.8]),
    }  # fmt: skip
    folder = run.folder / "artifacts" / trial
    folder.mkdir(parents=True)
    np.savez(folder / "looking.npz", **look)


def test_maps_and_mistakes_are_shown_by_method(run: StoredRun, registry: Registry) -> None:
    """The images first, then each method, then what it was surest of in vain."""
    for trial in ("frozen-0", "random_frozen-0"):
        keep_look(run, trial)
    section = looking.section(ReportContext.of([run], registry))

    assert section is not None
    maps = [block for block in section.blocks if isinstance(block, Examples)]
    (details,) = (block for block in section.blocks if isinstance(block, Details))
    assert [block.caption for block in maps] == [
        "digits: the images",
        "digits: where fine_tune, random frozen (random) looks",
        "digits: where fine_tune, frozen (fine tuned) looks",
    ]
    assert maps[1].items[1].caption == (
        "benign 0.800, wrong; strongest place: upper right, the probability falls by 0.50"
    )
    assert all(item.png.startswith(b"\x89PNG") for block in maps for item in block.items)
    assert [type(block) for block in details.blocks] == [Examples, Examples]


def test_overlay_colours_what_speaks_for_and_against() -> None:
    """Full colour at the strongest place, none where nothing changes."""
    places = np.zeros((8, 8))
    places[0, 0], places[7, 7] = 0.4, -0.4
    found = overlay(np.full((16, 16, 3), 100, np.uint8), places)

    assert found[0, 0].tolist() == [int(0.25 * 100 + 0.75 * c) for c in FOR]
    assert found[15, 15].tolist() == [int(0.25 * 100 + 0.75 * c) for c in AGAINST]
    assert found[8, 3].tolist() == [100, 100, 100]


@pytest.mark.parametrize(
    ("place", "told"),
    [((0, 0), "upper left"), ((4, 4), "middle centre"), ((7, 2), "lower left")],
)
def test_strongest_place_is_told_in_words(place: tuple[int, int], told: str) -> None:
    """For readers who don't see the map."""
    places = np.zeros((8, 8))
    places[place] = 0.25

    assert strongest_region(places) == f"strongest place: {told}, the probability falls by 0.25"


def test_every_source_is_shown_before_one_is_shown_twice(
    run: StoredRun, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two manual methods would else push the network from the page."""
    monkeypatch.setattr(looking, "MOST_METHODS", 2)
    sources = np.where(run.trials["variant"] == "full", "fine_tuned", "manual")
    run = replace(run, trials=run.trials.assign(source=sources))
    for trial in run.trials["trial"]:
        keep_look(run, trial)
    section = looking.section(ReportContext.of([run], registry))

    assert section is not None
    shown = [block.caption for block in section.blocks if isinstance(block, Examples)][1:]
    assert ["(manual)" in shown[0], "(fine tuned)" in shown[1], len(shown)] == [True, True, 2]
