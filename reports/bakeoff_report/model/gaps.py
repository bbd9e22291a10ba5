"""Gap between train and test score of every method and task, and the verdict on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bakeoff.records import PARTS
from bakeoff.statistics.contrasts import test_ratios
from bakeoff.statistics.intervals import resampled_interval, resampled_intervals
from bakeoff.statistics.overfitting import judge

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff.statistics.overfitting import Verdict
    from bakeoff_report.model.context import ReportContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Scores and gap of one method on one task; scores are means over splits."""

    task: str
    method: str
    source: str
    train: float
    validation: float
    test: float
    interval: Interval
    verdict: Verdict
    interpolates: bool = False


def gaps_of(context: ReportContext, rows: pd.DataFrame) -> list[Gap]:
    """Return the gap of each method and task."""
    gaps = []
    for task, of_task in rows.groupby("task", sort=False):
        groups = of_task.groupby("method", sort=False)
        means = groups[[f"{part}_score" for part in PARTS]].mean()
        sources, learners = (groups[c].first().to_dict() for c in ("source", "learner"))
        intervals, trains = _intervals(context, str(task), of_task, list(means.index))
        gaps += [
            Gap(
                task=str(task),
                method=str(method),
                source=str(sources[method]),
                train=train,
                validation=validation,
                test=test,
                interval=interval,
                verdict=verdict(context, str(task), interval, fitted),
                interpolates=context.interpolates(str(task), str(learners[method]), train, test),
            )
            for (method, train, validation, test), interval, fitted in zip(
                means.astype(float).itertuples(), intervals, trains, strict=True
            )
        ]
    return gaps


def _intervals(
    context: ReportContext, task: str, rows: pd.DataFrame, methods: list[str]
) -> tuple[list[Interval], list[Interval]]:
    """Return intervals of each method's gap, and of its train score with higher better."""
    line = pd.Index(methods).get_indexer(pd.Index(rows["method"]))
    column = rows.groupby(["repeat", "fold"]).ngroup().to_numpy()
    shape = (len(methods), int(column.max()) + 1)
    ratios = np.zeros(shape)
    ratios[line, column] = rows["ratio"].to_numpy(dtype=float)
    steps = context.intervals.resolutions(task, shape[1])

    def resampled(series: pd.Series[float]) -> list[Interval]:
        values = np.full(shape, np.nan)
        values[line, column] = series.to_numpy(dtype=float)
        return resampled_intervals(values, test_ratio=ratios, resolution=steps).to_list()

    trains = resampled(rows["train_score"].astype(float) * context.sign(task))
    if context.intervals.is_fixed(task):
        gap = context.intervals.gap
        return [gap(rows[rows["method"] == method], task) for method in methods], trains
    return resampled(rows["gap"]), trains


def verdict(context: ReportContext, task: str, gap: Interval, train: Interval) -> Verdict:
    """Judge a gap and a train score by the task's band of equivalence and its reference.

    Args:
        context: the run.
        task: its name.
        gap: interval of the gap.
        train: interval of the train score, signed so that higher is better.
    """
    scale = context.scales[task]
    if not scale.is_known:
        return judge(gap, train, reference=math.nan, band=0.0)
    return judge(gap, train, reference=context.sign(task) * scale.one, band=scale.band)


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
