"""Who runs trials: here, warm supervised processes on this machine."""

from __future__ import annotations

from collections import deque
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Protocol

from bakeoff.supervisor import Key, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from bakeoff.evaluation import Job
    from bakeoff.records import Result, Trial

POLL_S = 0.04
"""Longest time in seconds between two looks at a trial's limits."""


class Executor(Protocol):
    """Runs trials.

    Guarantees: every job yields exactly one result, whatever its method does; jobs start in the
    order given as far as free workers allow; closing the generator ends every process at once.
    """

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Run jobs and yield each trial with its result as it ends.

        Args:
            jobs: what to do.
            started: told each trial when a worker gets it.
        """


class LocalExecutor:
    """Supervised processes on this machine.

    Args:
        workers: processes that run trials at the same time, at least 1.
        scratch: folder for logs and working directories.
    """

    def __init__(self, workers: int, scratch: Path) -> None:
        self._n_workers = workers
        self._scratch = scratch
        self._workers: list[Worker] = []

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Run jobs; see `Executor`."""
        queue = deque(jobs)
        made: set[str] = set()
        try:
            while queue or any(worker.job for worker in self._workers):
                self._assign(queue, made, started)
                busy = [worker for worker in self._workers if worker.job is not None]
                wait([worker.connection for worker in busy], timeout=POLL_S)
                for worker in busy:
                    job = worker.job
                    result = worker.poll()
                    if job is not None and result is not None:
                        made.add(_shared(job))
                        yield job.trial, result
        finally:
            for worker in self._workers:
                if not worker.spent:
                    worker.end()
            self._workers = []

    def _assign(self, queue: deque[Job], made: set[str], started: Callable[[Trial], None]) -> None:
        self._workers = [worker for worker in self._workers if not worker.spent]
        while queue:
            idle = [worker for worker in self._workers if worker.job is None]
            if not idle and len(self._workers) >= self._n_workers:
                return
            job = self._next(queue, made)
            worker = self._worker_for(Key.of(job.trial), idle)
            worker.hand(job)
            started(job.trial)

    def _next(self, queue: deque[Job], made: set[str]) -> Job:
        """The first job whose features no other worker is making right now, else the first."""
        making = {_shared(worker.job) for worker in self._workers if worker.job} - made
        for job in queue:
            if _shared(job) not in making:
                queue.remove(job)
                return job
        return queue.popleft()

    def _worker_for(self, key: Key, idle: list[Worker]) -> Worker:
        for worker in idle:
            if worker.key == key:
                return worker
        if len(self._workers) >= self._n_workers:
            idle[0].end()
            self._workers.remove(idle[0])
        worker = Worker(key, self._scratch)
        self._workers.append(worker)
        return worker


def _shared(job: Job) -> str:
    """A name for the features that trials share; end-to-end methods share none."""
    trial, features = job.trial, job.trial.method.features
    if features is None:
        return trial.trial
    place = "" if features.stateless else f"{trial.repeat}/{trial.fold}/{trial.task.protocol}"
    return f"{trial.task.name}/{features}/{place}"
