"""Contrasts between sources and methods, per task and over the tasks of an input kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.intervals import Interval, mean_interval, resampled_interval
from bakeoff_report.model.intervals import split_numbers
from bakeoff_report.words import SCALE, Unit, plural, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bakeoff_report.model.context import ReportContext

SHOWN_ALIKE = 0.05
ALIKE = "too little to matter: the interval lies within the band of practical equivalence"
MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The first source against the second, on one task or over several.

    Args:
        first: source that a positive difference favours.
        second: the other one.
        tasks: what it speaks about.
        interval: of the paired difference, in the metric's unit or on the normalised scale.
        unit: how to tell it.
        same_learner: the same with the learner held constant; None where no learner has both.
        fit_ratio: how many times as long the first trains, with interval; None if not measured.
        more: how many more repeats would tell; 0: it is told; None: none would.
        band: half width of practical equivalence, in the unit of `interval`; 0 where unknown.
    """

    first: str
    second: str
    tasks: tuple[str, ...]
    interval: Interval
    unit: Unit
    same_learner: Interval | None
    fit_ratio: Interval | None
    more: int | None
    band: float

    @property
    def is_alike(self) -> bool:
        """Whether the difference is surely too small to matter."""
        return self.band > 0 and self.interval.lies_within(self.band)


def task_contrasts(context: ReportContext, first: str, second: str) -> dict[str, Contrast]:
    """Contrast two sources on each task that has both in some repeat."""
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
    interval = context.evidence.difference(table, task)
    scale = context.scales[task]
    return Contrast(
        first=sources[0],
        second=sources[1],
        tasks=(task,),
        interval=interval,
        unit=context.unit(task),
        same_learner=None if alike is None else _same_learner(context, task, alike),
        fit_ratio=_fit_ratio([table]),
        more=context.evidence.more_repeats([table], [task]) if interval.is_known else None,
        band=scale.band if scale.is_known else 0.0,
    )


def kind_contrast(
    context: ReportContext, tasks: Sequence[str], first: str, second: str
) -> Contrast | None:
    """Mean contrast over tasks of equal weight.

    In the metric's own unit where all tasks share one, else on the normalised scale, whose ends
    are taken as given; tasks without a scale are left out then.
    """
    found = context.paired(first, second)
    tables = {task: found[task] for task in tasks if task in found}
    units = {context.unit(task) for task in tables}
    normalised = len(units) > 1
    if normalised:
        tables = {task: t for task, t in tables.items() if context.scales[task].is_known}
    if not tables:
        return None
    factors = {t: 1 / context.scales[t].span if normalised else 1.0 for t in tables}
    intervals = [
        context.evidence.difference(table, task).scaled(factors[task])
        for task, table in tables.items()
    ]
    interval = mean_interval(intervals)
    scaled = [t.assign(difference=t["difference"] * factors[k]) for k, t in tables.items()]
    known = [context.scales[task] for task in tables if context.scales[task].is_known]
    return Contrast(
        first=first,
        second=second,
        tasks=tuple(tables),
        interval=interval,
        unit=SCALE if normalised else units.pop(),
        same_learner=None,
        fit_ratio=_fit_ratio(list(tables.values())),
        more=context.evidence.more_repeats(scaled, list(tables)) if interval.is_known else None,
        band=float(np.mean([s.equivalence if normalised else s.band for s in known] or [0.0])),
    )


def _same_learner(context: ReportContext, task: str, table: pd.DataFrame) -> Interval:
    """Mean over the learners that both sources have, of what validation chose for each."""
    splits = split_numbers(table)
    counts = np.bincount(splits)
    return context.evidence.difference(table[counts[splits] == counts.max()], task)


def _fit_ratio(tables: Sequence[pd.DataFrame]) -> Interval | None:
    """Geometric mean of how many times as long the first side trains.

    Times of repeats are not correlated through shared rows, so the plain t interval serves.
    """
    logs = [np.log(t["fit_ratio"].dropna().to_numpy(dtype=float)) for t in tables]
    logs = [values[np.isfinite(values)] for values in logs]
    if not all(values.size for values in logs):
        return None
    mean = mean_interval([resampled_interval(values, test_ratio=0.0) for values in logs])
    return Interval(
        estimate=float(np.exp(mean.estimate)),
        low=float(np.exp(mean.low)),
        high=float(np.exp(mean.high)),
        n=mean.n,
        target=mean.target,
        how=mean.how,
        p=mean.p,
    )


def doubt(contrast: Contrast) -> str:
    """Why a contrast is undecided, and what would decide it."""
    interval = contrast.interval
    if not interval.is_known:
        return interval.how
    if contrast.is_alike:
        return ALIKE
    if contrast.more is None:
        return "more repeats can't tell, more data could"
    if contrast.more == 0:
        return "clear by itself, but not among all findings of this report"
    return f"{plural(contrast.more, 'more repeat')} would tell if the difference stays"


def cost(contrast: Contrast) -> str:
    """`, at 14 times the training time`, or nothing where it is not measured or much the same."""
    ratio = contrast.fit_ratio
    if ratio is None or abs(np.log(ratio.estimate)) < SHOWN_ALIKE:
        return ""
    return f", at {times(ratio.estimate)} times the training time"
