"""Code inside a Dask worker: a pool of supervised processes, and the task that uses it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import distributed

from bakeoff.execution.executors import POLL_S, Key, Worker
from bakeoff_dask import parcels
from bakeoff_dask.messages import Answer, Ended, NoData, Order, Unlike, unlike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.execution.executors import Job
    from bakeoff.records import Result

IDLE_S = 120.0
"""Seconds after which an idle process is ended, since its runner may have been killed."""


class UnwantedError(Exception):
    """The trial was cancelled by its runner, or the Dask worker is closing."""


def run_order(order: Order) -> Answer:
    """Run one trial; this is the function submitted to Dask."""
    worker = distributed.get_worker()
    pool = worker.plugins[order.pool]
    if not isinstance(pool, TrialPool):
        raise TypeError(f"expected a TrialPool under {order.pool!r}; got {pool!r}.")
    if difference := unlike(order.stamp):
        return Unlike(worker=worker.address, what=difference)
    prepared = parcels.kept(order.job.prepared)
    if prepared is None:
        return NoData(worker=worker.address)
    return pool.run(order, replace(order.job, prepared=prepared))


class TrialPool(distributed.WorkerPlugin):
    """Pool of supervised processes in one Dask worker, limited by its number of threads.

    Args:
        name: unique to a run, so that two runs on one cluster stay separate.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def setup(self, worker: Any) -> None:
        """Initialise the pool in a Dask worker."""
        self._n_threads = int(worker.state.nthreads)
        self._n_free = self._n_threads
        self._idle: list[tuple[float, Worker]] = []
        self._unwanted: dict[str, threading.Event] = {}
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._folder = Path(tempfile.mkdtemp(prefix=self.name, dir=worker.local_directory))
        # The kernel ends a process when the thread that started it ends, so one thread starts all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        threading.Thread(target=self._tidy, name=f"{self.name}-tidy", daemon=True).start()

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  the plugin's signature
        """End every process."""
        self._closed.set()
        with self._changed:
            for event in self._unwanted.values():
                event.set()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._n_free == self._n_threads, timeout=3.0)
        self._end_idle(older_than_s=0.0)
        self._starter.shutdown(wait=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Stop a cancelled trial, whose runner was interrupted, killed or disconnected."""
        event = self._unwanted.get(key)
        if event is not None and start == "executing" and finish == "released":
            event.set()

    def run(self, order: Order, job: Job) -> Ended:
        """Run a trial in a process of the pool.

        Raises:
            UnwantedError: the trial was cancelled meanwhile.
        """
        artifacts = self._folder / "artifacts"
        job = replace(job, artifacts=str(artifacts), scratch=str(self._folder / "scratch"))
        unwanted = self._unwanted[order.key] = threading.Event()
        try:
            with self._threads(job.trial.task.protocol.threads, unwanted):
                result = self._supervise(job, unwanted)
            files = parcels.collect(artifacts, job.trial, has_truths=order.has_truths)
            return Ended(result=result, files=files)
        finally:
            self._unwanted.pop(order.key, None)

    def _supervise(self, job: Job, unwanted: threading.Event) -> Result:
        worker = self._take(Key.of(job.trial))
        try:
            worker.hand(job)
            while (result := worker.poll()) is None:
                self._go_on(unwanted)
                wait([worker.connection], timeout=POLL_S)
        except BaseException:
            worker.end()
            raise
        if not worker.spent:
            with self._changed:
                self._idle.append((time.monotonic(), worker))
        return result

    def _go_on(self, unwanted: threading.Event) -> None:
        if unwanted.is_set() or self._closed.is_set():
            raise UnwantedError

    @contextmanager
    def _threads(self, n_wanted: int, unwanted: threading.Event) -> Iterator[None]:
        """Wait for and reserve the trial's threads, at most those of the Dask worker."""
        n_taken = min(n_wanted, self._n_threads)
        with self._changed:
            while self._n_free < n_taken:
                self._changed.wait(POLL_S)
                self._go_on(unwanted)
            self._n_free -= n_taken
        try:
            yield
        finally:
            with self._changed:
                self._n_free += n_taken
                self._changed.notify_all()

    def _take(self, key: Key) -> Worker:
        """Return an idle process of the key, or a new one that replaces an idle one."""
        with self._changed:
            for index, (_, worker) in enumerate(self._idle):
                if worker.key == key:
                    del self._idle[index]
                    return worker
            replaced = self._idle.pop(0)[1] if len(self._idle) >= self._n_threads else None
        if replaced is not None:
            replaced.end()
        return self._starter.submit(Worker, key, self._folder / "scratch").result()

    def _tidy(self) -> None:
        while not self._closed.wait(IDLE_S / 10):
            self._end_idle(older_than_s=IDLE_S)

    def _end_idle(self, *, older_than_s: float) -> None:
        now = time.monotonic()
        with self._changed:
            expired = [worker for since, worker in self._idle if now - since >= older_than_s]
            self._idle = [
                (idle_since, worker)
                for idle_since, worker in self._idle
                if now - idle_since < older_than_s
            ]
        for worker in expired:
            worker.end()
