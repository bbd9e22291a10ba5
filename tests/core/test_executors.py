"""Which process a trial gets: one trial a GPU at a time, and warm processes for each backend."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.execution.executors import LocalExecutor, Options
from bakeoff.provenance.environment import cpu_count, gpu_slots
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.records import Result


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, ("0", "1", "2")),
        ("2,0", ("2", "0")),
        ("1", ("1",)),
        ("1,-1,0", ("1",)),
        ("", ()),
        ("-1", ()),
    ],
)
def test_gpus_are_those_that_the_user_allows(
    gpus: Any, monkeypatch: pytest.MonkeyPatch, allowed: str | None, expected: tuple[str, ...]
) -> None:
    """Three are there; the list ends where CUDA ends it."""
    gpus(3)
    if allowed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)

    assert gpu_slots() == expected


@pytest.fixture
def run(plan_of: Callable[..., Plan], tmp_path: Path) -> Callable[..., list[Result]]:
    """Run a trial for each place, with two workers; results in the order of the places."""

    def run(*places: tuple[str, str], workers: int = 2) -> list[Result]:
        seer = {"features": "pixels", "learner": "seer", "params": {"seconds": 0.2}}
        plan = plan_of(
            tasks=["dots"], methods=[seer], protocol={"split": "holdout", "repeats": len(places)}
        )
        folders = {"artifacts": str(tmp_path / "out"), "scratch": str(tmp_path / "scratch")}
        jobs = [
            Job(
                trial=replace(trial, device=device, backend=backend),
                prepared=plan.tasks["dots"].prepared,
                **folders,
            )
            for trial, (device, backend) in zip(plan.trials, places, strict=True)
        ]
        executor = LocalExecutor(Options(scratch=tmp_path / "scratch", workers=workers))
        found = {trial.id: result for trial, result in executor.run(jobs, str)}
        return [found[job.trial.id] for job in jobs]

    return run


def _times(results: list[Result]) -> list[tuple[float, float]]:
    return sorted((r.finished_at - r.wall_s, r.finished_at) for r in results)


@pytest.mark.skipif(cpu_count() < 2, reason="needs two cores")
def test_trials_share_no_gpu_and_others_run_beside(gpus: Any, run: Any) -> None:
    """Else each would take the other's time; a trial for the processor need not wait."""
    gpus(1)
    results = run(("gpu", ""), ("gpu", ""), ("gpu", ""), ("cpu", ""))
    on_gpu, beside = _times(results[:3]), _times(results[3:])[0]

    assert [r.log for r in results] == ["0\n", "0\n", "0\n", "\n"]
    assert all(end <= start + 0.001 for (_, end), (start, _) in pairwise(on_gpu))
    assert beside[0] < on_gpu[0][1]


@pytest.mark.skipif(cpu_count() < 2, reason="needs two cores")
def test_two_gpus_serve_two_trials_at_a_time(gpus: Any, run: Any) -> None:
    """Each sees its own alone."""
    gpus(2)
    first, second = run(("gpu", ""), ("gpu", ""))

    assert {first.log, second.log} == {"0\n", "1\n"}
    assert second.finished_at - second.wall_s < first.finished_at


def test_process_of_another_backend_frees_the_gpu_first(
    gpus: Any, run: Any, tmp_path: Path
) -> None:
    """A library keeps the memory that it took until its process ends."""
    gpus(1)
    places = [("gpu", "tensorflow"), ("gpu", "jax"), ("gpu", "tensorflow")]
    run(*places, workers=1)

    assert len(list((tmp_path / "scratch").glob("worker-*.log"))) == 3


def test_processes_stay_warm_while_others_work(run: Any, tmp_path: Path) -> None:
    """One import of a library serves many trials, also where backends take turns."""
    results = run(*[("cpu", "tensorflow"), ("cpu", "jax")] * 3, workers=1)

    assert [r.state for r in results] == ["complete"] * 6
    assert len(list((tmp_path / "scratch").glob("worker-*.log"))) == 2
