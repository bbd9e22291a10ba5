"""Contract of executors: one result for each trial, whatever its method does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest

from bakeoff.data.prepared import prepare
from bakeoff.execution.executors import Options
from bakeoff.provenance.environment import cpu_count
from bakeoff.records import Limits, Method, Part, Protocol, Task, Trial, TrialState
from bakeoff.registry.catalogue import DatasetComponent
from bakeoff.registry.manager import load_plugins
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from bakeoff.execution.executors import Executor
    from bakeoff.records import Result

HERE = "bakeoff.testing.misbehaving"
LIMIT_S = 1.5
GONE_S = 10.0
ENDS = (
    ("Crashes", TrialState.CRASHED),
    ("Hangs", TrialState.TIMEOUT),
    ("Succeeds", TrialState.COMPLETE),
    ("Raises", TrialState.FAILED),
    ("RaisesUnpicklable", TrialState.FAILED),
    ("Succeeds", TrialState.COMPLETE),
)


class ExecutorRun(NamedTuple):
    """Results that an executor yielded, and ids of the trials that it announced."""

    results: list[Result]
    started: list[str]


class ExecutorContract:
    """Contract tests for an executor, by its registered name.

    Args:
        name: of the executor.
        workers: processes at the same time.
    """

    name: ClassVar[str] = "local"
    workers: ClassVar[int] = 2
    _outcome: ClassVar[ExecutorRun]

    def executor(self, scratch: Path) -> Executor:
        """Return the executor as `bakeoff run` makes it."""
        component = load_plugins().registry.get("executors", self.name)
        if component.missing:
            pytest.skip(f"{self.name} needs {component.missing}. Run: {component.install}")
        executor: Executor = component.load()(
            Options(scratch=scratch, workers=min(self.workers, cpu_count()), threads=1)
        )
        return executor

    @pytest.fixture(autouse=True)
    def _own_cache(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))

    @pytest.fixture
    def outcome(self, tmp_path: Path) -> ExecutorRun:
        """Return the results of trials that end in every way, run once for each class."""
        cls = type(self)
        if "_outcome" not in vars(cls):
            jobs = self._jobs(tmp_path, *(name for name, _ in ENDS))
            cls._outcome = self._run(tmp_path, jobs)
        return cls._outcome

    def _jobs(
        self, folder: Path, *learners: str, seconds: float = LIMIT_S, **params: Any
    ) -> list[Job]:
        dataset = DatasetComponent(
            kind="datasets", name="rows", target=f"{HERE}:TwoClassTable", owner="testing"
        )
        prepared = prepare(dataset, {}, where="test")
        return [
            Job(
                trial=_trial(f"{number}-{learner}", learner, params, seconds),
                prepared=prepared,
                artifacts=str(folder / "artifacts"),
                scratch=str(folder / "scratch"),
            )
            for number, learner in enumerate(learners)
        ]

    def _run(self, folder: Path, jobs: list[Job]) -> ExecutorRun:
        started: list[str] = []
        executor = self.executor(folder)
        try:
            pairs = list(executor.run(jobs, lambda trial: started.append(trial.id)))
        finally:
            executor.close()
        return ExecutorRun([result for _, result in pairs], started)

    def test_each_trial_has_one_result_of_its_own_state(self, outcome: ExecutorRun) -> None:
        """Success, exceptions, crash and hang, and a success after all of them."""
        expected = {f"{i}-{name}": state for i, (name, state) in enumerate(ENDS)}

        assert len(expected) == len(outcome.results)
        assert expected == {result.trial: result.state for result in outcome.results}

    def test_each_trial_is_announced_once(self, outcome: ExecutorRun) -> None:
        """When a worker gets it."""
        assert sorted(outcome.started) == [f"{i}-{name}" for i, (name, _) in enumerate(ENDS)]

    def test_failures_have_reasons_and_successes_scores(self, outcome: ExecutorRun) -> None:
        """Never both."""
        for result in outcome.results:
            is_complete = result.state is TrialState.COMPLETE

            assert is_complete == bool(result.scores)
            assert is_complete != bool(result.reason)

    def test_a_raised_error_keeps_its_message(self, outcome: ExecutorRun) -> None:
        """In the reason and in the traceback."""
        (raised,) = (result for result in outcome.results if result.trial.endswith("-Raises"))

        assert "no luck with" in raised.reason
        assert "no luck with" in raised.traceback

    def test_no_trials_give_no_results(self, tmp_path: Path) -> None:
        """And no error."""
        assert ExecutorRun([], []) == self._run(tmp_path, [])

    def test_closing_it_ends_what_is_running(self, tmp_path: Path) -> None:
        """A hanging trial's process is gone soon after, long before its limit."""
        pid_file = tmp_path / "pid"
        jobs = self._jobs(tmp_path, "Succeeds")
        jobs += self._jobs(tmp_path, "Hangs", seconds=600, pid_file=str(pid_file))
        executor = self.executor(tmp_path)
        running = executor.run(jobs, lambda _: None)
        next(running)
        _wait_until(lambda: pid_file.is_file() and pid_file.stat().st_size > 0)
        pid = int(pid_file.read_text(encoding="utf-8"))
        running.close()
        executor.close()

        assert _wait_until(lambda: not _is_alive(pid))

    def test_predictions_are_there_before_their_result(self, tmp_path: Path) -> None:
        """Whoever stores the row finds them."""
        executor = self.executor(tmp_path)
        (job,) = self._jobs(tmp_path, "Succeeds", seconds=60)
        running = executor.run([job], lambda _: None)
        trial, _ = next(running)
        is_there = (Path(job.artifacts) / trial.id / "predictions.npz").is_file()
        running.close()
        executor.close()

        assert is_there

    def test_it_tells_how_many_trials_run_at_a_time(self, tmp_path: Path) -> None:
        """At least one, at most what was asked for."""
        executor = self.executor(tmp_path)
        workers = executor.workers
        executor.close()

        assert 1 <= workers <= self.workers


def _trial(name: str, learner: str, params: dict[str, Any], seconds: float = LIMIT_S) -> Trial:
    part = Part(kind="learners", name=learner.lower(), target=f"{HERE}:{learner}", params=params)
    task = Task(
        name="rows",
        dataset="rows",
        input_kind="table",
        problem_type="binary",
        metric="accuracy",
        direction="maximize",
        protocol=Protocol.of("holdout", repeats=1),
        fingerprint="rows",
        n_classes=2,
    )
    method = Method(name=learner.lower(), source="end_to_end", learner=part)
    return Trial(id=name, task=task, method=method, limits=Limits(seconds=seconds))


def _wait_until(is_so: Any) -> bool:
    """Return True if a condition becomes true within `GONE_S` seconds."""
    until = time.monotonic() + GONE_S
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(is_so())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2][:3]
