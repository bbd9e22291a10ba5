"""The contract suites catch what breaks a contract, and let pass what keeps it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from bakeoff_standins.promise_breakers import (
    Backwards,
    Busy,
    Deaf,
    DenseOnly,
    Either,
    FarAway,
    Holey,
    Learned,
    Nearest,
    Neighbourly,
    Random,
    Secretive,
    Seeker,
    Silent,
    Slope,
    Supervised,
    Unnormalised,
    Writer,
    first_only,
    found,
    percent,
    wrong,
)

from bakeoff.problems.scoring import PredictionError
from bakeoff.registry.catalogue import Component, DatasetComponent, MetricComponent, Trainable
from bakeoff.testing import (
    DatasetContract,
    FeaturesContract,
    LearnerContract,
    MetricContract,
    PluginContract,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.testing.base import Contract


def features(cls: type, *, stateless: bool = False) -> Trainable:
    """A registration of one of the stand-ins."""
    return component(cls, "features", Trainable, inputs=("table",), stateless=stateless)


def component(thing: Any, kind: str, facts: type[Component], **others: Any) -> Any:
    """A registration whose `load` returns what it is given."""

    class Loaded(facts):  # type: ignore[misc, valid-type]  # a base that is an argument
        def load(self) -> Any:
            return thing

    return Loaded(kind=kind, name=thing.__name__.lower(), target="x:y", owner="test", **others)


def promises(contract: type[Contract]) -> list[str]:
    """Names of a contract's tests."""
    return [name for name in dir(contract) if name.startswith("test_")]


def broken(contract: Contract, thing: Any, case: str) -> list[str]:
    """Names of the tests that a component fails."""
    failed = []
    for name in promises(type(contract)):
        if not contract.applies(name, thing, case):
            continue
        test: Callable[..., None] = getattr(contract, name)
        given = {"case": case} if "case" in test.__code__.co_varnames[:3] else {}
        try:
            test(component=thing, **given)
        except (AssertionError, PredictionError, ValueError, TypeError):
            failed.append(name)
    return failed


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (Slope, []),
        (Holey, ["test_equal_rows_are_data_too", "test_rows_become_a_finite_float_matrix"]),
        (Neighbourly, ["test_a_row_does_not_depend_on_the_others"]),
        (
            Random,
            [
                "test_a_row_does_not_depend_on_the_others",
                "test_the_same_seed_gives_the_same_matrix",
            ],
        ),
        (Writer, ["test_inputs_stay_as_they_were"]),
        (
            Busy,
            [
                "test_parameters_make_an_equal_copy",
                "test_the_constructor_stores_its_parameters",
            ],
        ),
    ],
)
def test_features_fail_the_test_of_the_promise_that_they_break(
    cls: type, expected: list[str]
) -> None:
    """And no other."""
    assert expected == broken(FeaturesContract(), features(cls), "table")


@pytest.mark.parametrize(("cls", "n_failed"), [(Slope, 0), (Learned, 1)])
def test_what_is_declared_stateless_is_held_to_it(cls: type, n_failed: int) -> None:
    """A mean of the training rows is found out."""
    thing = features(cls, stateless=True)

    assert ["test_stateless_features_learn_nothing"] * n_failed == broken(
        FeaturesContract(), thing, "table"
    )


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (Nearest, set()),
        (DenseOnly, {"test_sparse_and_dense_matrices_are_both_read"}),
        (Backwards, {"test_labels_agree_with_probabilities"}),
        (Deaf, {"test_it_stops_when_time_is_up"}),
        (Secretive, {"test_it_stops_when_time_is_up", "test_rounds_are_reported"}),
    ],
)
def test_learners_fail_the_test_of_the_promise_that_they_break(
    cls: type, expected: set[str]
) -> None:
    """And no other."""
    thing = component(cls, "learners", Trainable, problems=("multiclass",))

    assert expected == set(broken(LearnerContract(), thing, "multiclass"))


@pytest.mark.parametrize(
    ("cls", "expected"), [(Seeker, []), (Silent, ["test_what_a_search_tries_is_kept"])]
)
def test_a_method_that_searches_is_granted_a_small_budget(cls: type, expected: list[str]) -> None:
    """It owes a history, and no rounds."""
    thing = component(cls, "learners", Trainable, problems=("multiclass",), searches=True)

    assert expected == broken(LearnerContract(), thing, "multiclass")


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        (("multiclass",), []),
        (("multiclass", "clustering"), ["test_fit_needs_no_target"]),
        ((), ["test_fit_needs_no_target"]),
    ],
)
def test_only_features_for_clustering_must_do_without_targets(
    problems: tuple[str, ...], expected: list[str]
) -> None:
    """Elsewhere targets are always handed over."""
    thing = component(Supervised, "features", Trainable, inputs=("table",), problems=problems)

    assert expected == broken(FeaturesContract(), thing, "table")


def test_what_can_t_be_fetched_is_skipped_with_its_sources() -> None:
    """As its trials would be."""
    thing = component(FarAway, "features", Trainable, inputs=("table",), fetches=True)

    with pytest.raises(pytest.skip.Exception, match="no route"):
        FeaturesContract().test_fit_returns_self(thing, "table")


def test_a_dataset_that_says_what_it_needs_is_skipped_with_its_words(tmp_path: Path) -> None:
    """Until a subclass gives it."""
    thing = component(Either, "datasets", DatasetComponent)

    with pytest.raises(pytest.skip.Exception, match="expected path or number"):
        DatasetContract().test_loading_twice_gives_the_same(thing, tmp_path)


def test_probabilities_that_sum_to_two_are_refused() -> None:
    """Wherever predictions are looked at."""
    thing = component(Unnormalised, "learners", Trainable, problems=("multiclass",))

    assert "test_answers_fit_the_task" in broken(LearnerContract(), thing, "multiclass")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (found, []),
        (first_only, ["test_the_order_of_rows_does_not_matter"]),
        (
            percent,
            [
                "test_a_part_of_one_class_is_no_error",
                "test_a_perfect_prediction_reaches_the_end_of_the_range",
                "test_values_stay_in_the_range",
            ],
        ),
        (
            wrong,
            [
                "test_a_perfect_prediction_reaches_the_end_of_the_range",
                "test_the_direction_is_that_of_better_predictions",
            ],
        ),
    ],
)
def test_metrics_fail_the_test_of_the_promise_that_they_break(
    metric: Any, expected: list[str]
) -> None:
    """And no other."""
    thing = component(
        metric, "metrics", MetricComponent, problems=("multiclass",), low=0.0, high=1.0
    )

    assert expected == broken(MetricContract(), thing, "multiclass")


@pytest.mark.parametrize(("n_rows", "agrees"), [(60, True), (61, False)])
def test_a_dataset_is_held_to_its_registration(
    tmp_path: Path, n_rows: int, *, agrees: bool
) -> None:
    """One row too many is found out."""
    thing = DatasetComponent(
        kind="datasets",
        name="tiny",
        target="bakeoff_standins.data:Tiny",
        owner="standins",
        inputs=("table",),
        problems=("binary",),
        n_rows=n_rows,
        n_classes=2,
    )
    told = ""
    try:
        DatasetContract().test_data_are_what_the_registration_says(thing, tmp_path)
    except AssertionError as error:
        told = str(error)

    assert agrees == (told == "")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"summary": "x" * 81}, ["test_its_summary_is_one_short_line"]),
        ({"summary": ""}, ["test_its_summary_is_one_short_line"]),
        ({"needs": ("scikit-learn",)}, ["test_its_needs_are_importable_names"]),
        ({"source": "handmade"}, ["test_its_facts_are_known_words"]),
        ({"inputs": ("video",)}, ["test_its_facts_are_known_words"]),
        ({"devices": ("tpu",)}, ["test_its_facts_are_known_words"]),
    ],
)
def test_facts_are_checked(facts: dict[str, Any], expected: list[str]) -> None:
    """Each by a test of its own."""
    thing = component(Slope, "features", Trainable, **{"source": "manual", "summary": "s", **facts})
    names = (
        "test_its_summary_is_one_short_line",
        "test_its_needs_are_importable_names",
        "test_its_facts_are_known_words",
    )
    failed = []
    for name in names:
        try:
            getattr(PluginContract(), name)(thing)
        except AssertionError:
            failed.append(name)

    assert expected == failed


def test_a_contract_that_would_test_nothing_is_an_error(tmp_path: Path) -> None:
    """A misspelt plugin must not pass."""
    code = (
        "from bakeoff.testing import FeaturesContract\n\n"
        "class TestNobody(FeaturesContract):\n"
        "    plugin = 'nobody'\n"
    )
    (tmp_path / "test_nobody.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_nobody.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "would test nothing: plugin 'nobody' registers no features" in done.stdout + done.stderr
