"""Leaderboards: methods ranked over tasks, and which of them tie with the best."""

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
    """Rank methods over tasks, best first.

    By mean normalised score if there is one, else by mean rank over the tasks that the method has
    a score on, after all methods with a score on every task. A single method with a score on every
    task, such as a constant beside networks for one input kind each, is not ranked before others.

    Args:
        context: the runs.
        tasks: those to average over.
        methods: those to rank; None for every method with a score on one of the tasks.
        device: only trials on it; empty for any.
    """
    key = (tuple(tasks), None if methods is None else tuple(methods), device)
    if key not in context.boards:
        context.boards[key] = _standings(context, device, list(tasks), methods)
    return context.boards[key]


def margins(
    context: ReportContext, task: str
) -> list[tuple[Standing, Interval | None, bool | None]]:
    """Return the methods of one task, best first, with the leader's lead over each.

    The lead is in the unit of the metric, positive if the leader is better; it is None for the
    leader and without a common split. The third item is whether the method ties with the leader
    after correction for all pairs; None if that is unknown.
    """
    board = standings(context, [task])
    matrix = context.score_matrix
    lines = np.array([matrix.methods.index(s.method) for s in board])
    if len(lines) < 2:  # noqa: PLR2004  a pair
        return [(s, None, None) for s in board]
    differences = _differences(context, "", task, int(lines[0]), lines[1:]).to_list()
    adjusted = holm_of_leader([i.p for i in differences])
    ties = [bool(p > ALPHA) if math.isfinite(p) else None for p in adjusted]
    intervals = [i if math.isfinite(i.estimate) else None for i in differences]
    return [(board[0], None, None), *zip(board[1:], intervals, ties, strict=True)]


def cheaper_method(leader: Standing, tied: Sequence[Standing]) -> Standing | None:
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
    matrix = context.score_matrices[device]
    means = np.column_stack([matrix.means(task) for task in tasks])
    chosen = np.isfinite(means).any(axis=1)
    if methods is not None:
        chosen &= np.isin(matrix.methods, list(methods))
    lines = np.flatnonzero(chosen)
    means = means[lines]
    normalised = _normalised(context, tasks, means)
    ranks = _mean_ranks(means)
    missing: npt.NDArray[np.bool_] = np.any(np.isnan(means), axis=1)
    if (~missing).sum() == 1 < len(missing):  # a rank among others needs another
        missing[:] = True
        normalised[:] = math.nan
    # Rows are sorted by name, and a stable sort keeps that order between equals.
    order = np.lexsort((ranks, np.where(np.isnan(normalised), np.inf, -normalised), missing))
    behind = _behind(context, device, tasks, lines[order], ~missing[order])
    adjusted = holm_of_leader([math.nan if i is None else i.p for i in behind])
    columns = [matrix.tasks.index(task) for task in tasks]
    return [
        Standing(
            method=matrix.methods[lines[index]],
            source=matrix.sources[lines[index]],
            means={
                t: float(m) * context.sign(t)
                for t, m in zip(tasks, means[index], strict=True)
                if math.isfinite(m)
            },
            normalised=float(normalised[index]),
            rank=position + 1,
            mean_rank=float(ranks[index]),
            behind=behind[position],
            is_tied=bool(adjusted[position] > ALPHA) if math.isfinite(adjusted[position]) else None,
            train_s=_total(matrix.seconds[lines[index], columns]),
            complete=int(matrix.complete[lines[index], columns].sum()),
            planned=int(matrix.planned[lines[index], columns].sum()),
            is_whole=not missing[index],
        )
        for position, index in enumerate(order)
    ]


def _normalised(context: ReportContext, tasks: list[str], means: Floats) -> Floats:
    scales = [context.scales[task] for task in tasks]
    zeros = np.array([context.sign(t) * s.zero for t, s in zip(tasks, scales, strict=True)])
    spans = np.array([s.span if s.is_known else math.nan for s in scales])
    return np.asarray(((means - zeros) / spans).mean(axis=1))


def _mean_ranks(means: Floats) -> Floats:
    ranks = stats.rankdata(-means, axis=0, nan_policy="omit")
    has_score = np.isfinite(means)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(has_score, ranks, 0.0).sum(axis=1) / has_score.sum(axis=1))


def _behind(
    context: ReportContext,
    device: str,
    tasks: list[str],
    lines: Lines,
    is_whole: npt.NDArray[np.bool_],
) -> list[Interval | None]:
    """Return the leader's lead over each method with a score on every task, normalised."""
    behind: list[Interval | None] = [None] * len(lines)
    has_scale = all(context.scales[task].is_known for task in tasks)
    positions = np.flatnonzero(is_whole)[1:]
    if not has_scale or not positions.size or not is_whole[0]:
        return behind
    parts = []
    for task in tasks:
        part = _differences(context, device, task, int(lines[0]), lines[positions])
        parts.append(part.scaled(1 / context.scales[task].span))
    for position, interval in zip(positions, mean_intervals(parts).to_list(), strict=True):
        # Without a common split there is nothing to pair.
        behind[position] = interval if math.isfinite(interval.estimate) else None
    return behind


def _differences(
    context: ReportContext, device: str, task: str, leader: int, others: Lines
) -> Intervals:
    scores, ratios = context.score_matrices[device].of_task(task)
    difference = scores[leader] - scores[others]
    ratio = np.maximum(ratios[leader], ratios[others])
    steps = context.intervals.resolutions(task, scores.shape[1])
    intervals = resampled_intervals(difference, test_ratio=np.nan_to_num(ratio), resolution=steps)
    if not context.intervals.is_fixed(task):
        return intervals
    error, df = context.pair_errors(task, device)
    return Intervals(
        estimate=intervals.estimate,
        error=error[leader, others],
        df=df[leader, others],
        count=intervals.count,
        target=THIS_DATA,
        how="bootstrap over fixed test rows, crossed with repeats",
    )


def _total(seconds: Floats) -> float:
    measured = seconds[np.isfinite(seconds)]
    return float(measured.sum()) if measured.size else math.nan
