"""Supervise one worker process: send it trials, enforce their limits, collect their results."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.execution.limits import TrialUsage, is_memory_measured
from bakeoff.execution.worker import READY, Done
from bakeoff.execution.worker_key import Key, worker_environment
from bakeoff.processes.child import ChildProcess
from bakeoff.processes.process_tree import children
from bakeoff.processes.resources import empty_folder, oom_kills, resident_mib
from bakeoff.provenance.environment import machine
from bakeoff.records import Result, TrialState

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.trial.evaluate import Job

_EXIT_S = 1.0
"""Maximum seconds between the end of a worker's connection and that of its process."""

_LOG_CHARS = 20_000

_MAX_TRIALS = 500

_MAX_GROWTH_MIB = 2048.0


class Worker:
    """A supervised worker process, used from one thread of the parent.

    Args:
        key: device, backend and threads.
        folder: scratch folder for its log and its working directory.
        gpu: id of the only GPU that it uses; empty for no particular one.
    """

    def __init__(self, key: Key, folder: Path, gpu: str = "") -> None:
        self.key = key
        self.gpu = gpu
        self.job: Job | None = None
        self.spent = False
        self._usage: TrialUsage  # of the current trial
        self._oom_kills = 0
        self._first_mib = 0.0
        self._n_trials = 0
        marker = uuid.uuid4().hex
        self._home = folder / f"worker-{marker[:8]}"
        self._working_folder = self._home / "desk"
        self._working_folder.mkdir(parents=True, exist_ok=True)
        self._log = self._home.with_suffix(".log")
        environment = worker_environment(key, marker, gpu) | {"TMPDIR": str(self._home)}
        with self._log.open("ab") as log:
            self._process = ChildProcess(
                "bakeoff.execution.worker:main",
                environment,
                own_session=True,
                folder=self._working_folder,
                output=log,
            )
        self.connection = self._process.connection

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def hand(self, job: Job) -> None:
        """Send a trial to the worker and start measuring its resources."""
        self.job = job
        os.truncate(self._log, 0)
        empty_folder(self._working_folder)
        self._usage = TrialUsage(
            job.trial.limits,
            self.pid,
            log=self._log,
            folder=self._home,
            uses_gpu=self.key.device == "gpu",
        )
        self._oom_kills = oom_kills()
        with contextlib.suppress(OSError):  # `poll` detects a worker that died meanwhile
            self.connection.send(job)

    def poll(self) -> Result | None:
        """Check the trial once; return its result if it has ended or exceeds a limit, else None."""
        if self.job is None:
            return None
        is_gone = not self._process.is_running  # checked before its last messages are read
        try:
            while self.connection.poll():
                message = self.connection.recv()
                if message == READY:
                    self._usage.start()
                    self._first_mib = self._first_mib or self._usage.baseline_mib
                else:
                    return self._done(message)
        except (EOFError, OSError):
            return self._died()
        except Exception as error:  # noqa: BLE001  a broken worker may send anything
            return self._stop(TrialState.CRASHED, f"the worker sent no result: {error!r}")
        if is_gone:  # a child of it may still hold the other end of the connection open
            return self._died()
        exceeded = self._usage.exceeded()
        return self._stop(*exceeded) if exceeded else None

    def end(self) -> None:
        """End the process and all of its descendants."""
        self._process.end()
        empty_folder(self._home)
        self.spent = True

    def _done(self, message: object) -> Result:
        """Return the result that the worker sent; end a worker that can't run further trials."""
        if not isinstance(message, Done):
            return self._stop(TrialState.CRASHED, f"the worker sent {message!r:.80}, no result")
        self._usage.finish()
        self._n_trials += 1
        is_complete = message.result.state is TrialState.COMPLETE
        if is_complete and (exceeded := self._usage.exceeded_output()):
            return self._stop(*exceeded)
        result = self._finish(message.result)
        if message.is_contaminated or not is_complete or self._needs_replacement():
            self.end()
        return result

    def _needs_replacement(self) -> bool:
        """Return True if the process ran many trials, has grown, or has children left."""
        return (
            self._n_trials >= _MAX_TRIALS
            or (resident_mib(self.pid) or 0.0) - self._first_mib > _MAX_GROWTH_MIB
            or bool(children(self.pid))  # they would use the next trial's time and memory
        )

    def _died(self) -> Result:
        """Return the result of a trial whose worker died, with the cause of its death."""
        code = self._process.wait(_EXIT_S)
        if code is None:
            return self._stop(TrialState.CRASHED, "the worker closed its connection")
        if code == -signal.SIGKILL and oom_kills() > self._oom_kills:
            return self._stop(TrialState.OUT_OF_MEMORY, "ended by the kernel for lack of memory")
        if code == -signal.SIGKILL:
            return self._stop(TrialState.LOST, "the worker was killed from outside")
        cause = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return self._stop(TrialState.CRASHED, f"the worker ended with {cause}")

    def _stop(self, state: TrialState, reason: str) -> Result:
        if self.job is None:
            raise RuntimeError("expected a worker with a trial.")
        result = self._finish(Result(trial=self.job.trial.id, state=state, reason=reason))
        self.end()
        return result

    def _finish(self, result: Result) -> Result:
        """Add measured resources and output to the result, and release the trial."""
        usage, is_measured = self._usage, is_memory_measured()
        measured = replace(
            result,
            log=self._printed(),
            peak_rss_mib=round(usage.peak_mib, 1) if is_measured else None,
            peak_gpu_mib=None if usage.peak_gpu_mib is None else round(usage.peak_gpu_mib, 1),
            memory_enforced=is_measured,
            machine=machine(),
            wall_s=usage.wall_s,
            finished_at=time.time(),
            concurrency=self.job.concurrency if self.job else 1,
        )
        self.job = None
        return measured

    def _printed(self) -> str:
        """Return the end of the worker's output during the trial."""
        with self._log.open("rb") as stream:
            stream.seek(max(0, self._log.stat().st_size - _LOG_CHARS))
            return stream.read().decode(errors="replace")
