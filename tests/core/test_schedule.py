"""Tests of the order in which trials start."""

from __future__ import annotations

import csv
import heapq
import io
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.execution.schedule import ordered
from bakeoff.plan.trials import make_plan
from bakeoff.registry.manager import load_plugins
from bakeoff.suite.schema import load_suite
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METHODS = ["numbers+majority", "numbers+nearestmean", "numbers+peeker"]


@pytest.fixture
def jobs(suite_file: Callable[..., Path]) -> list[Job]:
    """Three methods, two repeats, in the order of the plan."""
    registry = load_plugins().registry
    plan = make_plan(load_suite(str(suite_file(methods=METHODS)), registry, []), registry)
    found = []
    for trial in plan.trials:
        prepared = plan.tasks[trial.task.name].prepared
        assert prepared is not None
        found.append(Job(trial=trial, prepared=prepared, artifacts="", scratch=""))
    return found


def test_longest_trials_start_first_within_a_split(jobs: list[Job]) -> None:
    """And every repeat meets the methods in the same order."""
    found = ordered(jobs, _seconds(jobs, 1.0, 5.0, 3.0), 2)

    expected = ["nearestmean", "peeker", "majority"]
    assert [(0, name) for name in expected] + [(1, name) for name in expected] == _names(found)


def test_every_fold_is_a_split_of_its_own(jobs: list[Job]) -> None:
    """No method's folds start before another method's first one."""
    folds = [
        replace(job, trial=replace(job.trial, repeat=0, fold=fold))
        for job in jobs[:3]
        for fold in (0, 1)
    ]
    found = [job.trial.fold for job in ordered(folds, _seconds(folds, 1.0, 5.0, 3.0), 2)]

    assert found == [0, 0, 0, 1, 1, 1]


def test_one_worker_keeps_the_order_of_the_plan(jobs: list[Job]) -> None:
    """Timings are taken one at a time, interleaved over methods."""
    assert _names(jobs) == _names(ordered(jobs, _seconds(jobs, 1.0, 5.0, 3.0), 1))


def test_trials_of_unknown_length_come_first(jobs: list[Job]) -> None:
    """They may be the longest; those with more rows come before those with fewer."""
    few, many = (replace(jobs[0].prepared, n_rows=n) for n in (10, 1000))
    mixed = [replace(jobs[0], prepared=few), replace(jobs[1], prepared=many), jobs[2]]
    found = ordered(mixed, {jobs[2].trial.id: 99.0}, 2)

    assert [name for _, name in _names(found)] == ["nearestmean", "majority", "peeker"]


def test_trials_of_one_kind_of_process_stay_together(jobs: list[Job]) -> None:
    """Changing between two backends costs an import of each."""
    mixed = [
        replace(job, trial=replace(job.trial, backend="jax" if index % 2 else ""))
        for index, job in enumerate(jobs[:3] * 2)
    ]
    found = [job.trial.backend for job in ordered(mixed, {}, 2)]

    assert sum(a != b for a, b in itertools.pairwise(found)) == 1


def test_long_trials_first_shorten_the_run(jobs: list[Job]) -> None:
    """Two workers on 1, 1 and 2 seconds: three seconds as planned, two in this order."""
    once = jobs[:3]
    seconds = _seconds(once, 1.0, 1.0, 2.0)

    assert _makespan(once, seconds, 2) == 3.0
    assert _makespan(ordered(once, seconds, 2), seconds, 2) == 2.0


def test_timing_runs_again_what_was_timed_beside_others(
    bench: Callable[..., Any], suite_file: Callable[..., Path]
) -> None:
    """Every row then says that it had the machine to itself; a second call has nothing to do."""
    path = suite_file(methods=METHODS)
    words = ("run", path, "--no-report")
    bench(*words, "--workers", "2").assert_success()
    before = _column(bench, "concurrency")
    bench(*words, "--timing").assert_success()
    after = _column(bench, "concurrency")
    again = bench(*words, "--timing").assert_success()

    assert before == ["2"] * 6
    assert after == ["1"] * 6
    assert "nothing left to do" in again.out


def _column(bench: Callable[..., Any], name: str) -> list[str]:
    text = bench("results", "runs/small", "--format", "csv").assert_success().out
    return [row[name] for row in csv.DictReader(io.StringIO(text))]


def _seconds(jobs: list[Job], *seconds: float) -> dict[str, float | None]:
    return {job.trial.id: seconds[i % len(seconds)] for i, job in enumerate(jobs)}


def _names(jobs: list[Job]) -> list[tuple[int, str]]:
    return [(job.trial.repeat, job.trial.method.learner.name) for job in jobs]


def _makespan(jobs: list[Job], seconds: dict[str, float | None], workers: int) -> float:
    """When the last trial ends if each worker takes the next job as it gets free."""
    free = [0.0] * workers
    for job in jobs:
        heapq.heappush(free, heapq.heappop(free) + (seconds[job.trial.id] or 0.0))
    return max(free)
