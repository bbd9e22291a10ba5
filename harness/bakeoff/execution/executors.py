"""Executors: the protocol, and the local one that runs trials in supervised processes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Protocol

from bakeoff.data.prepared import Prepared, read_prepared
from bakeoff.errors import BakeoffError
from bakeoff.execution.supervisor import Worker
from bakeoff.execution.worker import DISK_FULL
from bakeoff.execution.worker_key import Key
from bakeoff.processes.resources import is_memory_short
from bakeoff.provenance.environment import cpu_count, gpu_slots
from bakeoff.store.trial_rows import split_file
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from bakeoff.records import Result, Trial

# All names that executors of plugins need, some of them from other packages.
__all__ = [
    "DISK_FULL",
    "POLL_S",
    "Executor",
    "Job",
    "Key",
    "LocalExecutor",
    "Options",
    "Prepared",
    "Worker",
    "WorkersError",
    "read_prepared",
    "split_file",
]

POLL_S = 0.04
"""Seconds between two checks of a trial's limits."""


class WorkersError(BakeoffError):
    """Invalid number of workers: more than the machine's cores allow, or no number from 1."""

    def __init__(self, asked: object, most: int, threads: int) -> None:
        super().__init__(
            f"--workers: expected 'auto' or 1 to {most} with threads: {threads} on this machine; "
            f"got {str(asked)!r}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options that every executor is constructed with.

    Args:
        scratch: folder for logs and working directories on this machine.
        workers: maximum number of trials at a time; None for as many as the cores allow.
        threads: maximum number of threads of one trial.
        scheduler: address of a cluster, for executors that have one; empty for none.
    """

    scratch: Path
    workers: int | None = None
    threads: int = 1
    scheduler: str = ""

    def local_workers(self) -> int:
        """Return the number of processes to start: workers times threads is at most the cores.

        Raises:
            WorkersError: more workers were requested than the cores allow.
        """
        most = max(1, cpu_count() // self.threads)
        if self.workers is None:
            return most
        if not 1 <= self.workers <= most:
            raise WorkersError(self.workers, most, self.threads)
        return self.workers


class Executor(Protocol):
    """Protocol of executors: constructed from `Options`, used for one `bakeoff run`, then closed.

    Guarantees: every job yields exactly one result, whatever its method does; jobs start in the
    order given as far as free workers allow; predictions are in the job's `artifacts` before
    their result is yielded; closing the generator ends every trial at once.

    Args:
        workers: number of trials that it runs at a time.
        has_gpu: whether it can run trials that need a GPU.
    """

    @property
    def workers(self) -> int:
        """Number of trials that it runs at a time."""

    @property
    def has_gpu(self) -> bool:
        """Whether it can run trials that need a GPU."""

    def close(self) -> None:
        """End all processes that were started."""

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Run jobs and yield each trial with its result as it ends.

        Args:
            jobs: jobs to run.
            started: called with each trial when a worker gets it.
        """


class LocalExecutor:
    """Executor that runs trials in supervised worker processes on this machine.

    Raises:
        BakeoffError: more workers than cores, or a scheduler, which only clusters have.
    """

    def __init__(self, options: Options) -> None:
        if options.scheduler:
            raise BakeoffError(
                "--scheduler: expected with --executor dask; got the local executor."
            )
        self._n_workers = options.local_workers()
        self._scratch = options.scratch
        self._gpus = gpu_slots()
        self._workers: list[Worker] = []  # least recently used first

    @property
    def workers(self) -> int:
        """Number of processes that run trials at a time."""
        return self._n_workers

    @property
    def has_gpu(self) -> bool:
        """Whether this machine has a GPU."""
        return bool(self._gpus)

    def close(self) -> None:
        """End the worker processes that are left."""
        for worker in self._workers:
            if not worker.spent:
                worker.end()
        self._workers = []

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Run jobs; see `Executor`."""
        queue = deque(jobs)
        cached: set[str] = set()
        try:
            while queue or any(worker.job for worker in self._workers):
                self._assign(queue, cached, started)
                ended = self._ended(cached)
                # Start the next trials before the caller stores the results.
                self._assign(queue, cached, started)
                yield from ended
        finally:
            self.close()

    def _ended(self, cached: set[str]) -> list[tuple[Trial, Result]]:
        """Wait up to `POLL_S` and return the trials that ended, with their results.

        Args:
            cached: keys of features that are stored; those of trials that ended are added.
        """
        busy = [worker for worker in self._workers if worker.job is not None]
        wait([worker.connection for worker in busy], timeout=POLL_S)
        ended = []
        for worker in busy:
            job = worker.job
            result = worker.poll()
            if job is not None and result is not None:
                cached.add(_features_key(job))
                ended.append((job.trial, result))
        return ended

    def _assign(
        self, queue: deque[Job], cached: set[str], started: Callable[[Trial], None]
    ) -> None:
        """Hand jobs of the queue to idle workers, as many as may run at a time."""
        self._workers = [worker for worker in self._workers if not worker.spent]
        while queue and sum(worker.job is not None for worker in self._workers) < self._n_workers:
            job = self._next(queue, cached)
            if job is None:
                return
            worker = self._worker_for(Key.of(job.trial))
            worker.hand(job)
            started(job.trial)

    def _next(self, queue: deque[Job], cached: set[str]) -> Job | None:
        """Remove and return the first job whose features no worker is computing, else the first.

        A job for a GPU waits until one is free: two trials on one GPU would share its time.
        """
        computing = {_features_key(worker.job) for worker in self._workers if worker.job} - cached
        may_use_gpu = bool(self._free_gpus()) or not self._gpus
        next_job = None
        for job in queue:
            if job.trial.device == "gpu" and not may_use_gpu:
                continue
            next_job = next_job or job
            if _features_key(job) not in computing:
                next_job = job
                break
        if next_job is not None:
            queue.remove(next_job)
        return next_job

    def _free_gpus(self) -> list[str]:
        taken = {worker.gpu for worker in self._workers if worker.job is not None}
        return [gpu for gpu in self._gpus if gpu not in taken]

    def _worker_for(self, key: Key) -> Worker:
        """Return an idle worker of the key, else start one; ends idle ones where they are many."""
        idle = [worker for worker in self._workers if worker.job is None]
        free = (self._free_gpus() if key.device == "gpu" else []) or [""]
        for worker in reversed(idle):
            if worker.key == key and worker.gpu in free:
                self._workers.remove(worker)
                self._workers.append(worker)
                return worker
        holders = [worker for worker in idle if worker.gpu and worker.gpu == free[0]]
        if holders or len(self._workers) >= 2 * self._n_workers + 1 or is_memory_short():
            for worker in holders or idle[:1]:
                worker.end()
                self._workers.remove(worker)
        worker = Worker(key, self._scratch, free[0])
        self._workers.append(worker)
        return worker


def _features_key(job: Job) -> str:
    """Return a key that is equal for trials with the same feature matrices."""
    trial, features = job.trial, job.trial.method.features
    if features is None:
        return trial.id
    split = "" if features.stateless else f"{trial.repeat}/{trial.fold}/{trial.task.protocol}"
    return f"{trial.task.name}/{features}/{Key.of(trial)}/{split}"
