"""Scales of normalised scores: where the reference is clearly better than guessing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import Scale, reference_pairs, scales_of
from bakeoff.statistics.intervals import floor_of, trimmed_interval

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.intervals import TrialIntervals


def clear_scales(
    trials: pd.DataFrame, tasks: pd.DataFrame, intervals: TrialIntervals
) -> dict[str, Scale]:
    """Return the scale of each task that has scores, in the order of the tasks.

    Args:
        trials: complete trials outside any study, one per method and split.
        tasks: one row a task, indexed by `task`.
        intervals: those of the same trials.
    """
    clear = {
        task: _is_clear(intervals, table, task) for task, table in reference_pairs(trials).items()
    }
    equivalence = {str(task): float(value) for task, value in tasks["equivalence"].items()}
    scales = scales_of(trials, equivalence, clear)
    return {task: scales[task] for task in map(str, tasks.index) if task in scales}


def _is_clear(intervals: TrialIntervals, table: pd.DataFrame, task: str) -> bool:
    """Return True if the reference is clearly better than the constant method.

    One diverged split widens the interval of the mean without end, so that of the trimmed mean is
    enough. With too few splits for either, the mean must be above the half width that the number
    of test rows alone gives, for metrics that are shares of rows.
    """
    interval = intervals.difference(table, task)
    by_split = table.groupby(["repeat", "fold"])[["difference", "test_ratio"]].mean()
    if interval.is_known:
        trimmed = trimmed_interval(by_split["difference"], test_ratio=by_split["test_ratio"])
        return interval.lies_above(0) or trimmed.lies_above(0)
    step = intervals.resolution(task, len(by_split))
    return step > 0 and interval.estimate > float(floor_of(interval.estimate, step))
