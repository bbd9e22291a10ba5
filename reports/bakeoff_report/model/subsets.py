"""Subsets of tasks and methods that have a leaderboard of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.records import PROBLEM_TYPES, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bakeoff_report.model.context import ReportContext

PROBLEM, KIND, DEVICE, SOURCE = "Problem type", "Input kind", "Device", "Source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """Tasks and methods of one leaderboard.

    Args:
        tasks: tasks on which one of the methods has a score.
        group: what its tasks or methods have in common; empty for the subset of everything.
        value: the common value.
        methods: the methods to rank; None for all.
        device: only trials on it; empty for any.
        n_boards: number of leaderboards side by side, for whose tests ties are corrected.
    """

    tasks: tuple[str, ...]
    group: str = ""
    value: str = ""
    methods: tuple[str, ...] | None = None
    device: str = ""
    n_boards: int = 1


def subsets(context: ReportContext) -> list[Subset]:
    """Return the set of everything, then each problem type, input kind, device and source.

    A group with a single value is left out, since its subset is everything. Clustering is compared
    with nothing else: it is in no subset that has other tasks.
    """
    narrower: list[Subset] = []
    for group in (_problem_types, _kinds, _devices, _sources):
        members = list(group(context))
        narrower += members if len(members) > 1 else []
    everything = Subset(tasks=tuple(context.compared_tasks))
    return [everything, *(replace(subset, n_boards=len(narrower)) for subset in narrower)]


def _problem_types(context: ReportContext) -> Iterator[Subset]:
    types = {task: str(context.fact(task, "problem_type")) for task in context.scales}
    for value in _ordered(types.values(), PROBLEM_TYPES):
        tasks = tuple(task for task, problem in types.items() if problem == value)
        yield Subset(group=PROBLEM, value=value, tasks=tasks)


def _kinds(context: ReportContext) -> Iterator[Subset]:
    for kind, tasks in context.kinds():
        yield Subset(group=KIND, value=kind, tasks=tuple(tasks))


def _devices(context: ReportContext) -> Iterator[Subset]:
    for device in context.devices:
        if tasks := _scored(context, context.score_matrices[device].methods, device):
            yield Subset(group=DEVICE, value=device, tasks=tasks, device=device)


def _sources(context: ReportContext) -> Iterator[Subset]:
    matrix = context.score_matrix
    for source in _ordered(matrix.sources, SOURCES):
        methods = [m for m, s in zip(matrix.methods, matrix.sources, strict=True) if s == source]
        if tasks := _scored(context, methods, ""):
            yield Subset(group=SOURCE, value=source, tasks=tasks, methods=tuple(methods))


def _scored(context: ReportContext, methods: Sequence[str], device: str) -> tuple[str, ...]:
    """Return the compared tasks on which any of the methods has a score."""
    matrix = context.score_matrices[device]
    lines = np.isin(matrix.methods, list(methods))
    return tuple(
        t
        for t in matrix.tasks
        if t in context.compared_tasks and np.isfinite(matrix.means(t)[lines]).any()
    )


def _ordered(values: Iterable[str], vocabulary: Sequence[str]) -> list[str]:
    """Return distinct values in the order of a vocabulary, others after them by name."""
    distinct = set(values)
    return [v for v in vocabulary if v in distinct] + sorted(distinct - set(vocabulary))
