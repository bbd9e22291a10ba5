"""Leaderboards: methods ranked over tasks, and which of them tie with the best."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bakeoff.statistics.contrasts import CONSTANT
from bakeoff.statistics.intervals import (
    THIS_DATA,
    Interval,
    Intervals,
    mean_intervals,
    resampled_intervals,
)
from bakeoff.statistics.significance import ALPHA, holm_of_leader
from bakeoff_report.model.records import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.score_matrix import ScoreMatrix

    Floats = npt.NDArray[np.float64]
    Lines = npt.NDArray[np.int64]


def standings(
    context: ReportContext,
    tasks: Sequence[str],
    methods: Sequence[str] | None = None,
    *,
    device: str = "",
    n_boards: int = 1,
) -> list[Standing]:
    """Rank methods over tasks, best first.

    By mean normalised score over the tasks with a scale, then by mean rank over the tasks that the
    method has a score on; of equal methods the faster comes first. Methods that failed on a split
    come after all others with a score on every task, and methods that lack a task come last. A
    single method with a score on every task, such as a constant beside networks for one input kind
    each, is not ranked before others.

    Args:
        context: the runs.
        tasks: those to average over.
        methods: those to rank; None for every method with a score on one of the tasks.
        device: only trials on it; empty for any.
        n_boards: number of boards side by side, for whose tests ties are corrected.
    """
    key = (tuple(tasks), None if methods is None else tuple(methods), device, n_boards)
    if key not in context.boards:
        board = _standings(context, device, list(tasks), methods)
        ties = _ties(board, [s.behind for s in board], n_boards)
        context.boards[key] = [replace(s, is_tied=t) for s, t in zip(board, ties, strict=True)]
    return context.boards[key]


def margins(
    context: ReportContext, task: str, n_tasks: int
) -> list[tuple[Standing, Interval | None, bool | None]]:
    """Return the methods of one task, best first, with the leader's lead over each.

    The lead is in the unit of the metric, positive if the leader is better; it is None for the
    leader and without a common split. The third item is whether the method ties with the leader
    after correction for all pairs, and for as many tasks; None if that is unknown.
    """
    board = standings(context, [task])
    matrix = context.score_matrix
    lines = np.array([matrix.methods.index(s.method) for s in board])
    if len(lines) < 2 or not board[0].can_lead:  # noqa: PLR2004  a pair
        return [(s, None, None) for s in board]
    differences = _differences(context, "", task, int(lines[0]), lines[1:]).to_list()
    intervals = [i if math.isfinite(i.estimate) else None for i in differences]
    ties = _ties(board[1:], intervals, n_tasks)
    return [(board[0], None, None), *zip(board[1:], intervals, ties, strict=True)]


def _standings(
    context: ReportContext, device: str, tasks: list[str], methods: Sequence[str] | None
) -> list[Standing]:
    matrix = context.score_matrices[device]
    columns = [matrix.tasks.index(task) for task in tasks]
    adjusted = np.column_stack([matrix.adjusted(task) for task in tasks])
    chosen = np.isfinite(adjusted).any(axis=1)
    if methods is not None:
        chosen &= np.isin(matrix.methods, list(methods))
    lines = np.flatnonzero(chosen)
    adjusted, failed = adjusted[lines], matrix.failed[lines][:, columns]
    normalised = _normalised(context, tasks, adjusted)
    mean_ranks = _mean_ranks(adjusted, failed > 0)
    train_s = np.array([_total(matrix.seconds[line, columns]) for line in lines])
    missing: npt.NDArray[np.bool_] = np.any(np.isnan(adjusted), axis=1)
    if (~missing).sum() == 1 < len(missing):  # a rank among others needs another
        missing[:] = True
        normalised[:] = math.nan
    has_failed = failed.any(axis=1)
    keys = (mean_ranks, np.where(np.isnan(normalised), np.inf, -normalised), has_failed, missing)
    # Methods are sorted by name, and a stable sort keeps that order between equals.
    order = np.lexsort((train_s, *keys))
    behind: list[Interval | None] = [None] * len(lines)
    if (~missing & ~has_failed).any():
        behind = _behind(context, device, tasks, lines[order], ~missing[order])
    ranks = stats.rankdata(_positions(np.array(keys)[:, order]), method="min")
    return [
        Standing(
            method=matrix.methods[lines[index]],
            source=matrix.sources[lines[index]],
            means=_means(context, matrix, tasks, int(lines[index])),
            normalised=float(normalised[index]),
            rank=int(ranks[position]),
            mean_rank=float(mean_ranks[index]),
            behind=behind[position],
            train_s=float(train_s[index]),
            complete=int(matrix.complete[lines[index], columns].sum()),
            failed=int(failed[index].sum()),
            planned=int(matrix.planned[lines[index], columns].sum()),
            is_whole=not missing[index],
        )
        for position, index in enumerate(order)
    ]


def _means(
    context: ReportContext, matrix: ScoreMatrix, tasks: list[str], line: int
) -> dict[str, float]:
    means = {task: float(matrix.means(task)[line]) * context.sign(task) for task in tasks}
    return {task: mean for task, mean in means.items() if math.isfinite(mean)}


def _normalised(context: ReportContext, tasks: list[str], means: Floats) -> Floats:
    """Return means over the tasks with a scale; NaN for a method that lacks a task."""
    scales = [context.scales[task] for task in tasks]
    zeros = np.array([context.sign(t) * s.zero for t, s in zip(tasks, scales, strict=True)])
    has_scale = np.array([s.is_known for s in scales])
    if not has_scale.any():
        return np.full(len(means), math.nan)
    spans = np.array([s.span for s in scales])[has_scale]
    scaled = (means[:, has_scale] - zeros[has_scale]) / spans
    return np.where(np.isnan(means).any(axis=1), math.nan, scaled.mean(axis=1))


def _mean_ranks(means: Floats, has_failed: npt.NDArray[np.bool_]) -> Floats:
    """Return mean ranks over tasks; on a task, methods that failed rank after all others."""
    has_score = np.isfinite(means)
    with np.errstate(invalid="ignore"):
        below = np.nanmax(means, axis=0) - np.nanmin(means, axis=0) + 1
        ranks = stats.rankdata(below * has_failed - means, axis=0, nan_policy="omit")
        return np.asarray(np.where(has_score, ranks, 0.0).sum(axis=1) / has_score.sum(axis=1))


def _positions(keys: Floats) -> npt.NDArray[np.intp]:
    """Return the position of each column of sorted keys; equal columns share one."""
    differs = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    return np.concatenate([[0], np.cumsum(differs)]).astype(np.intp)


def _behind(
    context: ReportContext,
    device: str,
    tasks: list[str],
    lines: Lines,
    is_whole: npt.NDArray[np.bool_],
) -> list[Interval | None]:
    """Return the first method's lead over each with a score on every task, normalised."""
    behind: list[Interval | None] = [None] * len(lines)
    scaled = [task for task in tasks if context.scales[task].is_known]
    positions = np.flatnonzero(is_whole)[1:]
    if not scaled or not positions.size:
        return behind
    parts = []
    for task in scaled:
        part = _differences(context, device, task, int(lines[0]), lines[positions])
        parts.append(part.scaled(1 / context.scales[task].span))
    for position, interval in zip(positions, mean_intervals(parts).to_list(), strict=True):
        # Without a common split there is nothing to pair.
        behind[position] = interval if math.isfinite(interval.estimate) else None
    return behind


def _ties(
    board: Sequence[Standing], leads: Sequence[Interval | None], n_boards: int
) -> list[bool | None]:
    """Return for each method whether the leader is not clearly ahead; None if that is unknown.

    The constant method is tested by itself, since nobody asks whether it leads.

    Args:
        board: methods.
        leads: leader minus method; None for the leader and without pairs.
        n_boards: number of boards that are tested side by side.
    """
    is_constant = np.array([s.source == CONSTANT for s in board])
    p = np.array([i.p if i and s.can_lead else math.nan for s, i in zip(board, leads, strict=True)])
    rivals = n_boards * holm_of_leader(np.where(is_constant, math.nan, p))
    adjusted = np.where(is_constant, p, rivals)
    return [
        None if i is None or not math.isfinite(q) else bool(q > ALPHA or i.estimate <= 0)
        for i, q in zip(leads, adjusted, strict=True)
    ]


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
