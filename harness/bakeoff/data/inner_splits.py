"""Split the training part again: inner folds for a search, training joined with validation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.data.splits import Split, shuffle_labels
from bakeoff.provenance.seeds import seed_of

if TYPE_CHECKING:
    from bakeoff.data.splits import Rows
    from bakeoff.interfaces import Data
    from bakeoff.records import Trial


def inner_split(data: Data, rows: Rows, trial: Trial, *, folds: int, fold: int) -> Split:
    """Return one of several inner folds of the training part, stratified by class.

    Args:
        data: the dataset.
        rows: of the training part.
        trial: task, repeat and fold, on which the deal depends.
        folds: how many, at least 2.
        fold: which, from 0.

    Returns:
        A split whose validation part is the fold, and whose test part is empty. Rows of a group
        stay together; rows in time are cut in order, and the fold is always later than its
        training rows.

    Raises:
        ValueError: there are too few rows.
    """
    seed = seed_of("inner", trial.task.protocol.seed, trial.task.name, trial.repeat, trial.fold)
    shuffled = np.random.default_rng(seed).permutation(rows)
    if trial.task.protocol.split == "time" and data.times is not None:
        ordered = rows[np.argsort(np.asarray(data.times)[rows], kind="stable")]
        blocks = np.array_split(ordered, folds + 1)
        train, validation = np.concatenate(blocks[: fold + 1]), blocks[fold + 1]
    elif trial.task.protocol.split == "grouped" and data.groups is not None:
        groups = np.asarray(data.groups)
        names = np.unique(groups[shuffled])
        mixed = np.random.default_rng(seed).permutation(names)
        is_validation = np.isin(groups[rows], mixed[fold::folds])
        train, validation = rows[~is_validation], rows[is_validation]
    else:
        if data.problem_type in ("binary", "multiclass"):
            codes = np.asarray(data.y)[shuffled]
            shuffled = shuffled[np.argsort(codes, kind="stable")]
        validation = shuffled[fold::folds]
        train = np.setdiff1d(rows, validation, assume_unique=True)
    if not len(train) or not len(validation):
        raise ValueError(f"expected more training rows for {folds} inner folds; got {len(rows)}.")
    return Split(np.sort(train), np.sort(validation), np.empty(0, dtype=np.int64))


def joined(split: Split) -> Split:
    """Return the split with training and validation rows joined as the training part."""
    rows = np.union1d(split.train, split.validation)
    return Split(rows, np.empty(0, dtype=np.int64), split.test)


def with_targets(data: Data, split: Split, trial: Trial) -> Data:
    """Return the data, with shuffled targets if the trial's protocol asks for them."""
    protocol, task = trial.task.protocol, trial.task.name
    if not protocol.shuffled_labels or data.y is None:
        return data
    y = shuffle_labels(
        data, split, task=task, seed=protocol.seed, repeat=trial.repeat, fold=trial.fold
    )
    return replace(data, y=y)
