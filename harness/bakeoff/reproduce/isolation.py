"""Compare each trial run alone in a fresh process with the same one run last in a warm process."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.execution.executors import LocalExecutor, Options
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.records import Result

FILES = ("predictions.npz", "training.npz")
_TIMED = ("_s", "_per_s", "latency_s", "latency_sizes")
"""Endings of names whose values are times: no two runs share them."""


def differences(plan: Plan, folder: Path, say: Callable[[str], object] = str) -> dict[str, str]:
    """What differs between a trial alone and the same one after all the others.

    Args:
        plan: of a suite whose trials can run here; skipped ones are left out.
        folder: for artifacts and scratch files, empty.
        say: told each trial before it runs alone.

    Returns:
        By label of the trial; empty where every bit is the same.
    """
    jobs = [
        Job(trial=trial, prepared=prepared, artifacts="", scratch="")
        for trial in plan.trials
        if plan.chooses(trial) and (prepared := plan.tasks[trial.task.name].prepared) is not None
    ]
    threads = max((job.trial.task.protocol.threads for job in jobs), default=1)
    options = Options(scratch=folder / "scratch", workers=1, threads=threads)
    again = random.Random(0).sample(jobs, len(jobs))  # noqa: S311  an order, no secret
    warm = _run(options, [*_placed(jobs, folder / "first"), *_placed(again, folder / "warm")])
    found = {}
    for job in jobs:
        say(job.trial.label)
        alone = _run(options, _placed([job], folder / "alone" / job.trial.id))
        name = job.trial.id
        folders = folder / "alone" / name / "artifacts" / name, folder / "warm" / "artifacts" / name
        if what := _differing(alone[name], warm[name], *folders):
            found[job.trial.label] = ", ".join(what)
    return found


def _placed(jobs: Iterable[Job], folder: Path) -> list[Job]:
    """The same jobs with folders, and so features, of their own."""
    artifacts, scratch = str(folder / "artifacts"), str(folder / "scratch")
    return [replace(job, artifacts=artifacts, scratch=scratch) for job in jobs]


def _run(options: Options, jobs: list[Job]) -> dict[str, Result]:
    """The last result of each trial."""
    return {trial.id: result for trial, result in LocalExecutor(options).run(jobs, lambda _: None)}


def _differing(one: Result, other: Result, *folders: Path) -> list[str]:
    facts = ("state", "reason", "scores", "counts", "notes")
    found = [name for name in facts if getattr(one, name) != getattr(other, name)]
    if _untimed(one) != _untimed(other):
        found.append("epochs")
    for file in FILES:
        first, second = (_arrays(folder / file) for folder in folders)
        names = sorted(first.keys() | second.keys())
        found += [name for name in names if not _equal(first.get(name), second.get(name))]
    return found


def _untimed(result: Result) -> list[dict[str, float]]:
    return [
        {name: value for name, value in epoch.items() if not name.endswith(_TIMED)}
        for epoch in result.epochs
    ]


def _arrays(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files if not name.endswith(_TIMED)}


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    return np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f")
