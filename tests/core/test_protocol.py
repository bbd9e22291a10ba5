"""The default protocol, and settings of suites and tasks that have no effect on it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.data.splits import make_split
from bakeoff.errors import DataError, SuiteError
from bakeoff.interfaces import Data
from bakeoff.records import Protocol
from bakeoff.suite.protocol_entry import ProtocolEntry
from bakeoff.suite.schema import LoadedSuite
from bakeoff.suite.yaml_reader import YamlSource, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

SIZES = (31, 17, 4, 1)
"""Rows of each class: the last two have fewer than there are folds."""


def rows_of(sizes: tuple[int, ...] = SIZES, **facts: Any) -> Data:
    """Rows of classes of these sizes, shuffled."""
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    X = np.zeros((len(codes), 1))
    return Data(X=X, y=codes, input_kind="table", problem_type="multiclass", **facts)


def parts_tested(data: Data, protocol: Protocol, *, repeat: int = 0) -> list[npt.NDArray[np.int64]]:
    """Test rows of each fold of one pass."""
    return [
        make_split(data, protocol, task="t", repeat=repeat, fold=fold).test
        for fold in range(protocol.folds)
    ]


def load(text: str, tmp_path: Path) -> LoadedSuite:
    """Check a suite with these settings below its name and methods."""
    path = tmp_path / "suite.yaml"
    path.write_text(f"name: small\nmethods: [numbers+majority]\n{text}", encoding="utf-8")
    source = read_yaml(path)
    return LoadedSuite(YamlSource("suite.yaml", source.value, {
        at: origin.replace(str(path), "suite.yaml") for at, origin in source.origins.items()
    }))  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "folds", "repeats"),
    [
        ({}, 5, 1),
        ({"split": "kfold", "folds": 10}, 10, 1),
        ({"split": "kfold", "repeats": 3}, 5, 3),
        ({"split": "grouped"}, 5, 1),
        ({"split": "grouped", "folds": 1}, 1, 5),
        ({"split": "holdout"}, 1, 5),
        ({"split": "holdout", "repeats": 1}, 1, 1),
        ({"split": "official"}, 1, 5),
        ({"split": "time"}, 1, 5),
        ({"split": "time", "folds": 4}, 4, 1),
        ({"split": "time", "folds": 4, "repeats": 2}, 4, 2),
    ],
)
def test_folds_and_repeats_follow_from_the_split_where_unset(
    settings: dict[str, Any], folds: int, repeats: int
) -> None:
    """Five trials of every method on a task, unless the suite says otherwise."""
    protocol = ProtocolEntry().for_task(ProtocolEntry(**settings))

    assert protocol.split == settings.get("split", "kfold")
    assert (protocol.folds, protocol.repeats) == (folds, repeats)


@pytest.mark.parametrize(
    ("suite", "task", "expected"),
    [
        ({"repeats": 3}, {}, ("kfold", 5, 3)),
        ({"repeats": 3}, {"split": "official"}, ("official", 1, 3)),
        ({"repeats": 3}, {"split": "official", "repeats": 2}, ("official", 1, 2)),
        ({"folds": 10}, {"split": "official"}, ("official", 1, 5)),
        ({"folds": 10}, {"split": "grouped"}, ("grouped", 10, 1)),
        ({"split": "time", "folds": 1}, {"split": "kfold"}, ("kfold", 5, 1)),
        ({"split": "holdout"}, {"split": "kfold", "folds": 3}, ("kfold", 3, 1)),
    ],
)
def test_task_settings_replace_those_of_the_suite(
    suite: dict[str, Any], task: dict[str, Any], expected: tuple[str, int, int]
) -> None:
    """The suite's folds apply to the tasks that fold."""
    entry, own = ProtocolEntry(**suite), ProtocolEntry(**task)
    protocol = entry.for_task(own)

    assert (protocol.split, protocol.folds, protocol.repeats) == expected
    assert list(entry.mistakes(own)) == []


def test_share_of_a_test_part_reaches_the_tasks_that_draw_one() -> None:
    """A task in folds keeps the default share, which it does not use."""
    suite = ProtocolEntry(split="holdout", test=0.3)

    assert suite.for_task(ProtocolEntry()).test == 0.3
    assert suite.for_task(ProtocolEntry(split="kfold")) == Protocol.of("kfold")


def test_one_pass_tests_every_row_once() -> None:
    """But for the only row of a class, which stays in the training part."""
    data = rows_of()
    test_parts = parts_tested(data, Protocol.of())
    (single,) = np.flatnonzero(data.y == len(SIZES) - 1)

    assert sorted(np.concatenate(test_parts).tolist()) == [
        row for row in range(sum(SIZES)) if row != single
    ]


def test_folds_keep_the_shares_of_the_classes_within_one_row() -> None:
    """By hand: of 31 rows of a class, a fold tests 6 or 7; of 4 rows, none or one."""
    data = rows_of()
    counts = [np.bincount(data.y[test], minlength=4) for test in parts_tested(data, Protocol.of())]
    by_class = np.array(counts).T.tolist()

    assert [sorted(of_class) for of_class in by_class] == [
        [6, 6, 6, 6, 7],
        [3, 3, 3, 4, 4],
        [0, 1, 1, 1, 1],
        [0, 0, 0, 0, 0],
    ]


def test_every_class_is_trained_on_in_every_fold() -> None:
    """Also where a class has fewer rows than there are folds."""
    data = rows_of()
    splits = [
        make_split(data, Protocol.of(), task="t", repeat=0, fold=fold) for fold in range(5)
    ]  # fmt: skip

    assert [len(np.unique(data.y[split.train])) for split in splits] == [4] * 5


def test_validation_is_a_fifth_of_what_a_fold_trains_on() -> None:
    """100 rows: 20 are tested; of the 80 others, 16 are the validation part."""
    split = make_split(rows_of((60, 40)), Protocol.of(), task="t", repeat=0, fold=0)

    assert [len(part) for part in (split.train, split.validation, split.test)] == [64, 16, 20]


def test_two_passes_test_other_parts() -> None:
    """Each pass has a shuffle of its own."""
    data, protocol = rows_of(), Protocol.of(repeats=2)
    first, second = (
        {frozenset(test.tolist()) for test in parts_tested(data, protocol, repeat=repeat)}
        for repeat in (0, 1)
    )

    assert not first & second


@pytest.mark.parametrize(
    ("data", "protocol", "message"),
    [
        (rows_of((3,)), Protocol.of(), "5 folds; got 3. Set fewer folds, or split: holdout."),
        (
            rows_of((3, 1, 1)),
            Protocol.of(),
            "5 folds; got 3 in classes of two or more. Set fewer folds, or split: holdout.",
        ),
        (rows_of((1,) * 9), Protocol.of(), "every class has one row"),
        (
            rows_of((9,), groups=np.arange(9) % 4),
            Protocol.of("grouped"),
            "at least 5 groups for as many folds; got 4. Set fewer folds, or folds: 1",
        ),
    ],
)
def test_too_few_rows_for_the_folds_are_told_with_a_way_out(
    data: Data, protocol: Protocol, message: str
) -> None:
    """Fewer folds, or one test part."""
    with pytest.raises(DataError, match=message):
        make_split(data, protocol, task="t", repeat=0, fold=0)


ONCE = "tests every row once, in 5 folds. Write"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "tasks: [tiny]\nprotocol: {test: 0.3}\n",
            (
                "suite.yaml:4: protocol.test: 0.3 has no effect: split 'kfold' (the default) "
                f"{ONCE} split: holdout beside it, or folds: 3 in its place."
            ),
        ),
        (
            "protocol: {split: kfold}\ntasks:\n  - tiny\n  - {dataset: tiny3, test: 0.1}\n",
            (
                "suite.yaml:6: tasks[1].test: 0.1 has no effect: split 'kfold' "
                f"{ONCE} split: holdout beside it, or folds: 10 in its place."
            ),
        ),
        (
            "tasks: [tiny]\nprotocol: {split: grouped, test: 0.25}\n",
            (
                "suite.yaml:4: protocol.test: 0.25 has no effect: split 'grouped' "
                f"{ONCE} folds: 1 beside it, or folds: 4 in its place."
            ),
        ),
        (
            "tasks: [tiny]\nprotocol: {split: time, folds: 4, test: 0.3}\n",
            (
                "suite.yaml:4: protocol.test: 0.3 has no effect: split 'time' tests 4 blocks of "
                "equal size. Leave out test or folds."
            ),
        ),
        (
            "tasks:\n  - {dataset: tiny, split: official, test: 0.3}\n",
            (
                "suite.yaml:4: tasks[0].test: 0.3 has no effect: split 'official' tests the "
                "publisher's part. Leave it out, or write split: holdout beside it."
            ),
        ),
        (
            "tasks:\n  - {dataset: tiny, split: official, folds: 3}\n",
            (
                "suite.yaml:4: tasks[0].folds: 3 has no effect: split 'official' tests the "
                "publisher's part. Write repeats: 3 in its place, or split: kfold."
            ),
        ),
        (
            "tasks: [tiny, tiny3]\nprotocol: {split: holdout, folds: 3}\n",
            (
                "suite.yaml:4: protocol.folds: 3 has no effect: split 'holdout' draws one test "
                "part in each repeat. Write repeats: 3 in its place, or split: kfold."
            ),
        ),
        (
            "tasks: [tiny]\nprotocol: {folds: 1}\n",
            (
                "suite.yaml:4: protocol.folds: expected folds >= 2 for split 'kfold' (the "
                "default); got 1. Write split: holdout for one test part."
            ),
        ),
    ],
)
def test_setting_without_effect_is_a_mistake(text: str, expected: str, tmp_path: Path) -> None:
    """The message names the line, the split and the ways out."""
    with pytest.raises(SuiteError) as caught:
        load(text, tmp_path)

    assert str(caught.value) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tasks: [tiny]\nprotocol: {split: holdout, test: 0.3}\n",
        "tasks: [tiny]\nprotocol: {split: grouped, folds: 1, test: 0.3}\n",
        "tasks: [tiny]\nprotocol: {split: time, test: 0.3}\n",
        "tasks: [{dataset: tiny, split: holdout}]\nprotocol: {test: 0.3}\n",
        "tasks: [tiny, {dataset: tiny3, split: official}]\nprotocol: {folds: 3}\n",
        "tasks: [tiny, {dataset: tiny3, split: kfold}]\nprotocol: {split: holdout, test: 0.3}\n",
    ],
)
def test_setting_that_some_task_uses_is_none(text: str, tmp_path: Path) -> None:
    """A share beside a split that draws one; a suite's settings beside a task's own split."""
    assert load(text, tmp_path).suite.name == "small"


def test_a_mistake_of_the_command_line_names_its_option(plan_of: Any) -> None:
    """As other mistakes do."""
    with pytest.raises(SuiteError, match=r"^--set protocol.test=0.3: protocol.test: 0.3 has"):
        plan_of("protocol.test=0.3", protocol={})


def test_a_suite_without_a_protocol_plans_five_trials_a_method_and_task(plan_of: Any) -> None:
    """One pass over five folds."""
    plan = plan_of(tasks=["tiny", "tinyreg"], protocol={}, methods=["numbers+majority"])
    cells = [(trial.task.name, trial.repeat, trial.fold) for trial in plan.trials]

    assert sorted(cells) == list(product(["tiny", "tinyreg"], [0], range(5)))


def test_plan_tells_the_splits_of_each_task(bench: Any, suite_file: Callable[..., Path]) -> None:
    """Tasks of one protocol share a line."""
    tasks = ["tiny", "tiny3", {"dataset": "tiny", "name": "once", "split": "holdout", "repeats": 1}]
    path = suite_file(tasks=tasks, protocol={}, methods=["numbers+majority"])
    said = bench("plan", path).assert_success().out

    assert "splits: kfold, 5 folds, 1 repeat: tiny, tiny3.\n" in said
    assert "splits: holdout, 1 fold, 1 repeat: once.\n" in said
    assert "\n11 trials, 11 to run" in said
