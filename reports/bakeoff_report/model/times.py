"""Training times of methods over tasks, and the ratios between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.contrasts import training_seconds
from bakeoff.statistics.speedup import TimeRatio, time_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

NEAR = 0.1
"""Largest difference, on the normalised scale, of a method that is nearly as good."""

CHEAP_TIMES = 2.0
"""Smallest number of times as fast of a method that is called faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheaperMethod:
    """Method that is nearly as good as the leader and at least twice as fast.

    Args:
        standing: the method.
        ratio: the leader's training time over the method's.
    """

    standing: Standing
    ratio: TimeRatio


def median_seconds(rows: pd.DataFrame, seconds: pd.Series[float] | None = None) -> float:
    """Return the seconds of one split: the median over splits, summed over tasks.

    Args:
        rows: complete trials of one method.
        seconds: of each row; None for those of training, features included.
    """
    values = training_seconds(rows) if seconds is None else seconds.astype(float)
    medians = values.groupby(rows["task"]).median()
    return float(medians.sum(min_count=1))


def training_ratio(context: ReportContext, tasks: Sequence[str], slow: str, fast: str) -> TimeRatio:
    """Return the ratio of training times of two methods, on the splits that both have."""
    matrix = context.score_matrix
    lines = [matrix.methods.index(method) for method in (slow, fast)]
    parts = [matrix.train_s[lines, slice(*matrix.ends[task])] for task in tasks]
    names = np.repeat(list(tasks), [part.shape[1] for part in parts])
    first, second = np.concatenate(parts, axis=1) if parts else np.empty((2, 0))
    return time_ratio(first, second, names)


def cheaper_method(
    context: ReportContext, tasks: Sequence[str], leader: Standing, tied: Sequence[Standing]
) -> CheaperMethod | None:
    """Find the fastest method that is nearly as good as the leader and at least twice as fast.

    Args:
        context: the runs.
        tasks: those that the methods are compared on.
        leader: the best method.
        tied: methods that tie with it.
    """
    near = [s for s in tied if s.behind and s.behind.high <= NEAR]
    ratios = [training_ratio(context, tasks, leader.method, s.method) for s in near]
    faster = [
        CheaperMethod(standing=s, ratio=ratio)
        for s, ratio in zip(near, ratios, strict=True)
        if ratio.estimate >= CHEAP_TIMES
    ]
    return max(faster, key=lambda cheap: cheap.ratio.estimate, default=None)
