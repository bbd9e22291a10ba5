"""Contrasts between sources of features, by task and over the tasks of an input kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bakeoff.statistics.intervals import Interval, mean_interval
from bakeoff.statistics.speedup import TimeRatio, time_ratio
from bakeoff_report.model.intervals import split_numbers
from bakeoff_report.words import SCALE, Unit, plural, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.model.context import ReportContext

SAME_TIME = 0.05
EQUIVALENT = "too little to matter: the interval lies within the band of practical equivalence"
MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Difference between two sources, on one task or over several.

    Args:
        first: the source with the better scores if the difference is positive.
        second: the other source.
        tasks: the tasks compared.
        interval: of the paired difference, in the metric's unit or on the normalised scale.
        unit: unit of `interval` on the page.
        same_learner: the difference between trials with the same learner; None if no learner has
            both.
        fit_ratio: training time of the first over that of the second.
        more: how many more repeats would decide; 0 if it is decided, None if none would.
        band: half width of the band of practical equivalence, in the unit of `interval`; 0 if
            unknown.
    """

    first: str
    second: str
    tasks: tuple[str, ...]
    interval: Interval
    unit: Unit
    same_learner: Interval | None
    fit_ratio: TimeRatio
    more: int | None
    band: float

    @property
    def is_equivalent(self) -> bool:
        """Whether the interval lies within the band of practical equivalence."""
        return self.band > 0 and self.interval.lies_within(self.band)


def task_contrasts(context: ReportContext, first: str, second: str) -> dict[str, Contrast]:
    """Compare two sources on each task where some split has both."""
    alike = context.paired_by_learner(first, second)
    return {
        task: _task_contrast(context, task, (first, second), table, alike.get(task))
        for task, table in context.paired(first, second).items()
    }


def _task_contrast(
    context: ReportContext,
    task: str,
    sources: tuple[str, str],
    table: pd.DataFrame,
    alike: pd.DataFrame | None,
) -> Contrast:
    interval = context.intervals.difference(table, task)
    scale = context.scales[task]
    return Contrast(
        first=sources[0],
        second=sources[1],
        tasks=(task,),
        interval=interval,
        unit=context.unit(task),
        same_learner=None if alike is None else _same_learner(context, task, alike),
        fit_ratio=_fit_ratio([table]),
        more=context.intervals.more_repeats([table], [task]) if interval.is_known else None,
        band=scale.band if scale.is_known else 0.0,
    )


def kind_contrast(
    context: ReportContext, tasks: Sequence[str], first: str, second: str
) -> Contrast | None:
    """Return the mean contrast over tasks, equally weighted; None if no task has both.

    In the metric's own unit if all tasks share one, else on the normalised scale, whose ends are
    treated as known; tasks without a scale are left out then.
    """
    all_pairs = context.paired(first, second)
    tables = {task: all_pairs[task] for task in tasks if task in all_pairs}
    units = {context.unit(task) for task in tables}
    normalised = len(units) > 1
    if normalised:
        tables = {task: t for task, t in tables.items() if context.scales[task].is_known}
    if not tables:
        return None
    factors = {t: 1 / context.scales[t].span if normalised else 1.0 for t in tables}
    intervals = [
        context.intervals.difference(table, task).scaled(factors[task])
        for task, table in tables.items()
    ]
    interval = mean_interval(intervals)
    scaled = [t.assign(difference=t["difference"] * factors[k]) for k, t in tables.items()]
    scales = [context.scales[task] for task in tables if context.scales[task].is_known]
    return Contrast(
        first=first,
        second=second,
        tasks=tuple(tables),
        interval=interval,
        unit=SCALE if normalised else units.pop(),
        same_learner=None,
        fit_ratio=_fit_ratio(list(tables.values())),
        more=context.intervals.more_repeats(scaled, list(tables)) if interval.is_known else None,
        band=float(np.mean([s.equivalence if normalised else s.band for s in scales] or [0.0])),
    )


def _same_learner(context: ReportContext, task: str, table: pd.DataFrame) -> Interval:
    """Return the interval of the difference, averaged over the learners that both sources have."""
    splits = split_numbers(table)
    counts = np.bincount(splits)
    return context.intervals.difference(table[counts[splits] == counts.max()], task)


def _fit_ratio(tables: Sequence[pd.DataFrame]) -> TimeRatio:
    """Return the ratio of training times over tasks, first over second."""
    table = pd.concat(tables)
    return time_ratio(table["seconds_first"], table["seconds_second"], table["task"])


def why_undecided(contrast: Contrast) -> str:
    """Return why a contrast is undecided, and what would decide it."""
    interval = contrast.interval
    if not interval.is_known:
        return interval.how
    if contrast.more is None:
        return "more splits can't tell, more data could"
    if contrast.more == 0:
        return "clear by itself, but not among all comparisons side by side"
    return f"{plural(contrast.more, 'more split')} would tell if the difference stays"


def training_cost(contrast: Contrast) -> str:
    """Return text such as `, at 14 times the training time`; empty if times are much the same."""
    ratio = contrast.fit_ratio.estimate
    # Without measured times it is NaN, which differs from nothing.
    if not abs(np.log(ratio)) >= SAME_TIME:
        return ""
    return f", at {times(ratio)} times the training time"
