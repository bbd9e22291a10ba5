"""What a suite expands to: trials, their order, their identities and their seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan import enumeration
from bakeoff.plan.trials import only
from bakeoff.provenance import environment, hashing

if TYPE_CHECKING:
    from bakeoff.plan.trials import Plan

TWO = ["tiny", "tiny3"]


def ids(plan: Plan) -> dict[tuple[str, str, str, int], str]:
    """Identity of each trial by task, method, variant and repeat."""
    return {(t.task.name, t.method.name, t.variant, t.repeat): t.id for t in plan.trials}


def test_further_repeat_leaves_the_identity_of_others(plan_of: Any) -> None:
    """The number of repeats is no part of a trial's identity."""
    two, three = ids(plan_of()), ids(plan_of("protocol.repeats=3"))

    assert {key: three[key] for key in two} == two


def test_splits_are_outermost(plan_of: Any) -> None:
    """A slow minute hits every method alike."""
    order = [(t.repeat, t.task.name, t.method.learner.name) for t in plan_of(tasks=TWO).trials]

    assert order == [
        (repeat, task, learner)
        for repeat in (0, 1)
        for task in ("tiny", "tiny3")
        for learner in ("majority", "nearestmean")
    ]


def test_folds_are_inside_a_repeat_and_methods_inside_a_fold(plan_of: Any) -> None:
    """Three folds and two repeats are six trials a method, and a slow minute hits both alike."""
    plan = plan_of(protocol={"split": "kfold", "folds": 3, "repeats": 2})

    assert [(t.repeat, t.fold, t.method.learner.name) for t in plan.trials] == [
        (repeat, fold, learner)
        for repeat in (0, 1)
        for fold in (0, 1, 2)
        for learner in ("majority", "nearestmean")
    ]


def test_task_may_have_repeats_of_its_own(plan_of: Any) -> None:
    """Protocol fields beside a dataset replace the suite's."""
    plan = plan_of(tasks=["tiny", {"dataset": "tiny3", "repeats": 1}], methods=["numbers+majority"])

    assert [(t.repeat, t.task.name) for t in plan.trials] == [
        (0, "tiny"),
        (0, "tiny3"),
        (1, "tiny"),
    ]


def test_another_method_changes_nobody_elses_identity(plan_of: Any) -> None:
    """Identities depend on a trial's own facts."""
    before = ids(plan_of())
    after = ids(plan_of(methods=["same+majority", "numbers+majority", "numbers+nearestmean"]))

    assert {key: after[key] for key in before} == before


@pytest.mark.parametrize(
    "option",
    [
        "protocol.seed=1",
        "protocol.threads=2",
        "protocol.test=0.3",
        "protocol.validation=0",
        "protocol.train_limit=20",
        "budget.seconds=5",
        "methods[0]={features: numbers, learner: nearestmean, params: {power: 2}}",
        "devices=[gpu]",
    ],
)
def test_identity_changes_with_what_can_change_the_outcome(plan_of: Any, option: str) -> None:
    """Nothing that differs in one of these is taken for done."""
    methods = [{"features": "numbers", "learner": "nearestmean"}, {"method": "ongpu"}]
    before = ids(plan_of(methods=methods)).values()
    after = ids(plan_of(option, methods=methods)).values()

    assert any(trial not in before for trial in after)


def test_identity_changes_with_the_data(plan_of: Any) -> None:
    """Other rows under the same task name are another trial."""
    one = ids(plan_of(tasks=[{"dataset": "tiny", "name": "t"}]))
    other = ids(plan_of(tasks=[{"dataset": "tinyshifted", "name": "t"}]))

    assert set(one.values()).isdisjoint(other.values())


def test_identity_changes_with_the_plugins_source(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed code is run again."""
    before = ids(plan_of())
    monkeypatch.setattr(enumeration, "source_hash", lambda target: f"changed {target}")

    assert set(ids(plan_of()).values()).isdisjoint(before.values())


def test_identity_changes_with_the_version_of_what_is_needed(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`numbers` declares numpy; another numpy is another trial."""
    before = ids(plan_of())
    monkeypatch.setattr(enumeration, "versions_of", lambda names: dict.fromkeys(names, "0"))

    assert set(ids(plan_of()).values()).isdisjoint(before.values())


def test_identity_does_not_change_with_the_environment(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Machine, folder and variables are provenance."""
    before = ids(plan_of())
    monkeypatch.setenv("SOMETHING", "else")
    monkeypatch.setattr(environment, "machine", lambda: "another")
    monkeypatch.setattr(environment, "cpu_count", lambda: 64)
    monkeypatch.chdir(tmp_path)

    assert ids(plan_of()) == before


def test_source_hash_changes_with_any_file_of_the_package(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper module counts as much as the one that is named."""
    package = tmp_path / "hashed_package"
    (package / "below").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "below" / "helper.py").write_text("x = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    hashing.source_hash.cache_clear()
    before = hashing.source_hash("hashed_package.module:Name")
    (package / "below" / "helper.py").write_text("x = 2")
    hashing.source_hash.cache_clear()

    assert hashing.source_hash("hashed_package.module:Name") != before


def test_seeds_are_shared_where_a_pair_must_match(plan_of: Any) -> None:
    """The features' seed knows no learner, the learner's no features, neither a variant."""
    plan = plan_of(
        methods=[
            {"cross": {"features": ["numbers", "centred"], "learners": ["majority"]}},
            "ongpu",
        ],
        devices=["cpu", "gpu"],
        protocol={"split": "holdout", "repeats": 1},
    )
    learners = {t.seeds["learners"] for t in plan.trials if "learners" in t.seeds}
    methods = {t.seeds["methods"] for t in plan.trials if "methods" in t.seeds}
    features = [t.seeds["features"] for t in plan.trials if "features" in t.seeds]

    assert (len(learners), len(methods), len(set(features))) == (1, 1, 2)


def test_vary_makes_matched_variants_with_a_control(plan_of: Any) -> None:
    """The control comes first, each variant names it, and all have the seeds of the default."""
    plan = plan_of(
        protocol={"split": "holdout", "repeats": 1},
        studies=[{"study": "vary", "param": "power", "values": [1.0, 0.5], "control": 0.5}],
    )
    varied = [t for t in plan.trials if t.study == "vary"]
    default = next(t for t in plan.trials if t.method.name == "numbers+nearestmean")
    told = [
        (t.variant, t.control, t.method.learner.params, t.seeds == default.seeds) for t in varied
    ]

    assert told == [
        ("power=0.5", "power=0.5", {"power": 0.5}, True),
        ("power=1.0", "power=0.5", {"power": 1.0}, True),
    ]


def test_study_leaves_methods_alone_that_lack_the_parameter(plan_of: Any) -> None:
    """Majority has no power."""
    plan = plan_of(studies=[{"study": "vary", "param": "power", "values": [1.0, 0.5]}])

    assert {t.method.name for t in plan.trials if t.study == "vary"} == {"numbers+nearestmean"}


def test_study_is_narrowed_by_methods_and_tasks(plan_of: Any) -> None:
    """Globs choose where it applies."""
    plan = plan_of(
        tasks=TWO,
        methods=["numbers+nearestmean", "centred+nearestmean"],
        studies=[
            {
                "study": "vary",
                "param": "power",
                "values": [1.0, 0.5],
                "methods": ["centred*"],
                "tasks": ["tiny3"],
            }
        ],
    )
    cells = {(t.task.name, t.method.name) for t in plan.trials if t.study == "vary"}

    assert cells == {("tiny3", "centred+nearestmean")}


def test_trial_that_two_studies_ask_for_stands_once(plan_of: Any) -> None:
    """Two studies that share a control are no mistake."""
    vary = {"study": "vary", "param": "power"}
    plan = plan_of(
        methods=["numbers+nearestmean"],
        protocol={"split": "holdout", "repeats": 1},
        studies=[vary | {"values": [1.0, 0.5]}, vary | {"values": [1.0, 0.25]}],
    )

    assert [t.variant for t in plan.trials] == ["default", "power=1.0", "power=0.5", "power=0.25"]


def test_device_named_twice_makes_no_second_trial(plan_of: Any) -> None:
    """A pair of a device with itself says nothing."""
    assert len(plan_of(methods=["ongpu"], devices=["cpu", "cpu"]).trials) == 2


def test_what_a_cross_makes_and_does_not_fit_is_dropped_and_counted(plan_of: Any) -> None:
    """Nobody named the pair, so nobody misses it."""
    cross = {"cross": {"features": ["numbers"], "learners": ["maj*", "mean*"]}}
    plan = plan_of(
        tasks=["tiny", "tinyreg"], methods=[cross], protocol={"split": "holdout", "repeats": 1}
    )
    told = [(t.task.name, t.method.name, t.skip) for t in plan.trials]

    assert told == [("tiny", "numbers+majority", ""), ("tinyreg", "numbers+meanvalue", "")]
    assert plan.dropped == {
        "meanvalue is not made for table with binary": 1,
        "majority is not made for table with regression": 1,
    }


def test_parameters_beside_a_cross_go_to_each_of_its_methods(plan_of: Any) -> None:
    """Wherever they fit; where a method does not fit they are not asked about."""
    cross = {
        "cross": {"features": ["fetching"], "learners": ["majority", "nearestmean"]},
        "params": {"place": "elsewhere"},
    }
    plan = plan_of(
        tasks=["tiny", "tinyreg"], methods=[cross], protocol={"split": "holdout", "repeats": 1}
    )

    assert [t.method.features.params for t in plan.trials] == [{"place": "elsewhere"}] * 2


def test_what_was_named_itself_and_does_not_fit_is_skipped(plan_of: Any) -> None:
    """The user asked for it and is told."""
    plan = plan_of(
        tasks=["tinyreg"], methods=["numbers+majority"], protocol={"split": "holdout", "repeats": 1}
    )

    assert [t.skip for t in plan.trials] == ["majority is not made for table with regression"]
    assert plan.dropped == {}


def test_missing_package_skips_with_the_command(plan_of: Any) -> None:
    """Whether named itself or made by a cross."""
    cross = {"cross": {"features": ["numbers"], "learners": ["needy"]}}
    plan = plan_of(methods=[cross], protocol={"split": "holdout", "repeats": 1})

    assert [t.skip for t in plan.trials] == ["needy needs no_such. Run: pip install no_such"]


def test_without_a_gpu_its_trials_are_skipped(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pair stays visible."""
    monkeypatch.setattr(enumeration, "gpu_slots", tuple)
    plan = plan_of(
        methods=["ongpu"], devices=["cpu", "gpu"], protocol={"split": "holdout", "repeats": 1}
    )

    assert [(t.device, t.skip) for t in plan.trials] == [("cpu", ""), ("gpu", "no GPU found")]


def test_method_that_knows_no_device_gets_one_trial(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever devices and backends the suite lists."""
    monkeypatch.setattr(enumeration, "gpu_slots", lambda: ("a card",))
    plan = plan_of(
        methods=["numbers+majority"],
        devices=["cpu", "gpu"],
        backends=["tensorflow", "jax"],
        protocol={"split": "holdout", "repeats": 1},
    )

    assert [(t.device, t.backend) for t in plan.trials] == [("cpu", "")]


def test_data_out_of_reach_skip_their_trials_with_the_reason(plan_of: Any) -> None:
    """Nothing is replaced by made-up data."""
    plan = plan_of(tasks=["unreachable", "tiny"], protocol={"split": "holdout", "repeats": 1})
    reasons = {t.task.name: t.skip for t in plan.trials}

    assert reasons == {
        "tiny": "",
        "unreachable": "unreachable could not be had: cache: empty; web: no route.",
    }


def test_only_chooses_what_a_glob_matches(plan_of: Any) -> None:
    """Patterns are matched against task/method; the rest stays part of the run."""
    whole = plan_of(tasks=TWO)
    plan = only(whole, ["tiny/*majority", "tiny3/*mean"])

    assert plan.trials == whole.trials
    assert {f"{t.task.name}/{t.method.name}" for t in plan.trials if plan.chooses(t)} == {
        "tiny/numbers+majority",
        "tiny3/numbers+nearestmean",
    }


def test_only_that_matches_nothing_names_what_there_is(plan_of: Any) -> None:
    """A typo runs nothing at all instead of everything or nothing silently."""
    with pytest.raises(UnknownNameError) as caught:
        only(plan_of(), ["tiny/numbers+majorit"])

    assert str(caught.value) == (
        "--only: unknown task/method 'tiny/numbers+majorit'; did you mean "
        "'tiny/numbers+majority'? Known: tiny/numbers+majority, tiny/numbers+nearestmean."
    )


def test_suite_in_which_nothing_fits_is_a_mistake(plan_of: Any) -> None:
    """A run without a trial answers nothing."""
    cross = {"cross": {"features": ["numbers"], "learners": ["meanval*"]}}

    with pytest.raises(SuiteError, match="no method fits any task: meanvalue is not made for"):
        plan_of(methods=[cross])


def test_cross_of_methods_runs_them_where_they_fit(plan_of: Any) -> None:
    """A network for tables has no business on another task, and nobody misses it there."""
    cross = {"cross": {"methods": ["ongpu"]}}
    plan = plan_of(
        tasks=["tiny", "tinyreg"], methods=[cross], protocol={"split": "holdout", "repeats": 1}
    )

    assert [(t.task.name, t.method.name) for t in plan.trials] == [("tiny", "ongpu")]
    assert plan.dropped == {"ongpu is not made for table with regression": 1}


def test_band_of_equivalence_changes_no_identity(plan_of: Any) -> None:
    """It is for readers: no score depends on it."""
    ids = [
        {t.id for t in plan_of(tasks=[{"dataset": "tiny", "equivalence": band}]).trials}
        for band in (0.01, 0.05)
    ]

    assert ids[0] == ids[1]


def test_source_of_a_library_below_the_component_is_part_of_the_identity(
    plan_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mended training loop is met by new fits."""

    def identity(library: str) -> str:
        hashes = {"yaml": library}
        monkeypatch.setattr(enumeration, "source_hash", lambda package: hashes.get(package, ""))
        return str(plan_of(methods=["ongpu"]).trials[0].id)

    assert identity("before") != identity("after")
