"""Features inside a component: found by name, seeded as on their own, part of what a trial is."""

from __future__ import annotations

from typing import Any

import pytest

from bakeoff.errors import BakeoffError
from bakeoff.trial.build import build


def method(over: str = "scaled", **params: Any) -> dict[str, Any]:
    """A method whose features take others."""
    return {
        "name": "outer",
        "features": "stacked",
        "learner": "nearestmean",
        "params": {"over": over, **params},
    }


def first(plan: Any) -> Any:
    """The first trial of the nested method."""
    return next(t for t in plan.trials if t.method.name == "outer")


def test_the_named_features_are_handed_over_unfitted(plan_of: Any) -> None:
    """With the parameters that the suite wrote for them."""
    trial = first(plan_of(methods=[method(over__factor=3.0, twice=5.0)]))
    outer = build(trial.method.features, trial)

    assert type(outer.over).__name__ == "Scaled"
    assert (outer.over.factor, outer.twice) == (3.0, 5.0)


def test_the_default_name_is_resolved_too(plan_of: Any) -> None:
    """A suite that names none gets the features of the default."""
    trial = first(plan_of(methods=[{**method(), "params": {}}]))

    assert type(build(trial.method.features, trial).over).__name__ == "Numbers"


def test_inner_features_have_the_seed_that_they_have_on_their_own(plan_of: Any) -> None:
    """So that vectors inside a network are those that a learner beside it meets."""
    plan = plan_of(methods=[method(), "scaled+nearestmean"])
    alone = next(t for t in plan.trials if t.method.name == "scaled+nearestmean")
    inside = first(plan)

    assert (alone.repeat, alone.fold) == (inside.repeat, inside.fold)
    assert (
        build(inside.method.features, inside).over.random_state
        == build(alone.method.features, alone).random_state
        != 0
    )


def test_inner_parameters_change_the_identity(plan_of: Any) -> None:
    """And so do other features inside."""
    ids = {
        first(plan_of(methods=[method(**changes)])).id
        for changes in ({}, {"over__factor": 2.0}, {"over": "numbers"})
    }

    assert len(ids) == 3


def test_features_made_of_learned_ones_count_as_learned(plan_of: Any) -> None:
    """Clusters of what a network learned are not made by hand."""
    assert first(plan_of(methods=[method("scaled")])).method.source == "embedded"
    assert first(plan_of(methods=[method("numbers")])).method.source == "clustered"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"over": "scald"}, "unknown features 'scald'; did you mean 'scaled'"),
        ({"over__facto": 2}, "unknown parameter of scaled 'facto'; did you mean 'factor'"),
        ({"over": "stacked"}, "stacked can't stand inside another component"),
        ({"over": "hog"}, "hog is not made for table"),
        ({"over": "", "over__factor": 2}, "over__... needs 'over'"),
    ],
)
def test_a_mistake_is_told_with_its_place(plan_of: Any, changes: dict[str, Any], told: str) -> None:
    """Before anything runs."""
    with pytest.raises(BakeoffError, match=told):
        plan_of(methods=[method(**changes)])


def test_a_study_may_vary_what_is_inside(plan_of: Any) -> None:
    """Each variant has its own features inside."""
    study = {"study": "vary", "param": "over__factor", "values": [1.0, 4.0]}
    plan = plan_of(methods=[method()], studies=[study])
    factors = {
        t.variant: t.method.features.inner["over"].params["factor"]
        for t in plan.trials
        if t.study == "vary"
    }

    assert factors == {"factor=1.0": 1.0, "factor=4.0": 4.0}


def test_a_run_with_features_inside_completes(bench: Any, suite_file: Any) -> None:
    """From the suite to the store."""
    path = suite_file(methods=[method(), "numbers+majority"])

    bench("run", str(path), "--no-report", "--workers", "1").assert_success()
