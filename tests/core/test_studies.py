"""What studies make of a method: variants with a control, a factor and a level."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.data.splits import make_split, shuffle_labels
from bakeoff.errors import PluginError, SuiteError, UnknownNameError
from bakeoff.interfaces import Data, Remedies, Subject
from bakeoff.records import Protocol, Task
from bakeoff.registry.catalogue import Trainable
from bakeoff.studies.batch_epoch import BatchEpoch
from bakeoff.studies.capacity import Capacity
from bakeoff.studies.memorisation import Memorisation
from bakeoff.studies.overfitting import Overfitting
from bakeoff.studies.sample_size import SampleSize

if TYPE_CHECKING:
    from bakeoff.plan.trials import Plan

REMEDIES = Remedies(
    control={"epochs": 200, "l1": 0.0},
    grids={"l1": ({"l1": 0.1}, {"l1": 0.2}, {"l1": 0.3}), "smaller": ({"units": 4, "depth": 1},)},
    capacity={"units": (4, 8)},
)
ONE = {"protocol": {"split": "holdout", "repeats": 1}, "methods": ["numbers+nearestmean"]}


def subject(remedies: Remedies | None = REMEDIES, **protocol: Any) -> Subject:
    """A method on a task of 100 training rows."""
    task = Task(
        name="t",
        dataset="t",
        input_kind="table",
        problem_type="binary",
        metric="accuracy",
        direction="maximize",
        protocol=Protocol.of(**{"split": "holdout", **protocol}),
        fingerprint="",
    )
    return Subject(method="mlp", task=task, n_rows=100, remedies=remedies)


def studied(plan: Plan) -> list[Any]:
    """Trials of studies."""
    return [t for t in plan.trials if t.study != "none"]


def test_overfitting_sets_each_strength_against_an_unregularised_control() -> None:
    """Strengths stand on top of the control's parameters; one factor a remedy."""
    variants = Overfitting().variants(subject())

    assert [(v.name, v.factor, v.level) for v in variants] == [
        ("control", "", None),
        ("l1=0.1", "l1", 0.1),
        ("l1=0.2", "l1", 0.2),
        ("l1=0.3", "l1", 0.3),
        ("smaller=4,1", "smaller", 4.0),
        ("less_data=0.5", "more_data", 0.5),
    ]
    assert [v.params for v in variants[:2]] == [
        {"epochs": 200, "l1": 0.0},
        {"epochs": 200, "l1": 0.1},
    ]
    assert (variants[-1].protocol, {v.control for v in variants}) == (
        {"train_fraction": 0.5},
        {"control"},
    )


def test_overfitting_crosses_pairs_and_thins_grids() -> None:
    """Two strengths of three are the ends; a pair has every combination of both."""
    study = Overfitting(
        remedies=["l1"], pairs=[["l1", "smaller"]], strengths=2, control={"epochs": 9}
    )
    variants = study.variants(subject())

    assert [v.name for v in variants] == [
        "control",
        "l1=0.1",
        "l1=0.3",
        "l1=0.1 x smaller=4,1",
        "l1=0.3 x smaller=4,1",
    ]
    assert variants[-1].params == {"epochs": 9, "l1": 0.3, "units": 4, "depth": 1}
    assert variants[-1].factor == "l1 x smaller"


def test_studies_leave_alone_what_declares_no_remedies() -> None:
    """Nothing is known of how it is regularised; its labels can be shuffled all the same."""
    unknown = subject(None)

    assert Overfitting().variants(unknown) == ()
    assert Capacity().variants(unknown) == ()
    assert [v.params for v in Memorisation().variants(unknown)] == [{}, {}]


def test_capacity_starts_from_the_smallest() -> None:
    """Unregularised unless told otherwise; a suite may name other values."""
    declared = Capacity().variants(subject())
    own = Capacity(params={"depth": [1, None]}, regularised=True).variants(subject())

    assert [(v.name, v.control, v.params) for v in declared] == [
        ("units=4", "units=4", {"epochs": 200, "l1": 0.0, "units": 4}),
        ("units=8", "units=4", {"epochs": 200, "l1": 0.0, "units": 8}),
    ]
    assert [(v.params, v.level) for v in own] == [({"depth": 1}, 1.0), ({"depth": None}, None)]


def test_sample_size_leaves_the_whole_to_the_default() -> None:
    """All rows are the method as it is outside the study; sizes beyond them are left out."""
    shares = SampleSize(fractions=[1.0, 0.25]).variants(subject(train_fraction=0.5))
    sizes = SampleSize(sizes=[1000, 10]).variants(subject())

    assert [(v.name, v.control, v.protocol) for v in (*shares, *sizes)] == [
        ("fraction=0.25", "default", {"train_fraction": 0.125}),
        ("rows=10", "default", {"train_limit": 10}),
    ]


def test_batch_epoch_crosses_both_without_early_stopping() -> None:
    """1000 rows in batches of 20 are 50 updates a pass; that is for the training to count."""
    variants = BatchEpoch(batch_sizes=[20, 100], epochs=[10]).variants(subject())

    assert [(v.name, v.control, v.params["early_stopping"]) for v in variants] == [
        ("batch_size=20, epochs=10", "batch_size=20, epochs=10", None),
        ("batch_size=100, epochs=10", "batch_size=20, epochs=10", None),
    ]


@pytest.mark.parametrize(
    ("study", "what"),
    [
        ({"study": "sample_size", "fractions": [0.5, 1.5]}, "at most 1; got [0.5, 1.5]"),
        ({"study": "sample_size", "fractions": [0.0]}, "above 0 and at most 1; got [0.0]"),
        ({"study": "sample_size", "fractions": 0.5}, "above 0 and at most 1; got 0.5"),
        ({"study": "sample_size", "sizes": [2]}, "whole numbers above 3; got [2]"),
        ({"study": "sample_size", "sizes": [9], "fractions": [0.1]}, "either fractions or sizes"),
        ({"study": "overfitting", "less_data": 1}, "expected 0 < less_data < 1; got 1"),
        ({"study": "overfitting", "pairs": [["l1"]]}, "pairs of two different remedies"),
        ({"study": "overfitting", "strengths": 0}, "strengths as an integer >= 1; got 0"),
        ({"study": "overfitting", "remedies": "l1"}, "remedies as a list of names; got 'l1'"),
        ({"study": "capacity", "params": {"power": [1]}}, "different values of power; got [1]"),
        ({"study": "batch_epoch", "epochs": [0]}, "whole numbers above 0; got [0]"),
        ({"study": "batch_epoch", "epochs": [5], "batch_sizes": [8]}, "two or more settings"),
        ({"study": "vary", "param": "C", "values": [1, 2], "methods": ["numbers+nearestmean"]},
         "unknown factor 'C'. Known: noise, power, random_state."),
        ({"study": "vary", "param": "powr", "values": [1, 2]},
         "unknown factor 'powr'; did you mean 'power'?"),
        ({"study": "overfitting", "pairs": [["power", "nothing"]]},
         "unknown factor 'power x nothing'"),
        ({"study": "overfitting", "remedies": ["nothing"]}, "unknown factor 'nothing'"),
    ],
)  # fmt: skip
def test_a_study_that_can_not_be_is_told_with_its_place(
    plan_of: Any, study: dict[str, Any], what: str
) -> None:
    """File and line of the study, what was expected and what was got."""
    with pytest.raises((SuiteError, UnknownNameError)) as caught:
        plan_of(**ONE, studies=[study])

    assert "suite.yaml:" in str(caught.value)
    assert "studies[0]" in str(caught.value)
    assert what in str(caught.value)


def test_a_study_names_a_method_that_lacks_its_parameter(plan_of: Any) -> None:
    """Majority was asked for by name; a glob would leave it out in silence."""
    study = {"study": "vary", "param": "power", "values": [1, 2]}
    both = ["numbers+majority", "numbers+nearestmean"]

    with pytest.raises(SuiteError, match=r"study 'vary' does not apply to numbers\+majority"):
        plan_of(studies=[study | {"methods": both}])
    with pytest.raises(UnknownNameError, match=r"did you mean 'numbers.majority'"):
        plan_of(studies=[study | {"methods": ["numbers+majorty"]}])


def test_declared_remedies_reach_the_trials_with_the_learners_prefix(plan_of: Any) -> None:
    """The stand-in's control has no noise; identity knows parameters, not the words for readers."""
    plan = plan_of(**ONE, studies=[{"study": "overfitting", "strengths": 1, "remedies": ["noise"]}])

    assert [(t.variant, t.factor, t.level, t.method.learner.params) for t in studied(plan)] == [
        ("control", "", None, {"noise": 0.0}),
        ("noise=0.3", "noise", 0.3, {"noise": 0.3}),
    ]


def test_variants_of_the_protocol_have_rows_of_their_own(plan_of: Any) -> None:
    """A part of the rows, or other labels, is another trial with the same seeds."""
    plan = plan_of(**ONE, studies=[{"study": "sample_size", "fractions": [0.5]}, "memorisation"])
    by_variant = {t.variant: t for t in plan.trials}

    assert by_variant["fraction=0.5"].task.protocol.train_fraction == 0.5
    assert by_variant["shuffled_labels"].task.protocol.shuffled_labels
    assert len({t.id for t in plan.trials}) == len(plan.trials) == 4
    assert len({tuple(t.seeds.items()) for t in plan.trials}) == 1


def test_remedies_that_are_none_name_their_plugin() -> None:
    """Something else than remedies, or nothing by that name."""
    for target in ("math:tau", "math:fsum", "math:no_such"):
        component = Trainable(
            kind="learners", name="x", target="m:X", owner="mine", remedies=target
        )

        with pytest.raises(PluginError, match=f"plugin 'mine': learners 'x': remedies '{target}'"):
            component.load_remedies()


def table(n_rows: int) -> Data:
    """Rows of two classes, one in three of the second."""
    return Data(
        X=np.arange(n_rows).reshape(-1, 1),
        y=(np.arange(n_rows) % 3 == 0).astype(np.int64),
        input_kind="table",
        problem_type="binary",
        classes=("a", "b"),
    )


def test_smaller_fractions_are_nested_and_leave_the_test_part_alone() -> None:
    """Each part holds all of the next smaller one; a limit counts first."""
    data = table(300)
    splits = [
        make_split(data, Protocol.of("holdout", train_fraction=f), task="t", repeat=0, fold=0)
        for f in (0.1, 0.3, 1.0)
    ]
    limited = make_split(
        data,
        Protocol.of("holdout", train_fraction=0.5, train_limit=100),
        task="t",
        repeat=0,
        fold=0,
    )

    assert [len(s.train) + len(s.validation) for s in (*splits, limited)] == [24, 72, 240, 50]
    for small, large in pairwise(splits):
        assert set(small.train) < set(large.train)
        assert set(small.validation) < set(large.validation)
        assert np.array_equal(small.test, large.test)


def test_shuffled_labels_keep_each_part_s_classes_and_the_test_part() -> None:
    """The same for every method of a split; another repeat has another order."""
    data = table(300)
    split = make_split(data, Protocol.of("holdout"), task="t", repeat=0, fold=0)
    where = {"task": "t", "seed": 0, "fold": 0}
    y = shuffle_labels(data, split, repeat=0, **where)  # type: ignore[arg-type]
    again = shuffle_labels(data, split, repeat=0, **where)  # type: ignore[arg-type]
    other = shuffle_labels(data, split, repeat=1, **where)  # type: ignore[arg-type]

    assert np.array_equal(y, again)
    assert not np.array_equal(y, other)
    assert np.array_equal(y[split.test], data.y[split.test])
    for rows in (split.train, split.validation):
        assert y[rows].sum() == data.y[rows].sum()
        assert 0.4 < (y[rows] == data.y[rows]).mean() < 0.75


def test_a_limited_fixed_test_part_stays_fixed() -> None:
    """Repeats of an official split meet the same test rows; those of a hold-out don't."""
    data = Data(
        X=np.arange(300).reshape(-1, 1),
        y=(np.arange(300) % 3 == 0).astype(np.int64),
        input_kind="table",
        problem_type="binary",
        classes=("a", "b"),
        official_test=np.arange(300) >= 200,
    )

    def tested(split: str) -> list[list[int]]:
        protocol = Protocol.of(split, test_limit=20)
        parts = [make_split(data, protocol, task="t", repeat=r, fold=0).test for r in (0, 1)]
        return [part.tolist() for part in parts]

    official, holdout = tested("official"), tested("holdout")

    assert official[0] == official[1]
    assert holdout[0] != holdout[1]
