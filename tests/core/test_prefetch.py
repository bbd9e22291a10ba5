"""What components fetch: told while planning, part of an identity, skipped where it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.errors import SuiteError
from bakeoff.registry.catalogue import Trainable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan.trials import Plan


def fetching(place: str, name: str = "") -> dict[str, Any]:
    """A method whose features fetch something."""
    params = {"place": place} if place else {}
    return {
        "name": name or f"of_{place or 'default'}",
        "features": "fetching",
        "learner": "nearestmean",
        "params": params,
    }


def test_what_cannot_be_fetched_skips_its_trials_with_the_reason(plan_of: Any) -> None:
    """The others run."""
    plan: Plan = plan_of(methods=[fetching("nowhere"), fetching("here")])
    skips = {t.method.name: t.skip for t in plan.trials}

    assert skips == {"of_nowhere": "the numbers could not be had: no way there.", "of_here": ""}


def test_variant_of_a_study_may_run_where_its_default_may_not(plan_of: Any) -> None:
    """Random weights need no download."""
    study = {"study": "vary", "param": "place", "values": ["elsewhere", "nowhere"]}
    plan: Plan = plan_of(methods=[fetching("nowhere")], studies=[study])
    skips = {t.variant: bool(t.skip) for t in plan.trials}

    assert skips == {"default": True, "place=elsewhere": False, "place=nowhere": True}


def test_a_broken_file_of_the_user_is_a_mistake_that_names_its_place(plan_of: Any) -> None:
    """Told before anything runs, with the suite's line."""
    with pytest.raises(SuiteError, match=r"suite\.yaml:\d+: methods\[0\]: fetching: place: is bro"):
        plan_of(methods=[fetching("wrong")])


def test_what_was_fetched_is_part_of_the_identity(plan_of: Any) -> None:
    """It is kept with the features of the trial."""
    plan: Plan = plan_of(methods=[fetching("")])
    part = plan.trials[0].method.features

    assert part is not None
    assert part.fingerprint == "made here"


def test_a_component_may_fetch_only_what_a_parameter_asks_for() -> None:
    """One that is not set, or empty, asks for nothing."""
    made = Trainable(
        kind="features", name="words", target="a:b", owner="me", fetches=("corpus", "vectors")
    )

    assert [made.must_fetch(p) for p in ({}, {"corpus": ""}, {"dim": 3}, {"vectors": "v.txt"})] == [
        False,
        False,
        False,
        True,
    ]


def test_parameters_may_change_the_source(plan_of: Any) -> None:
    """Of a method, and of a study's variant."""
    study = {"study": "vary", "param": "place", "values": ["here", "elsewhere"]}
    plan: Plan = plan_of(methods=[fetching("")], studies=[study])
    sources = {t.variant: t.method.source for t in plan.trials}

    assert sources == {
        "default": "pretrained",
        "place=here": "pretrained",
        "place=elsewhere": "random",
    }


def test_prepare_tells_where_weights_come_from(
    bench: Callable[..., Any], suite_file: Callable[..., Path]
) -> None:
    """With origin and licence, and fails where they can't be had."""
    good = bench("prepare", suite_file(methods=[fetching("here")]))
    bad = bench("prepare", suite_file(methods=[fetching("nowhere")]))

    assert (good.code, bad.code) == (0, 1)
    assert "fetching place=here  here  free" in good.out
    assert "no way there" in bad.out


def test_notes_of_features_are_stored_with_each_trial(
    bench: Callable[..., Any], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """Also with those that reused them."""
    from bakeoff.store.database import read_run

    bench("run", suite_file(methods=[fetching("here")]), "--no-report").assert_success()
    notes = read_run(tmp_path / "runs" / "small").notes

    assert notes[notes["name"] == "place"]["value"].tolist() == ["here"] * 2
