"""Split rows into training, validation and test parts, by task, repeat and fold alone.

Seeds are hashes of names, so every method and variant of a task gets the same rows. A smaller
`train_limit` keeps a subset of a larger one's training rows and of its validation rows, and never
touches the test part.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from bakeoff.errors import DataError
from bakeoff.problems.table import problem_of
from bakeoff.provenance.seeds import seed_of
from bakeoff.records import FIXED_SPLITS

if TYPE_CHECKING:
    from bakeoff.interfaces import Data
    from bakeoff.records import Protocol

Rows = npt.NDArray[np.int64]

NO_CLASS_PEERS = "every class has one row; a split needs classes with two rows or more."


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Row indices of the three parts: int64, ascending, no row in two parts.

    `validation` is empty where the protocol's share is 0. `train` and `test` never are in a trial's
    own split; an inner fold of a search has no test part.
    """

    train: Rows
    validation: Rows
    test: Rows

    @property
    def size(self) -> int:
        """Return the number of rows of all parts together."""
        return len(self.train) + len(self.validation) + len(self.test)

    def parts(self) -> dict[str, Rows | None]:
        """Return the rows of each part by name; None for an empty part."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: rows if len(rows) else None for name, rows in named.items()}


@dataclass(frozen=True, slots=True)
class _Draw:
    """Inputs and random generators with which one split is drawn."""

    data: Data
    protocol: Protocol
    task: str
    repeat: int
    fold: int

    def rng(self, *purpose: str | int) -> np.random.Generator:
        return np.random.default_rng(
            seed_of("split", self.protocol.seed, self.task, self.repeat, *purpose)
        )

    @property
    def n_rows(self) -> int:
        return len(self.data.X)

    @property
    def rows(self) -> Rows:
        return np.arange(self.n_rows, dtype=np.int64)

    @property
    def n_parts_to_keep(self) -> int:
        """Return the number of parts still to be filled once the test part is drawn."""
        return 2 if self.protocol.validation > 0 else 1

    def strata(self, rows: Rows) -> Rows:
        """Return the class code of each row; 0 for all where rows have no single class."""
        if self.data.y is None:
            return np.zeros(len(rows), dtype=np.int64)
        return problem_of(self.data.problem_type).strata(self.data.y)[rows]

    def groups(self, rows: Rows) -> Rows:
        if self.data.groups is None:
            self.fail("split 'grouped' needs a group for each row; the dataset names none.")
        return np.unique(self.data.groups[rows], return_inverse=True)[1].astype(np.int64)

    def fail(self, message: str) -> NoReturn:
        raise DataError(self.task, message)

    def size(self, share: float, n_rows: int, keep: int) -> int:
        """Return the number of rows in a share: at least 1, with `keep` rows left over."""
        if n_rows < keep + 1:
            self.fail(
                f"expected at least {keep + 1} rows to fill every part of the split; "
                f"got {n_rows} that may be drawn."
            )
        return min(max(1, round(share * n_rows)), n_rows - keep)


def make_split(data: Data, protocol: Protocol, *, task: str, repeat: int, fold: int) -> Split:
    """Return the split of one repeat and fold.

    `holdout` and `kfold` keep the classes' shares, each part within one row; regression and
    targets of more dimensions are drawn plainly. The folds of `kfold` test every row once, but for
    that of a class with one row: such a class is never drawn from, and stays in the training part.
    `grouped` never divides a group, `time` tests on the latest
    rows (with folds, on successive later blocks, trained on all before) and is the same for
    every repeat, `official` tests on the published part and re-draws validation alone.

    Args:
        data: the dataset; X gives the number of rows.
        protocol: shares, folds, limits and seed.
        task: name of the task, which is part of every seed and named in messages.
        repeat: index of the repetition, from 0.
        fold: index of the fold, from 0; 0 where there is one.

    Raises:
        DataError: the data lack what the protocol needs, or have too few rows for it.
        ValueError: `split` is unknown, or `fold` is not one of the protocol's.
    """
    if protocol.split not in _TESTS:
        raise ValueError(f"expected a split of {', '.join(_TESTS)}; got {protocol.split!r}.")
    if not 0 <= fold < protocol.folds:
        raise ValueError(f"expected a fold in 0..{protocol.folds - 1}; got {fold}.")
    draw = _Draw(data, protocol, task, repeat, fold)
    pool, test = _TESTS[protocol.split](draw)
    validation = _validation(draw, pool)
    train = np.setdiff1d(pool, validation, assume_unique=True)
    train, validation = _limit_training(draw, train, validation)
    return Split(np.sort(train), np.sort(validation), np.sort(_limit_test(draw, test)))


def shuffle_labels(
    data: Data, split: Split, *, task: str, seed: int, repeat: int, fold: int
) -> Any:
    """Return the targets, shuffled within the training part and within the validation part.

    Each part is shuffled within itself, so that its classes keep their shares and nothing of the
    test part leaks. The order depends on the task, the seed, the repeat and the fold alone.

    Returns:
        A copy shaped as `data.y`.
    """
    y = np.array(data.y, copy=True)
    for part, rows in (("train", split.train), ("validation", split.validation)):
        rng = np.random.default_rng(seed_of("shuffled", part, seed, task, repeat, fold))
        y[rows] = y[rng.permutation(rows)]
    return y


def _holdout(draw: _Draw) -> tuple[Rows, Rows]:
    test = _drawn(draw, draw.rows, draw.protocol.test, draw.n_parts_to_keep, "test")
    return np.setdiff1d(draw.rows, test, assume_unique=True), test


def _kfold(draw: _Draw) -> tuple[Rows, Rows]:
    """Return the pool and test rows of a fold; folds differ by 1 row at most, also by class."""
    folds = draw.protocol.folds
    if folds < 2:  # noqa: PLR2004  one fold is no cross-validation
        draw.fail(f"split 'kfold' needs folds >= 2; got {folds}.")
    rows = draw.rng("folds").permutation(draw.rows)
    rows = rows[np.argsort(draw.strata(rows), kind="stable")]
    rows = rows[_has_class_peer(draw.strata(rows))]
    if not len(rows):
        draw.fail(NO_CLASS_PEERS)
    if len(rows) < folds:
        beside = " in classes of two or more" if len(rows) < draw.n_rows else ""
        draw.fail(
            f"expected at least {folds} rows for {folds} folds; got {len(rows)}{beside}. "
            "Set fewer folds, or split: holdout."
        )
    test = rows[draw.fold :: folds]
    return np.setdiff1d(draw.rows, test, assume_unique=True), test


def _grouped(draw: _Draw) -> tuple[Rows, Rows]:
    groups = draw.groups(draw.rows)
    if draw.protocol.folds == 1:
        tested = _drawn_groups(draw, draw.rows, draw.protocol.test, draw.n_parts_to_keep, "test")
        return np.setdiff1d(draw.rows, tested, assume_unique=True), tested
    sizes = np.bincount(groups)
    if len(sizes) < draw.protocol.folds:
        draw.fail(
            f"expected at least {draw.protocol.folds} groups for as many folds; got {len(sizes)}. "
            "Set fewer folds, or folds: 1 for one test part."
        )
    fold_of = np.zeros(len(sizes), dtype=np.int64)
    lightest = [(0, fold) for fold in range(draw.protocol.folds)]
    for group in draw.rng("folds").permutation(len(sizes)):
        n_rows, fold = heapq.heappop(lightest)
        fold_of[group] = fold
        heapq.heappush(lightest, (n_rows + int(sizes[group]), fold))
    is_test = fold_of[groups] == draw.fold
    return draw.rows[~is_test], draw.rows[is_test]


def _time(draw: _Draw) -> tuple[Rows, Rows]:
    ordered = _by_time(draw, draw.rows)
    folds = draw.protocol.folds
    if folds == 1:
        n_test = draw.size(draw.protocol.test, len(ordered), draw.n_parts_to_keep)
        return ordered[:-n_test], ordered[-n_test:]
    n_test = len(ordered) // (folds + 1)
    start = len(ordered) - (folds - draw.fold) * n_test
    if n_test == 0 or start < draw.n_parts_to_keep:
        draw.fail(f"expected more rows for {folds} folds over time; got {len(ordered)}.")
    return ordered[:start], ordered[start : start + n_test]


def _official(draw: _Draw) -> tuple[Rows, Rows]:
    if draw.data.official_test is None:
        draw.fail("split 'official' needs a published test part; the dataset has none.")
    is_test = np.asarray(draw.data.official_test, dtype=np.bool_)
    if not is_test.any() or is_test.all():
        draw.fail("the published test part must hold some rows and leave others to train on.")
    return draw.rows[~is_test], draw.rows[is_test]


_TESTS = {
    "holdout": _holdout,
    "kfold": _kfold,
    "grouped": _grouped,
    "time": _time,
    "official": _official,
}


def _validation(draw: _Draw, pool: Rows) -> Rows:
    share = draw.protocol.validation
    if share <= 0:
        return np.empty(0, dtype=np.int64)
    if draw.protocol.split == "time":
        return _by_time(draw, pool)[-draw.size(share, len(pool), 1) :]
    if draw.protocol.split == "grouped":
        return _drawn_groups(draw, pool, share, 1, "validation")
    return _drawn(draw, pool, share, 1, "validation")


def _limit_training(draw: _Draw, train: Rows, validation: Rows) -> tuple[Rows, Rows]:
    """Return both parts, cut in proportion to `train_limit` rows and `train_fraction`."""
    protocol, total = draw.protocol, len(train) + len(validation)
    limit = total if protocol.train_limit is None else min(protocol.train_limit, total)
    limit = round(protocol.train_fraction * limit)
    if limit >= total:
        return train, validation
    if limit < draw.n_parts_to_keep:
        draw.fail(f"expected {draw.n_parts_to_keep} or more rows to train on; got {limit}.")
    n_validation = max(1, round(limit * len(validation) / total)) if len(validation) else 0
    return (
        _first(draw, train, limit - n_validation, "train_limit"),
        _first(draw, validation, n_validation, "validation_limit"),
    )


def _limit_test(draw: _Draw, test: Rows) -> Rows:
    limit = draw.protocol.test_limit
    if limit is None:
        return test
    if limit < 1:
        draw.fail(f"expected test_limit >= 1; got {limit}.")
    if draw.protocol.split in FIXED_SPLITS:
        draw = replace(draw, repeat=0)  # a fixed test part stays fixed
    return _first(draw, test, limit, "test_limit")


def _drawn(draw: _Draw, rows: Rows, share: float, keep: int, purpose: str) -> Rows:
    """Return a stratified sample of the rows; classes with one row are not drawn from."""
    n_drawn = draw.size(share, len(rows), keep)
    drawable = rows[_has_class_peer(draw.strata(rows))]
    if not len(drawable):
        draw.fail(NO_CLASS_PEERS)
    return _first(draw, drawable, min(n_drawn, len(drawable) - 1), purpose)


def _has_class_peer(strata: Rows) -> npt.NDArray[np.bool_]:
    """Return for each row whether its class has a second row."""
    return np.asarray(np.bincount(strata)[strata] > 1)


def _first(draw: _Draw, rows: Rows, n_rows: int, purpose: str) -> Rows:
    """Return the first rows of a shuffle whose every prefix keeps the classes' shares."""
    if n_rows >= len(rows):
        return rows
    # Parts are drawn for each fold; what is tested is the same for all folds of a repeat.
    shuffled = draw.rng(purpose, draw.fold).permutation(rows)
    strata = draw.strata(shuffled)
    counts = fair_counts(tuple(np.bincount(strata).tolist()), n_rows)
    return np.concatenate(
        [shuffled[strata == code][:count] for code, count in enumerate(counts) if count]
    )


@lru_cache(maxsize=256)
def fair_counts(sizes: tuple[int, ...], n_rows: int) -> tuple[int, ...]:
    """Return how many of `n_rows` each class gets: within one of its share, monotone in `n_rows`.

    Rows are assigned one at a time, as slots of a machine: the j-th row of a class is released at
    (j-1) / rate and due at j / rate, and the earliest due goes first. With rates that sum to one
    nobody is late, hence no class is ever a whole row off its share.

    Results are cached, since all trials of a task in one process ask for the same counts.

    Source: Baruah, Cohen, Plaxton and Varvel, "Proportionate progress: a notion of fairness in
    resource allocation", Algorithmica 15, 1996; earliest deadline first, for one processor.
    """
    total, counts = sum(sizes), [0] * len(sizes)
    present = [code for code, size in enumerate(sizes) if size]
    if len(present) == 1:
        counts[present[0]] = n_rows
        return tuple(counts)
    waiting = [(0, code) for code in present]
    ready: list[tuple[int, int]] = []
    for slot in range(n_rows):
        while waiting and waiting[0][0] <= slot:
            _, code = heapq.heappop(waiting)
            heapq.heappush(ready, (-(-(counts[code] + 1) * total // sizes[code]), code))
        _, code = heapq.heappop(ready)
        counts[code] += 1
        heapq.heappush(waiting, (counts[code] * total // sizes[code], code))
    return tuple(counts)


def _drawn_groups(draw: _Draw, rows: Rows, share: float, keep: int, purpose: str) -> Rows:
    """Return whole groups, added in random order while they bring the size nearer to the share."""
    groups = draw.groups(rows)
    sizes = np.bincount(groups)
    if len(sizes) < keep + 1:
        draw.fail(f"expected at least {keep + 1} groups to fill every part; got {len(sizes)}.")
    missing, taken = share * len(rows), []
    for group in draw.rng(purpose, draw.fold).permutation(len(sizes))[keep:]:
        if sizes[group] < 2 * missing:
            taken.append(group)
            missing -= int(sizes[group])
    return rows[np.isin(groups, taken or [np.argmin(sizes)])]


def _by_time(draw: _Draw, rows: Rows) -> Rows:
    if draw.data.times is None:
        draw.fail("split 'time' needs a moment for each row; the dataset names none.")
    times = np.asarray(draw.data.times, dtype=np.float64)[rows]
    if not np.isfinite(times).all():
        draw.fail(f"split 'time' needs a moment for each row; {np.isnan(times).sum()} have none.")
    return rows[np.argsort(times, kind="stable")]
