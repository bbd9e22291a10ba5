"""Prepare the data of a suite's tasks, or record why they are unavailable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.data.prepared import Prepared, prepare
from bakeoff.data.splits import make_split
from bakeoff.errors import (
    DataError,
    MissingExtraError,
    SourceUnavailableError,
    SuiteError,
)
from bakeoff.problems.table import default_metric
from bakeoff.records import Protocol, Task
from bakeoff.registry.catalogue import DatasetComponent, MetricComponent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bakeoff.registry.catalogue import Component, Registry
    from bakeoff.suite.located import Located
    from bakeoff.suite.protocol_entry import ProtocolEntry
    from bakeoff.suite.task_entry import TaskEntry


_SCORE_CLUSTERS = ("binary", "multiclass")
"""Problem types whose targets can score clusters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """Task with its data, or the reason why they are unavailable."""

    task: Task
    prepared: Prepared | None
    unavailable: str = ""


def prepare_tasks(
    entries: Iterable[Located[TaskEntry]],
    protocol: ProtocolEntry,
    registry: Registry,
    on_data: Callable[[str], object],
) -> dict[str, PlannedTask]:
    """Return the tasks of a suite by name, each with its prepared data.

    Args:
        entries: the tasks of the suite.
        protocol: of the suite.
        registry: what plugins offer.
        on_data: called with the name of each dataset before it is prepared, for progress.

    Raises:
        BakeoffError: anything in a task or in the user's data that can't be run.
    """
    tasks: dict[str, PlannedTask] = {}
    for located in entries:
        entry, where = located.entry, located.where()
        on_data(entry.name or entry.dataset)
        planned = _prepare_task(entry, protocol.for_task(entry), registry, where)
        if planned.task.name in tasks:
            message = f"task {planned.task.name!r} stands twice; give one a name."
            raise SuiteError(where, message)
        tasks[planned.task.name] = planned
    return tasks


def _prepare_task(
    entry: TaskEntry, protocol: Protocol, registry: Registry, where: str
) -> PlannedTask:
    component = registry.get("datasets", entry.dataset, where=where)
    params = dict(entry.params)
    name = entry.name or entry.dataset
    if isinstance(path := params.get("path"), str):
        name = entry.name or Path(path).stem
    prepared, unavailable = None, ""
    try:
        prepared = prepare(component, params, where=where)
    except (SourceUnavailableError, MissingExtraError) as error:
        unavailable = str(error)
    problem_type = prepared.problem_type if prepared else _declared(component.problems, "binary")
    if entry.problem_type == "clustering" and problem_type in _SCORE_CLUSTERS:
        problem_type = "clustering"  # the classes score it, and no component sees them
    if entry.problem_type and entry.problem_type != problem_type:
        message = (
            f"{name} has a target for {problem_type}; got problem_type {entry.problem_type!r}."
        )
        raise DataError(where, message)
    metric_name = entry.metric or default_metric(
        problem_type, is_labelled=prepared is None or prepared.labelled
    )
    metric = _metric(metric_name, problem_type, registry, where)
    if prepared is not None:
        _check_split(prepared, protocol, name, where)
    task = _task(entry, component, prepared, metric, name=name, protocol=protocol)
    task = replace(task, problem_type=problem_type)
    return PlannedTask(task=task, prepared=prepared, unavailable=unavailable)


def _check_split(prepared: Prepared, protocol: Protocol, name: str, where: str) -> None:
    """Draw a split, so that a protocol that the data can't follow fails before the run."""
    try:
        make_split(prepared.load_without_inputs(), protocol, task=name, repeat=0, fold=0)
    except DataError as error:
        raise DataError(where, str(error)) from None


def _declared(values: tuple[str, ...], default: str) -> str:
    """Return the first declared value, used where a dataset is unavailable."""
    return next(iter(values), default)


def _task(
    entry: TaskEntry,
    component: Component,
    prepared: Prepared | None,
    metric: MetricComponent,
    *,
    name: str,
    protocol: Protocol,
) -> Task:
    declared = component.n_classes if isinstance(component, DatasetComponent) else 0
    return Task(
        name=name,
        dataset=entry.dataset,
        input_kind=prepared.input_kind if prepared else _declared(component.inputs, "table"),
        problem_type=prepared.problem_type if prepared else _declared(component.problems, "binary"),
        metric=metric.name,
        direction=metric.direction,
        protocol=protocol,
        fingerprint=prepared.fingerprint if prepared else "",
        n_classes=len(prepared.classes) if prepared else declared,
        equivalence=entry.equivalence,
    )


def _metric(name: str, problem_type: str, registry: Registry, where: str) -> MetricComponent:
    fitting = [c for c in registry.find("metrics", name, where=where) if c.fits("", problem_type)]
    if not fitting:
        names = sorted({c.name for c in registry.all("metrics") if problem_type in c.problems})
        message = (
            f"metric {name!r} does not fit {problem_type}; expected one of {', '.join(names)}."
        )
        raise SuiteError(where, message)
    metric = fitting[0]
    if not isinstance(metric, MetricComponent):
        raise TypeError(f"expected a MetricComponent; got {metric!r}.")
    return metric


def n_fit(protocol: Protocol, prepared: Prepared) -> int:
    """Return the approximate number of rows of training plus validation, for declared limits."""
    if protocol.split == "official":
        rows = prepared.n_rows - prepared.n_official_test
    elif protocol.folds > 1:
        rows = prepared.n_rows * (protocol.folds - 1) // protocol.folds
    else:
        rows = round(prepared.n_rows * (1 - protocol.test))
    return min(rows, protocol.train_limit or rows)
