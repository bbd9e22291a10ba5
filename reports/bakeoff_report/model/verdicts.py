"""The verdict on one method and task, for whichever section shows it."""

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
    """What a gap and a train score say, held to the task's band and reference.

    Args:
        context: the run.
        task: its name.
        gap: interval of the gap.
        train: interval of the train score, signed so that more is better.
    """
    scale = context.scales[task]
    band = scale.band if scale.is_known else 0.0
    return judge(gap, train, reference=context.sign(task) * scale.one, band=band)


def judged(context: ReportContext, trials: pd.DataFrame, task: str) -> tuple[Interval, Verdict]:
    """Interval of the gap of one method's or variant's trials on a task, and the verdict."""
    gap = context.evidence.gap(trials, task)
    train = trials["train_score"].to_numpy(dtype=float) * context.sign(task)
    ratios = test_ratios(trials).to_numpy(dtype=float)
    step = context.evidence.resolution(task, len(trials))
    fitted = resampled_interval(train, test_ratio=ratios, resolution=step)
    return gap, verdict(context, task, gap, fitted)
