"""Methods over tasks: mean scores, normalised means and who ties with the leader."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bakeoff.statistics.intervals import (
    THIS_DATA,
    Interval,
    Intervals,
    mean_intervals,
    resampled_intervals,
)
from bakeoff.statistics.significance import holm_of_leader
from bakeoff_report.model.findings import ALPHA
from bakeoff_report.model.records import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bakeoff_report.model.context import ReportContext

    Floats = npt.NDArray[np.float64]
    Lines = npt.NDArray[np.int64]

NEAR = 0.1
"""Largest difference, on the normalised scale, of a method that is nearly as good."""

CHEAP_SHARE = 0.5


def standings(
    context: ReportContext,
    tasks: Sequence[str],
    methods: Sequence[str] | None = None,
    *,
    device: str = "",
) -> list[Standing]:
    """Rank methods over tasks, best first; None: every method that has a score there.

    By mean normalised score where there is one, else by mean rank over the tasks that the method
    has a score on, after all those that have every task. Where a single method has every task, as
    a constant may among networks for this kind and that, it has no rank before the others. A device
    leaves only what ran there.
    """
    key = (tuple(tasks), None if methods is None else tuple(methods), device)
    if key not in context.boards:
        context.boards[key] = _standings(context, device, list(tasks), methods)
    return context.boards[key]


def leads(context: ReportContext, task: str) -> list[tuple[Standing, Interval | None, bool | None]]:
    """On one task the methods, best first, with what the leader is ahead of each by.

    The difference is told in the metric itself, so that no scale is needed, and turned so that
    more is better; beside it stands whether, corrected for all pairs, it leaves room for 0.
    """
    board = standings(context, [task])
    grid = context.grid
    lines = np.array([grid.methods.index(s.method) for s in board])
    if len(lines) < 2:  # noqa: PLR2004  a pair
        return [(s, None, None) for s in board]
    found = _differences(context, "", task, int(lines[0]), lines[1:]).to_list()
    adjusted = holm_of_leader([i.p for i in found])
    ties = [bool(p > ALPHA) if math.isfinite(p) else None for p in adjusted]
    known = [i if math.isfinite(i.estimate) else None for i in found]
    return [(board[0], None, None), *zip(board[1:], known, ties, strict=True)]


def bargain(leader: Standing, tied: Sequence[Standing]) -> Standing | None:
    """Find the fastest method that is nearly as good as the leader, in half of its time at most.

    Args:
        leader: the best method.
        tied: methods that tie with it.
    """
    near = [s for s in tied if s.behind and s.behind.high <= NEAR]
    fastest = min(near, key=lambda s: s.train_s, default=None)
    is_cheap = fastest is not None and fastest.train_s <= CHEAP_SHARE * leader.train_s
    return fastest if is_cheap else None


def _standings(
    context: ReportContext, device: str, tasks: list[str], methods: Sequence[str] | None
) -> list[Standing]:
    grid = context.grids[device]
    means = np.column_stack([grid.means(task) for task in tasks])
    chosen = np.isfinite(means).any(axis=1)
    if methods is not None:
        chosen &= np.isin(grid.methods, list(methods))
    lines = np.flatnonzero(chosen)
    means = means[lines]
    normalised = _normalised(context, tasks, means)
    ranks = _mean_ranks(means)
    missing: npt.NDArray[np.bool_] = np.any(np.isnan(means), axis=1)
    if (~missing).sum() == 1 < len(missing):  # a rank among others needs another
        missing[:] = True
        normalised[:] = math.nan
    # Lines come by name, and a stable sort keeps that order between equals.
    order = np.lexsort((ranks, np.where(np.isnan(normalised), np.inf, -normalised), missing))
    behind = _behind(context, device, tasks, lines[order], ~missing[order])
    adjusted = holm_of_leader([math.nan if i is None else i.p for i in behind])
    columns = [grid.tasks.index(task) for task in tasks]
    return [
        Standing(
            method=grid.methods[lines[at]],
            source=grid.sources[lines[at]],
            means={
                t: float(m) * context.sign(t)
                for t, m in zip(tasks, means[at], strict=True)
                if math.isfinite(m)
            },
            normalised=float(normalised[at]),
            rank=place + 1,
            mean_rank=float(ranks[at]),
            behind=behind[place],
            is_tied=bool(adjusted[place] > ALPHA) if math.isfinite(adjusted[place]) else None,
            train_s=_total(grid.seconds[lines[at], columns]),
            complete=int(grid.complete[lines[at], columns].sum()),
            planned=int(grid.planned[lines[at], columns].sum()),
            is_whole=not missing[at],
        )
        for place, at in enumerate(order)
    ]


def _normalised(context: ReportContext, tasks: list[str], means: Floats) -> Floats:
    scales = [context.scales[task] for task in tasks]
    zeros = np.array([context.sign(t) * s.zero for t, s in zip(tasks, scales, strict=True)])
    spans = np.array([s.span if s.is_known else math.nan for s in scales])
    return np.asarray(((means - zeros) / spans).mean(axis=1))


def _mean_ranks(means: Floats) -> Floats:
    ranks = stats.rankdata(-means, axis=0, nan_policy="omit")
    known = np.isfinite(means)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, ranks, 0.0).sum(axis=1) / known.sum(axis=1))


def _behind(
    context: ReportContext,
    device: str,
    tasks: list[str],
    lines: Lines,
    is_whole: npt.NDArray[np.bool_],
) -> list[Interval | None]:
    """The leader minus each method that has every task, on the normalised scale."""
    found: list[Interval | None] = [None] * len(lines)
    has_scale = all(context.scales[task].is_known for task in tasks)
    places = np.flatnonzero(is_whole)[1:]
    if not has_scale or not places.size or not is_whole[0]:
        return found
    parts = []
    for task in tasks:
        part = _differences(context, device, task, int(lines[0]), lines[places])
        parts.append(part.scaled(1 / context.scales[task].span))
    for place, interval in zip(places, mean_intervals(parts).to_list(), strict=True):
        # Two methods without a common split can't be paired.
        found[place] = interval if math.isfinite(interval.estimate) else None
    return found


def _differences(
    context: ReportContext, device: str, task: str, leader: int, others: Lines
) -> Intervals:
    scores, ratios = context.grids[device].of_task(task)
    difference = scores[leader] - scores[others]
    ratio = np.maximum(ratios[leader], ratios[others])
    steps = context.evidence.resolutions(task, scores.shape[1])
    found = resampled_intervals(difference, test_ratio=np.nan_to_num(ratio), resolution=steps)
    if not context.evidence.is_fixed(task):
        return found
    error, df = context.pair_errors(task, device)
    return Intervals(
        estimate=found.estimate,
        error=error[leader, others],
        df=df[leader, others],
        count=found.count,
        target=THIS_DATA,
        how="bootstrap over fixed test rows, crossed with repeats",
    )


def _total(seconds: Floats) -> float:
    known = seconds[np.isfinite(seconds)]
    return float(known.sum()) if known.size else math.nan
