"""Executor on the runner's side: submits trials to the cluster and stores their results."""

from __future__ import annotations

import queue
import time
import uuid
from collections import Counter, deque
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.execution.executors import DISK_FULL
from bakeoff.records import Result, TrialState
from bakeoff_dask import parcels
from bakeoff_dask.cluster import ClusterError, connect, start_local
from bakeoff_dask.messages import Answer, Ended, NoData, Order, Unlike, stamp_of
from bakeoff_dask.remote import TrialPool, run_order

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from bakeoff.execution.executors import Job, Options
    from bakeoff.records import Trial

GPU = "GPU"
"""Dask resource of which a GPU trial takes one: `dask worker --resources GPU=1`."""
LOOK_S = 1.0
"""Seconds between two queries of the cluster's workers."""
GATHER_S = 20.0
"""Longest wait for a finished result; that of a lost worker is computed again."""
WORKERLESS_S = 300.0
"""Seconds without any Dask worker after which the run ends; it can be resumed."""
MAX_SENT = 3
"""Most requests of a trial for its data before it counts as lost."""


@dataclass(slots=True)
class _Flight:
    """A trial that was submitted to the cluster."""

    job: Job
    future: Any


class DaskExecutor:
    """Executor with supervised processes on a Dask cluster, given or started on this machine.

    Args:
        options: `scheduler` is an address such as `tcp://host:8786`; with one, `workers` is the
            most trials at a time, and the cluster may grow and shrink during the run.

    Raises:
        ClusterError: no scheduler answers at the address.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._address = options.scheduler
        self._cluster: Any = None
        if not options.scheduler:
            self._cluster = start_local(options.local_workers())
            self._address = self._cluster.scheduler_address
        self._client: Any = connect(self._address)
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._flights: dict[str, _Flight] = {}
        self._sent: set[tuple[str, str]] = set()
        self._asked: Counter[str] = Counter()
        self._pool = TrialPool(f"bakeoff-{uuid.uuid4().hex[:8]}")
        self._client.register_plugin(self._pool)
        self._seen_at = time.monotonic()
        self._look()

    @property
    def workers(self) -> int:
        """Number of trials at a time with the cluster's current size."""
        return max(1, self._n_slots)

    @property
    def has_gpu(self) -> bool:
        """Whether a Dask worker offers the resource `GPU`."""
        return self._n_gpus > 0

    def close(self) -> None:
        """Cancel remaining trials, end all started processes, and stop a local cluster."""
        with suppress(Exception):  # the cluster may be lost, and its processes with it
            self._client.cancel([flight.future for flight in self._flights.values()], force=True)
            self._client.unregister_worker_plugin(self._pool.name)
        self._flights = {}
        for resource in (self._client, self._cluster):
            if resource is not None:
                with suppress(Exception):
                    resource.close(timeout=5)

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Run jobs; see `bakeoff.execution.executors.Executor`."""
        waiting = deque(jobs)
        try:
            while waiting or self._flights:
                self._submit_all(waiting, started)
                flight, answer = self._next_answer()
                if flight is None or answer is None:
                    continue
                result = self._handle(flight.job, answer, waiting)
                if result is not None:
                    yield flight.job.trial, result
        finally:
            if self._flights:
                with suppress(Exception):
                    self._client.cancel([f.future for f in self._flights.values()], force=True)
                self._flights = {}

    def _submit_all(self, waiting: deque[Job], started: Callable[[Trial], None]) -> None:
        while waiting and len(self._flights) < self._n_slots:
            job = self._take(waiting)
            if job is None:
                return
            self._submit(job)
            if not self._asked[job.trial.id]:
                started(job.trial)

    def _take(self, waiting: deque[Job]) -> Job | None:
        """Remove and return the first job that can start now; GPU jobs wait for a free GPU."""
        n_on_gpu = sum(f.job.trial.device == "gpu" for f in self._flights.values())
        for job in waiting:
            if job.trial.device != "gpu" or n_on_gpu < self._n_gpus:
                waiting.remove(job)
                return job
        return None

    def _submit(self, job: Job) -> None:
        trial = job.trial
        key = f"{trial.method.name}-{trial.id}-{uuid.uuid4().hex[:8]}"
        order = Order(
            pool=self._pool.name,
            key=key,
            job=replace(job, concurrency=min(job.concurrency, self._n_per_host)),
            stamp=stamp_of(trial),
            has_truths=parcels.has_truths(Path(job.artifacts), trial),
        )
        future = self._client.submit(
            run_order,
            order,
            key=key,
            pure=False,
            resources={GPU: 1} if trial.device == "gpu" else None,
        )
        self._flights[key] = _Flight(job, future)
        future.add_done_callback(self._ended.put)

    def _next_answer(self) -> tuple[_Flight | None, Answer | None]:
        """Return the next finished trial with its answer; (None, None) if there is none yet."""
        try:
            future = self._ended.get(timeout=LOOK_S)
        except queue.Empty:
            self._look()
            return None, None
        flight = self._flights.get(future.key)
        if flight is None:
            return None, None
        try:
            answer: Answer = future.result(timeout=GATHER_S)
        except TimeoutError:
            future.add_done_callback(self._ended.put)
            return None, None
        except (Exception, CancelledError) as error:  # noqa: BLE001  any failure of the cluster
            self._check_connection()
            answer = Ended(result=self._lost(flight.job, error))
        del self._flights[future.key]
        future.release()
        if time.monotonic() - self._looked_at > LOOK_S:
            self._look()
        return flight, answer

    def _handle(self, job: Job, answer: Answer, waiting: deque[Job]) -> Result | None:
        """Return the result of an answer; None if the trial has to be submitted again."""
        if isinstance(answer, Unlike):
            difference = "has other code or libraries than the runner"
            message = (
                f"{difference}: {answer.what}. Install the same on both and run again to go on."
            )
            raise ClusterError(f"Dask worker {answer.worker}", message)
        if isinstance(answer, NoData):
            self._asked[job.trial.id] += 1
            if self._asked[job.trial.id] > MAX_SENT:
                return self._lost(job, f"{answer.worker} does not keep the data")
            self._send(job, answer.worker)
            waiting.appendleft(job)
            return None
        return self._store(job, answer)

    def _store(self, job: Job, answer: Ended) -> Result:
        try:
            parcels.deliver(answer.files, Path(job.artifacts))
        except OSError as error:
            reason = f"{DISK_FULL}: {error.strerror}: {error.filename or job.artifacts}"
            return replace(answer.result, state=TrialState.LOST, reason=reason, scores={})
        return answer.result

    def _send(self, job: Job, worker: str) -> None:
        """Upload data to a Dask worker, once; if that fails, the trial requests them again."""
        prepared = job.prepared
        if (worker, prepared.fingerprint) in self._sent:
            return
        self._sent.add((worker, prepared.fingerprint))
        upload = uuid.uuid4().hex
        with suppress(Exception):
            for name, content in parcels.chunks(prepared.folder):
                self._client.run(parcels.receive, upload, name, content, workers=[worker])
            self._client.run(parcels.finish, upload, prepared.fingerprint, workers=[worker])
            return
        self._sent.discard((worker, prepared.fingerprint))

    def _look(self) -> None:
        """Update the counts of the cluster's workers, slots and GPUs.

        Raises:
            ClusterError: the scheduler is lost, or there was no Dask worker for too long.
        """
        now = self._looked_at = time.monotonic()
        try:
            workers = self._client.scheduler_info(n_workers=-1).get("workers", {})
        except Exception as error:
            raise self._gone() from error
        self._check_connection()
        per_host: Counter[str] = Counter()
        for worker in workers.values():
            per_host[worker["host"]] += max(1, worker["nthreads"] // self._options.threads)
        self._n_gpus = int(sum(worker["resources"].get(GPU, 0) for worker in workers.values()))
        limit = self._options.workers or sum(per_host.values())
        self._n_slots = min(limit, sum(per_host.values()))
        self._n_per_host = min(limit, max(per_host.values(), default=1))
        if workers:
            self._seen_at = now
        elif now - self._seen_at > WORKERLESS_S:
            message = (
                f"no Dask worker for {WORKERLESS_S:g} s. What has ended is stored; run again to "
            )
            raise ClusterError(self._address, message + "go on. Start one: dask worker ADDRESS")

    def _check_connection(self) -> None:
        """Raise if the connection was lost, since the cluster then cancels this client's trials.

        Raises:
            ClusterError: the connection was lost.
        """
        if self._client.status != "running":
            raise self._gone()

    def _gone(self) -> ClusterError:
        message = "the Dask scheduler is gone. What has ended is stored; run again to go on."
        return ClusterError(self._address, message)

    def _lost(self, job: Job, cause: object) -> Result:
        text = (
            f"{type(cause).__name__}: {cause}" if isinstance(cause, BaseException) else str(cause)
        )
        reason = f"lost by the cluster: {text.partition(chr(10))[0]}"
        return Result(
            trial=job.trial.id,
            state=TrialState.LOST,
            reason=reason,
            finished_at=time.time(),
            concurrency=job.concurrency,
        )
