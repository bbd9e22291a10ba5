"""Variants of a study take over what the search of their control chose."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff import read_run
from bakeoff.execution.dependent_trials import NO_CONTROL, with_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.records import Trial

SEARCH = {"searcher": "dice", "configs": 12}
TUNED = {
    "name": "frozen",
    "tasks": ["tiny"],
    "methods": [{"name": "tuned", "features": "numbers", "learner": "tunable"}],
    "protocol": {"split": "holdout", "repeats": 1},
    "search": SEARCH,
    "studies": [{"study": "vary", "param": "slow_s", "values": [0.0, 0.001]}],
}
HALF = {"study": "sample_size", "fractions": [0.5]}


@pytest.fixture
def planned(plan_of: Any) -> Callable[..., dict[str, Trial]]:
    """Trials of a suite with a search, by variant."""
    return lambda **changes: {t.variant: t for t in plan_of(**(TUNED | changes)).trials}


@pytest.fixture
def ran(bench: Any, write_suite: Any, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Rows of a run of that suite by variant, with the parameters that each ran with."""

    def run(code: int = 0, **changes: Any) -> dict[str, Any]:
        suite = write_suite(**(TUNED | changes))
        out = bench("run", suite, "--out", tmp_path / "run", "--no-report", "--workers", "1")
        found = read_run(tmp_path / "run")
        notes = found.notes[found.notes["name"] == "parameters"].set_index("trial")["value"]
        params = {t: json.loads(text)["learners"] for t, text in notes.items()}
        assert out.code == code, out.err
        return {
            row["variant"]: row | params.get(row["trial"], {})
            for row in found.trials.to_dict("records")
        }

    return run


def test_the_control_alone_is_searched(planned: Any) -> None:
    """Its variants name it, whether it belongs to the study or is the method as it is."""
    found = planned(studies=[*TUNED["studies"], HALF])  # type: ignore[misc]  # a list by its key
    control, other = found["slow_s=0.0"], found["slow_s=0.001"]

    assert control.search is not None
    assert control.frozen is None
    assert other.search is None
    assert other.frozen.control == control.id
    assert found["fraction=0.5"].frozen.control == found["default"].id


def test_what_a_control_sets_is_not_varied(planned: Any) -> None:
    """Nothing is left to choose where the study is about the only parameter of the space."""
    study = {"study": "vary", "param": "threshold", "values": [0.0, 1.0]}
    found = planned(studies=[study])

    assert found["default"].search is not None
    assert found["threshold=0.0"].search is None
    assert found["threshold=1.0"].frozen is None


def test_identity_holds_the_control_s_and_not_what_it_chose(planned: Any) -> None:
    """Another budget is another choice; a method that isn't searched keeps its identity."""
    one, more = planned(), planned(search=SEARCH | {"configs": 13})
    plain = planned(search=None)
    off = planned(methods=[TUNED["methods"][0] | {"search": False}])  # type: ignore[index]

    assert one["slow_s=0.001"].id == planned()["slow_s=0.001"].id
    assert one["slow_s=0.001"].id != more["slow_s=0.001"].id
    assert plain["slow_s=0.001"].id == off["slow_s=0.001"].id


def test_variants_run_with_what_the_control_chose(ran: Any) -> None:
    """Slowness changes no prediction, so both score alike; the default threshold is chance."""
    rows = ran()
    control, other = rows["slow_s=0.0"], rows["slow_s=0.001"]

    assert other["slow_s"] == 0.001
    assert other["threshold"] < 9.0
    assert other["test_score"] == control["test_score"] > 0.5
    assert other["search_s"] == 0 < control["search_s"]


def test_a_variant_s_own_parameters_stand_above_the_chosen_ones(planned: Any) -> None:
    """The default's search chose a threshold; a variant that sets one keeps its own."""
    trial = planned()["slow_s=0.001"]
    mine = replace(trial, frozen=replace(trial.frozen, settled=("learner__slow_s",)))
    found = with_config(mine, {"learner__threshold": 2.0, "learner__slow_s": 5.0})

    assert found.method.learner.params == {"threshold": 2.0, "slow_s": 0.001}


def test_a_refitted_control_has_refitted_variants(ran: Any) -> None:
    """Else the control alone would have met the validation rows."""
    rows = ran(search=SEARCH | {"refit": True})
    sizes = {name: rows[name]["n_refit"] for name in ("slow_s=0.0", "slow_s=0.001")}

    assert sizes["slow_s=0.001"] == sizes["slow_s=0.0"] > rows["slow_s=0.0"]["n_train"]


def test_a_later_call_takes_over_what_was_stored(ran: Any, tmp_path: Path) -> None:
    """The control is not searched again, and the variant's row comes out as it was."""
    before = ran()
    name = before["slow_s=0.001"]["trial"]
    with closing(sqlite3.connect(tmp_path / "run" / "results.sqlite")) as db, db:
        db.execute("DELETE FROM trials WHERE trial = ?", (name,))
    after = ran()

    assert after["slow_s=0.0"]["finished_at"] == before["slow_s=0.0"]["finished_at"]
    assert after["slow_s=0.001"]["finished_at"] > before["slow_s=0.001"]["finished_at"]
    assert after["slow_s=0.001"]["threshold"] == before["slow_s=0.001"]["threshold"]


def test_without_its_control_s_choice_a_variant_is_skipped(ran: Any) -> None:
    """The control's fits fail, so there is nothing to take over; a later call may try again."""
    failing = TUNED["methods"][0] | {"params": {"fails_above": -9.0}}  # type: ignore[index]
    rows = ran(code=1, methods=[failing])

    assert rows["slow_s=0.0"]["state"] == "failed"
    assert rows["slow_s=0.001"]["state"] == "skipped"
    assert rows["slow_s=0.001"]["reason"] == NO_CONTROL


def test_a_variant_is_replayed_with_its_control(ran: Any, bench: Any, tmp_path: Path) -> None:
    """The search repeats, and so does what follows from it."""
    name = ran()["slow_s=0.001"]["trial"]
    out = bench("replay", tmp_path / "run", name).assert_success().out

    assert "the same" in out
