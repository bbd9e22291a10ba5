"""Subsets of tasks and methods that have a leaderboard of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.records import PROBLEM_TYPES, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bakeoff_report.model.context import ReportContext

PROBLEM, KIND, DEVICE, SOURCE = "Problem type", "Input kind", "Device", "Source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """What a leaderboard is over.

    Args:
        tasks: those with a score of one of the methods.
        group: what its tasks or methods have in common; empty for the subset of everything.
        value: which one of that group.
        methods: the methods to rank; None for all.
        device: leaves only what ran there; empty for any.
    """

    tasks: tuple[str, ...]
    group: str = ""
    value: str = ""
    methods: tuple[str, ...] | None = None
    device: str = ""


def subsets(context: ReportContext) -> list[Subset]:
    """Everything, then each problem type, input kind, device and source.

    A group of a single value is left out, since it is everything again.
    """
    found = [Subset(tasks=tuple(task for _, tasks in context.kinds() for task in tasks))]
    for group in (_problem_types, _kinds, _devices, _sources):
        members = list(group(context))
        found += members if len(members) > 1 else []
    return found


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
        tasks = _scored(context, context.grids[device].methods, device)
        yield Subset(group=DEVICE, value=device, tasks=tasks, device=device)


def _sources(context: ReportContext) -> Iterator[Subset]:
    grid = context.grid
    for source in _ordered(grid.sources, SOURCES):
        methods = [m for m, of in zip(grid.methods, grid.sources, strict=True) if of == source]
        tasks = _scored(context, methods, "")
        yield Subset(group=SOURCE, value=source, tasks=tasks, methods=tuple(methods))


def _scored(context: ReportContext, methods: Sequence[str], device: str) -> tuple[str, ...]:
    """The tasks on which one of some methods has a score."""
    grid = context.grids[device]
    lines = np.isin(grid.methods, list(methods))
    return tuple(t for t in grid.tasks if np.isfinite(grid.means(t)[lines]).any())


def _ordered(values: Iterable[str], vocabulary: Sequence[str]) -> list[str]:
    """Distinct values in the order of the vocabulary, others behind by name."""
    found = set(values)
    return [v for v in vocabulary if v in found] + sorted(found - set(vocabulary))
