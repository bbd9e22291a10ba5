"""Compare each trial run alone in a fresh process with the same trial in a reused process."""

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
"""Suffixes of names whose values are times, which differ between any two runs."""


def differences(plan: Plan, folder: Path, say: Callable[[str], object] = str) -> dict[str, str]:
    """Return what differs between each trial run alone and run after the other trials.

    Args:
        plan: plan whose trials can run here; skipped trials are ignored.
        folder: empty folder for artifacts and scratch files.
        say: called with the label of each trial before it runs alone.

    Returns:
        Names of differing values by label of the trial; empty if all trials are equal bit by bit.
    """
    jobs = [
        Job(trial=trial, prepared=prepared, artifacts="", scratch="")
        for trial in plan.trials
        if plan.chooses(trial) and (prepared := plan.tasks[trial.task.name].prepared) is not None
    ]
    threads = max((job.trial.task.protocol.threads for job in jobs), default=1)
    options = Options(scratch=folder / "scratch", workers=1, threads=threads)
    shuffled = random.Random(0).sample(jobs, len(jobs))  # noqa: S311  an order, no secret
    warm = _run(
        options, [*_in_folder(jobs, folder / "first"), *_in_folder(shuffled, folder / "warm")]
    )
    by_label = {}
    for job in jobs:
        say(job.trial.label)
        alone = _run(options, _in_folder([job], folder / "alone" / job.trial.id))
        name = job.trial.id
        folders = folder / "alone" / name / "artifacts" / name, folder / "warm" / "artifacts" / name
        if names := _differing(alone[name], warm[name], *folders):
            by_label[job.trial.label] = ", ".join(names)
    return by_label


def _in_folder(jobs: Iterable[Job], folder: Path) -> list[Job]:
    """Return the jobs with artifacts and scratch folders below `folder`."""
    artifacts, scratch = str(folder / "artifacts"), str(folder / "scratch")
    return [replace(job, artifacts=artifacts, scratch=scratch) for job in jobs]


def _run(options: Options, jobs: list[Job]) -> dict[str, Result]:
    """Run the jobs in one worker; return the last result of each trial, by id."""
    return {trial.id: result for trial, result in LocalExecutor(options).run(jobs, lambda _: None)}


def _differing(alone: Result, warm: Result, *folders: Path) -> list[str]:
    """Return names of the fields and arrays in which two results differ."""
    fields = ("state", "reason", "scores", "counts", "notes")
    differing = [name for name in fields if getattr(alone, name) != getattr(warm, name)]
    if _untimed(alone) != _untimed(warm):
        differing.append("epochs")
    for file in FILES:
        first, second = (_arrays(folder / file) for folder in folders)
        names = sorted(first.keys() | second.keys())
        differing += [name for name in names if not _equal(first.get(name), second.get(name))]
    return differing


def _untimed(result: Result) -> list[dict[str, float]]:
    """Return the values of each epoch without times."""
    return [
        {name: value for name, value in epoch.items() if not name.endswith(_TIMED)}
        for epoch in result.epochs
    ]


def _arrays(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files if not name.endswith(_TIMED)}


def _equal(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return False
    return np.array_equal(a, b, equal_nan=a.dtype.kind == b.dtype.kind == "f")
