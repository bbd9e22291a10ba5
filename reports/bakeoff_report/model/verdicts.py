"""Verdict on one method and task: overfits, underfits, healthy or undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import test_ratios
from bakeoff.statistics.intervals import resampled_interval
from bakeoff.statistics.overfitting import judge

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.statistics.intervals import Interval
    from bakeoff.statistics.overfitting import Verdict
    from bakeoff_report.model.context import ReportContext


def verdict(context: ReportContext, task: str, gap: Interval, train: Interval) -> Verdict:
    """Judge a gap and a train score by the task's band of equivalence and its reference.

    Args:
        context: the run.
        task: its name.
        gap: interval of the gap.
        train: interval of the train score, signed so that higher is better.
    """
    scale = context.scales[task]
    band = scale.band if scale.is_known else 0.0
    return judge(gap, train, reference=context.sign(task) * scale.one, band=band)


def judge_trials(
    context: ReportContext, trials: pd.DataFrame, task: str
) -> tuple[Interval, Verdict]:
    """Return the interval of the gap of one method's trials on a task, and the verdict."""
    gap = context.intervals.gap(trials, task)
    train = trials["train_score"].to_numpy(dtype=float) * context.sign(task)
    ratios = test_ratios(trials).to_numpy(dtype=float)
    step = context.intervals.resolution(task, len(trials))
    fitted = resampled_interval(train, test_ratio=ratios, resolution=step)
    return gap, verdict(context, task, gap, fitted)
