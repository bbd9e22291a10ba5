"""Who runs trials: here, warm supervised processes on this machine."""

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

# All that an executor of a plugin needs, some of it from rooms below.
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
"""Longest time in seconds between two looks at a trial's limits."""


class WorkersError(BakeoffError):
    """More workers were asked for than the machine has cores for."""

    def __init__(self, asked: object, most: int, threads: int) -> None:
        super().__init__(
            f"--workers: expected 'auto' or 1 to {most} with threads: {threads} on this machine; "
            f"got {str(asked)!r}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every executor is made with.

    Args:
        scratch: folder for logs and working directories on this machine.
        workers: most trials at a time; None takes all that the cores allow.
        threads: most threads that a trial may use.
        scheduler: address of a cluster, for executors that have one; empty for none.
    """

    scratch: Path
    workers: int | None = None
    threads: int = 1
    scheduler: str = ""

    def local_workers(self) -> int:
        """Processes to start here: workers times threads never exceed the cores.

        Raises:
            WorkersError: more were asked for than that.
        """
        most = max(1, cpu_count() // self.threads)
        if self.workers is None:
            return most
        if not 1 <= self.workers <= most:
            raise WorkersError(self.workers, most, self.threads)
        return self.workers


class Executor(Protocol):
    """Runs trials. Made from `Options`, used for one call of `bakeoff run`, then closed.

    Guarantees: every job yields exactly one result, whatever its method does; jobs start in the
    order given as far as free workers allow; predictions lie in the job's `artifacts` before
    their result is yielded; closing the generator ends every trial at once.

    Args:
        workers: trials that it runs at a time.
        has_gpu: whether trials for a GPU can run.
    """

    @property
    def workers(self) -> int:
        """Trials that it runs at a time."""

    @property
    def has_gpu(self) -> bool:
        """Whether trials for a GPU can run."""

    def close(self) -> None:
        """End all that was started."""

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

    Raises:
        BakeoffError: more workers than cores, or a scheduler, which it has no use for.
    """

    def __init__(self, options: Options) -> None:
        if options.scheduler:
            raise BakeoffError(
                "--scheduler: expected with --executor dask; got the local executor."
            )
        self._n_workers = options.local_workers()
        self._scratch = options.scratch
        self._gpus = gpu_slots()
        self._workers: list[Worker] = []  # the one that was used last stands last

    @property
    def workers(self) -> int:
        """Processes that run trials at a time."""
        return self._n_workers

    @property
    def has_gpu(self) -> bool:
        """Whether this machine has a GPU."""
        return bool(self._gpus)

    def close(self) -> None:
        """End the processes; there are none left once `run` has ended."""
        for worker in self._workers:
            if not worker.spent:
                worker.end()
        self._workers = []

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Run jobs; see `Executor`."""
        queue = deque(jobs)
        made: set[str] = set()
        try:
            while queue or any(worker.job for worker in self._workers):
                self._assign(queue, made, started)
                ended = self._ended(made)
                # The next trials begin before whoever reads the results has stored them.
                self._assign(queue, made, started)
                yield from ended
        finally:
            self.close()

    def _ended(self, made: set[str]) -> list[tuple[Trial, Result]]:
        """Wait a moment and take what has ended."""
        busy = [worker for worker in self._workers if worker.job is not None]
        wait([worker.connection for worker in busy], timeout=POLL_S)
        found = []
        for worker in busy:
            job = worker.job
            result = worker.poll()
            if job is not None and result is not None:
                made.add(_shared(job))
                found.append((job.trial, result))
        return found

    def _assign(self, queue: deque[Job], made: set[str], started: Callable[[Trial], None]) -> None:
        self._workers = [worker for worker in self._workers if not worker.spent]
        while queue and sum(worker.job is not None for worker in self._workers) < self._n_workers:
            job = self._next(queue, made)
            if job is None:
                return
            worker = self._worker_for(Key.of(job.trial))
            worker.hand(job)
            started(job.trial)

    def _next(self, queue: deque[Job], made: set[str]) -> Job | None:
        """The first job whose features no other worker is making right now, else the first.

        A job for a GPU waits until one is free: two trials on one GPU would share its time.
        """
        making = {_shared(worker.job) for worker in self._workers if worker.job} - made
        may_use_gpu = bool(self._free_gpus()) or not self._gpus
        found = None
        for job in queue:
            if job.trial.device == "gpu" and not may_use_gpu:
                continue
            found = found or job
            if _shared(job) not in making:
                found = job
                break
        if found is not None:
            queue.remove(found)
        return found

    def _free_gpus(self) -> list[str]:
        taken = {worker.gpu for worker in self._workers if worker.job is not None}
        return [gpu for gpu in self._gpus if gpu not in taken]

    def _worker_for(self, key: Key) -> Worker:
        """A warm process of the key, or a new one; those of other keys stay warm meanwhile."""
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


def _shared(job: Job) -> str:
    """A name for the features that trials share; end-to-end methods share none."""
    trial, features = job.trial, job.trial.method.features
    if features is None:
        return trial.id
    place = "" if features.stateless else f"{trial.repeat}/{trial.fold}/{trial.task.protocol}"
    return f"{trial.task.name}/{features}/{Key.of(trial)}/{place}"
