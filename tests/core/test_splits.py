"""What every split keeps, whatever the data, and what it says when the data don't allow it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.data import splits
from bakeoff.data.splits import Split, make_split
from bakeoff.errors import DataError
from bakeoff.interfaces import Data
from bakeoff.records import Protocol

TASK = "some_task"


def data(codes: Any, *, problem_type: str = "multiclass", **facts: Any) -> Data:
    """A table of one column with the given targets."""
    return Data(
        X=np.zeros((len(codes), 1)),
        y=np.asarray(codes),
        input_kind="table",
        problem_type=problem_type,
        **facts,
    )


def labelled(sizes: list[int], seed: int = 0) -> Data:
    """Shuffled rows of classes of the given sizes, with groups, moments and a published test."""
    codes = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = np.arange(len(codes))
    return data(
        codes,
        groups=rows % max(7, len(codes) // 5),
        times=np.random.default_rng(seed + 1).permutation(len(codes)) * 1.0,
        official_test=rows % 3 == 0,
    )


def split_of(dataset: Data, *, repeat: int = 0, fold: int = 0, **protocol: Any) -> Split:
    """The split of one repeat and fold; of one test part unless the protocol says otherwise."""
    chosen = Protocol(**{"split": "holdout", "folds": 1, "repeats": 5, **protocol})
    return make_split(dataset, chosen, task=TASK, repeat=repeat, fold=fold)


def as_lists(split: Split) -> list[list[int]]:
    """Rows of train, validation and test."""
    return [part.tolist() for part in (split.train, split.validation, split.test)]


def shares(codes: Any, rows: Any, n_classes: int) -> Any:
    """Rows of each class."""
    return np.bincount(np.asarray(codes)[rows], minlength=n_classes)


sizes_of_classes = st.lists(st.integers(3, 40), min_size=2, max_size=6)
protocols = st.sampled_from(
    [
        {"split": "holdout"},
        {"split": "kfold", "folds": 3},
        {"split": "grouped"},
        {"split": "grouped", "folds": 3},
        {"split": "time"},
        {"split": "official"},
    ]
)
examples = settings(max_examples=60, deadline=None, derandomize=True)


@examples
@given(sizes_of_classes, protocols, st.sampled_from([0.0, 0.2, 0.4]), st.integers(0, 3))
def test_parts_are_disjoint_sorted_and_cover_every_row(
    sizes: list[int], protocol: dict[str, Any], validation: float, repeat: int
) -> None:
    """Each row is in one part, and each part that was asked for holds rows."""
    split = split_of(labelled(sizes), repeat=repeat, validation=validation, **protocol)
    rows = [row for part in as_lists(split) for row in part]

    assert sorted(rows) == list(range(sum(sizes)))
    assert all(part == sorted(part) for part in as_lists(split))
    assert {part.dtype for part in (split.train, split.validation, split.test)} == {
        np.dtype(np.int64)
    }
    assert (len(split.validation) > 0) == (validation > 0)
    assert len(split.train) > 0
    assert len(split.test) > 0


@examples
@given(sizes_of_classes, st.integers(0, 4))
def test_test_and_validation_hold_each_class_within_one_row_of_its_share(
    sizes: list[int], repeat: int
) -> None:
    """No class is a whole row off, neither in the test part nor in validation."""
    dataset = labelled(sizes)
    split = split_of(dataset, repeat=repeat)
    pool = np.concatenate([split.train, split.validation])
    tested = shares(dataset.y, split.test, len(sizes))
    in_pool = shares(dataset.y, pool, len(sizes))
    validated = shares(dataset.y, split.validation, len(sizes))
    drawable = np.where(in_pool > 1, in_pool, 0)

    assert len(split.test) == max(1, round(0.2 * sum(sizes)))
    assert np.all(np.abs(tested - np.array(sizes) * len(split.test) / sum(sizes)) < 1)
    assert np.all(np.abs(validated - drawable * len(split.validation) / drawable.sum()) < 1)


@examples
@given(sizes_of_classes, st.integers(2, 5))
def test_folds_test_every_row_once_with_even_classes(sizes: list[int], folds: int) -> None:
    """Test parts of a repeat cover the rows; sizes and classes differ by one row at most."""
    dataset = labelled(sizes)
    tests = [split_of(dataset, split="kfold", folds=folds, fold=fold).test for fold in range(folds)]
    counts = np.array([shares(dataset.y, test, len(sizes)) for test in tests])

    assert sorted(np.concatenate(tests).tolist()) == list(range(sum(sizes)))
    assert np.ptp([len(test) for test in tests]) <= 1
    assert np.all(np.ptp(counts, axis=0) <= 1)


@examples
@given(
    st.lists(st.integers(0, 9), min_size=12, max_size=80).filter(lambda g: len(set(g)) > 3),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_no_group_is_in_two_parts(groups: list[int], folds: int, repeat: int) -> None:
    """Rows of one group stay together, across validation as well."""
    dataset = data(np.zeros(len(groups), np.int64), groups=np.array(groups))
    for fold in range(folds):
        split = split_of(dataset, split="grouped", folds=folds, fold=fold, repeat=repeat)
        parts = [{groups[row] for row in part} for part in as_lists(split)]

        assert sum(len(part) for part in parts) == len(set(groups))


def test_grouped_folds_test_every_group_once() -> None:
    """The test parts of grouped folds cover the rows without overlap."""
    dataset = labelled([40, 30])
    tests = [split_of(dataset, split="grouped", folds=4, fold=f).test for f in range(4)]

    assert sorted(np.concatenate(tests).tolist()) == list(range(70))


def test_grouped_holdout_comes_near_its_share() -> None:
    """Groups of five rows out of a hundred make a test part of exactly a fifth."""
    dataset = data(np.zeros(100, np.int64), groups=np.arange(100) // 5)

    assert [len(part) for part in as_lists(split_of(dataset, split="grouped"))] == [65, 15, 20]


def test_large_grouped_test_part_leaves_groups_for_the_others() -> None:
    """Nine tenths of ten groups would leave one for two parts."""
    dataset = data(np.zeros(10, np.int64), groups=np.arange(10))
    split = split_of(dataset, split="grouped", test=0.9)

    assert [len(part) for part in as_lists(split)] == [1, 1, 8]


@pytest.mark.parametrize(("folds", "fold"), [(1, 0), (3, 0), (3, 1), (3, 2)])
def test_later_rows_never_train(folds: int, fold: int) -> None:
    """Training comes before validation, and validation before the test part."""
    dataset = labelled([30, 40])
    times = dataset.times
    assert times is not None
    split = split_of(dataset, split="time", folds=folds, fold=fold)

    assert times[split.train].max() < times[split.validation].min()
    assert times[split.validation].max() < times[split.test].min()


def test_folds_over_time_expand() -> None:
    """Each fold trains on all rows before its block; the blocks are the successive latest."""
    dataset = data(np.zeros(20, np.int64), times=np.arange(20.0))
    splits = [split_of(dataset, split="time", folds=3, fold=f, validation=0.0) for f in range(3)]

    assert [as_lists(s)[2] for s in splits] == [
        list(range(5, 10)),
        list(range(10, 15)),
        list(range(15, 20)),
    ]
    assert [as_lists(s)[0] for s in splits] == [list(range(n)) for n in (5, 10, 15)]


def test_published_test_part_is_the_same_in_every_repeat() -> None:
    """Repeats of an official split re-draw validation alone."""
    dataset = labelled([30, 30])
    first, second = (split_of(dataset, split="official", repeat=r) for r in range(2))

    assert first.test.tolist() == second.test.tolist() == list(range(0, 60, 3))
    assert first.validation.tolist() != second.validation.tolist()


@pytest.mark.parametrize("split", ["holdout", "kfold", "grouped", "official"])
def test_repeats_draw_anew(split: str) -> None:
    """Another repeat is another shuffle."""
    dataset, folds = labelled([30, 30]), 3 if split == "kfold" else 1
    drawn = {
        str(as_lists(split_of(dataset, split=split, folds=folds, repeat=repeat)))
        for repeat in range(5)
    }

    assert len(drawn) == 5


@examples
@given(
    sizes_of_classes,
    protocols,
    st.sampled_from([0.0, 0.2, 0.5]),
    st.integers(2, 60),
    st.integers(0, 40),
)
def test_smaller_sample_is_nested_in_the_larger(
    sizes: list[int], protocol: dict[str, Any], validation: float, small: int, more: int
) -> None:
    """Rows of a smaller limit are in the same part of a larger one; the test part is untouched."""
    dataset = labelled(sizes)
    free = split_of(dataset, validation=validation, **protocol)
    one, other = (
        split_of(dataset, validation=validation, train_limit=limit, **protocol)
        for limit in (small, small + more)
    )
    total = len(free.train) + len(free.validation)

    assert len(one.train) + len(one.validation) == min(small, total)
    assert set(one.train.tolist()) <= set(other.train.tolist()) <= set(free.train.tolist())
    assert set(one.validation.tolist()) <= set(other.validation.tolist())
    assert set(other.validation.tolist()) <= set(free.validation.tolist())
    assert as_lists(one)[2] == as_lists(other)[2] == as_lists(free)[2]


@examples
@given(sizes_of_classes, st.integers(2, 100))
def test_limited_training_part_keeps_the_shares_of_classes(sizes: list[int], limit: int) -> None:
    """No class of a shortened training part is a whole row off its share."""
    dataset = labelled(sizes)
    free, limited = (split_of(dataset, train_limit=n) for n in (None, limit))
    wanted = shares(dataset.y, free.train, len(sizes)) * len(limited.train) / len(free.train)

    assert np.all(np.abs(shares(dataset.y, limited.train, len(sizes)) - wanted) < 1)


def test_limited_test_part_keeps_shares_and_leaves_training_alone() -> None:
    """A quarter of a test part of 24 and 16 rows is 6 and 4."""
    dataset = labelled([120, 80])
    free, limited = split_of(dataset), split_of(dataset, test_limit=10)

    assert shares(dataset.y, limited.test, 2).tolist() == [6, 4]
    assert set(limited.test.tolist()) <= set(free.test.tolist())
    assert as_lists(limited)[:2] == as_lists(free)[:2]


def test_class_with_one_row_is_trained_on() -> None:
    """Where a class can't be in two parts its row goes to the training part."""
    dataset = data(np.array([0] * 10 + [1] * 10 + [2]))
    protocols: list[dict[str, Any]] = [{}, {"split": "kfold", "folds": 2}]
    for protocol in protocols:
        for repeat in range(5):
            assert 20 in split_of(dataset, repeat=repeat, **protocol).train


@pytest.mark.parametrize(
    ("problem_type", "y"),
    [
        ("regression", np.linspace(0, 1, 25)),
        ("segmentation", np.zeros((25, 4, 4), np.uint8)),
        ("recognition", np.array([np.zeros((n % 3, 5), np.float32) for n in range(25)], object)),
    ],
)
def test_targets_that_are_no_classes_are_split_plainly(problem_type: str, y: Any) -> None:
    """Values, masks and boxes give parts of the same sizes as any other target."""
    parts = as_lists(split_of(data(y, problem_type=problem_type)))

    assert [len(part) for part in parts] == [16, 4, 5]


def test_data_without_targets_are_split_plainly() -> None:
    """Clustering without labels has no y at all."""
    dataset = replace(data(np.zeros(10)), y=None, problem_type="clustering")

    assert [len(part) for part in as_lists(split_of(dataset))] == [6, 2, 2]


def test_same_names_give_the_same_split() -> None:
    """Nothing but the arguments enters: not the state of numpy, not the call before."""
    dataset = labelled([30, 30])
    first = as_lists(split_of(dataset))
    np.random.default_rng().random()
    split_of(dataset, repeat=3)

    assert as_lists(split_of(dataset)) == first


def test_task_and_seed_change_the_split() -> None:
    """Two tasks, or two root seeds, have different test parts."""
    dataset = labelled([30, 30])
    drawn = [
        make_split(dataset, Protocol.of(seed=seed), task=task, repeat=0, fold=0).test.tolist()
        for task, seed in (("a", 0), ("b", 0), ("a", 1))
    ]

    assert len({str(rows) for rows in drawn}) == 3


def test_what_does_not_enter_leaves_the_split_alone() -> None:
    """Threads and the number of repeats change no row."""
    dataset = labelled([30, 30])

    assert as_lists(split_of(dataset, threads=4, repeats=9)) == as_lists(split_of(dataset))


def test_sizes_of_parts_follow_from_the_shares_alone() -> None:
    """The targets decide which rows are drawn, never how many."""
    one, other = labelled([30, 30]), labelled([55, 5])

    assert [len(p) for p in as_lists(split_of(one))] == [len(p) for p in as_lists(split_of(other))]


@pytest.mark.parametrize(
    ("dataset", "protocol", "message"),
    [
        (data([0, 1] * 9), {"split": "grouped"}, "needs a group for each row"),
        (data([0, 1] * 9), {"split": "time"}, "needs a moment for each row"),
        (data([0, 1] * 9), {"split": "official"}, "needs a published test part"),
        (
            data([0, 1] * 2, official_test=np.ones(4, bool)),
            {"split": "official"},
            "leave others to train on",
        ),
        (
            data([0, 1], times=np.array([1.0, np.nan])),
            {"split": "time"},
            "1 have none",
        ),
        (data([0, 0]), {}, "at least 3 rows to fill every part of the split; got 2"),
        (data([0, 1, 2, 3]), {}, "every class has one row"),
        (data([0, 0, 0]), {"split": "kfold", "folds": 4}, "at least 4 rows for 4 folds; got 3"),
        (data([0, 0, 0]), {"split": "kfold"}, "folds >= 2; got 1"),
        (
            data([0] * 9, groups=np.arange(9) % 2),
            {"split": "grouped"},
            "at least 3 groups to fill every part; got 2",
        ),
        (
            data([0] * 9, groups=np.arange(9) % 2),
            {"split": "grouped", "folds": 3},
            "at least 3 groups for as many folds; got 2. Set fewer folds, or folds: 1",
        ),
        (
            data([0] * 4, times=np.arange(4.0)),
            {"split": "time", "folds": 3},
            "more rows for 3 folds over time; got 4",
        ),
        (data([0, 1] * 9), {"train_limit": 1}, "expected 2 or more rows to train on; got 1"),
        (data([0, 1] * 9), {"test_limit": 0}, "expected test_limit >= 1; got 0"),
    ],
)
def test_data_that_do_not_allow_the_split_are_told(
    dataset: Data, protocol: dict[str, Any], message: str
) -> None:
    """The message names the task and what the data lack."""
    with pytest.raises(DataError, match=f"^{TASK}: .*{message}"):
        split_of(dataset, **protocol)


@pytest.mark.parametrize(
    ("protocol", "fold", "message"),
    [({"split": "random"}, 0, "got 'random'"), ({}, 1, "expected a fold in 0..0; got 1")],
)
def test_wrong_arguments_are_refused(protocol: dict[str, Any], fold: int, message: str) -> None:
    """An unknown split or fold is a programmer's mistake."""
    with pytest.raises(ValueError, match=message):
        split_of(data([0, 1] * 9), fold=fold, **protocol)


def test_two_rows_suffice_without_validation() -> None:
    """A share of 0 leaves validation empty and needs no row for it."""
    parts = as_lists(split_of(data([0, 0]), validation=0.0))

    assert [len(part) for part in parts] == [1, 0, 1]


def test_shares_of_classes_are_counted_once_for_all_repeats() -> None:
    """Counting takes longer than drawing, and every repeat of a task asks for the same counts."""
    splits.fair_counts.cache_clear()
    dataset = labelled([30, 20, 10])
    n_counted = []
    for repeat in range(3):
        split_of(dataset, repeat=repeat)
        n_counted.append(splits.fair_counts.cache_info().misses)

    assert n_counted == [2, 2, 2]  # a test part and a validation part
