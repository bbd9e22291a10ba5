"""The parent's hold on one worker process: start, hand over, watch, end."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.execution.worker import READY, Done
from bakeoff.execution.worker_key import Key, worker_environment
from bakeoff.processes.child import ChildProcess
from bakeoff.processes.process_tree import children
from bakeoff.processes.resources import (
    disk_mib,
    empty_folder,
    gpu_mib,
    oom_kills,
    resident_mib,
)
from bakeoff.provenance.environment import machine
from bakeoff.records import Result, TrialState

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import Trial
    from bakeoff.trial.evaluate import Job

IMPORT_LIMIT_S = 300.0
"""Longest wall-clock time in which a worker must have imported a trial's components."""

_LAST_WORDS_S = 1.0
"""Longest wall-clock time between the end of a worker's connection and that of its process."""

_LOG_CHARS = 20_000

_LOOK_SHARE = 20.0
"""Wall-clock time between two looks at a trial's files, as a multiple of what a look takes."""

_MAX_TRIALS = 500

_MAX_GROWTH_MIB = 2048.0


class Worker:
    """One worker process. Used from one thread of the parent.

    Args:
        key: device, backend and threads.
        folder: scratch folder for its log and its working directory.
        gpu: the GPU that it has for itself; empty for none in particular.
    """

    def __init__(self, key: Key, folder: Path, gpu: str = "") -> None:
        self.key = key
        self.gpu = gpu
        self.job: Job | None = None
        self.spent = False
        self._folder = folder
        self._n_trials = 0
        self._start()

    def _start(self) -> None:
        marker = uuid.uuid4().hex
        self._home = self._folder / f"worker-{marker[:8]}"
        self._desk = self._home / "desk"
        self._desk.mkdir(parents=True, exist_ok=True)
        self._log = self._home.with_suffix(".log")
        environment = worker_environment(self.key, marker, self.gpu)
        with self._log.open("ab") as log:
            self._process = ChildProcess(
                "bakeoff.execution.worker:main",
                environment | {"TMPDIR": str(self._home)},
                own_session=True,
                folder=self._desk,
                output=log,
            )
        self.connection = self._process.connection
        self._first_mib = 0.0

    def hand(self, job: Job) -> None:
        """Give the worker a trial."""
        self.job = job
        os.truncate(self._log, 0)
        empty_folder(self._desk)
        self._written_before_mib = disk_mib(self._home)
        self._look_at_files_at = 0.0
        self._ready = False
        self._handed = self._began = time.monotonic()
        self._baseline_mib = self._peak_mib = self._last_mib = 0.0
        self._peak_gpu_mib: float | None = None
        self._oom_kills = oom_kills()
        with contextlib.suppress(OSError):  # a worker that died meanwhile shows in `poll`
            self.connection.send(job)

    def poll(self) -> Result | None:
        """Look once; the result if the trial has ended, however it did."""
        if self.job is None:
            return None
        is_gone = not self._process.is_running  # asked first: what it sent is read below
        try:
            while self.connection.poll():
                message = self.connection.recv()
                if message == READY:
                    self._set_baseline()
                else:
                    return self._done(message)
        except (EOFError, OSError):
            return self._died()
        except Exception as error:  # noqa: BLE001  whatever a broken worker sent
            return self._stop(TrialState.CRASHED, f"the worker sent no result: {error!r}")
        # A child that it left may hold the other end of the connection open.
        return self._died() if is_gone else self._watch()

    def end(self) -> None:
        """End the process and all that it started."""
        self._process.end()
        empty_folder(self._home)
        self.spent = True

    def _set_baseline(self) -> None:
        self._ready = True
        self._began = time.monotonic()
        self._baseline_mib = resident_mib(self._process.pid) or 0.0
        self._first_mib = self._first_mib or self._baseline_mib

    def _watch(self) -> Result | None:
        limits = self._trial().limits
        elapsed = time.monotonic() - self._began
        if not self._ready:
            if elapsed > IMPORT_LIMIT_S:
                reason = f"components were not imported within {IMPORT_LIMIT_S:g} s"
                return self._stop(TrialState.TIMEOUT, reason)
            return None
        self._sample()
        if limits.memory_mib is not None and self._peak_mib > limits.memory_mib:
            reason = f"took more than {limits.memory_mib:g} MiB"
            return self._stop(TrialState.OUT_OF_MEMORY, reason)
        if limits.seconds is not None and elapsed > limits.seconds:
            return self._stop(TrialState.TIMEOUT, f"took longer than {limits.seconds:g} s")
        return self._stop_if_loud()

    def _stop_if_loud(self) -> Result | None:
        limit = self._trial().limits.output_mib
        if limit is None:
            return None
        printed_mib = self._log.stat().st_size / 2**20
        if printed_mib > limit:
            return self._stop(TrialState.FAILED, f"printed more than {limit:g} MiB")
        if printed_mib + self._written_mib() > limit:
            return self._stop(TrialState.FAILED, f"wrote more than {limit:g} MiB")
        return None

    def _written_mib(self) -> float:
        """What the trial has in its folders now; looked up rarely where a look takes long."""
        began = time.monotonic()
        if began < self._look_at_files_at:
            return 0.0
        found = disk_mib(self._home) - self._written_before_mib
        now = time.monotonic()
        self._look_at_files_at = now + _LOOK_SHARE * (now - began)
        return found

    def _sample(self) -> None:
        """Take note of the memory held in this look and in the one before.

        A child counts its parent's pages as its own between `fork` and `exec`, a few milliseconds
        that are no memory held; hence what two looks agree on.
        """
        now = resident_mib(self._process.pid)
        if now is not None:
            held_mib = now - self._baseline_mib
            self._peak_mib = max(self._peak_mib, min(held_mib, self._last_mib))
            self._last_mib = held_mib
        if self.key.device == "gpu":
            held = gpu_mib({self._process.pid, *children(self._process.pid)})
            if held is not None:
                self._peak_gpu_mib = max(self._peak_gpu_mib or 0.0, held)

    def _trial(self) -> Trial:
        if self.job is None:
            raise RuntimeError("expected a worker with a trial.")
        return self.job.trial

    def _done(self, message: object) -> Result:
        if not isinstance(message, Done):
            return self._stop(TrialState.CRASHED, f"the worker sent {message!r:.80}, no result")
        self._last_mib = math.inf  # the trial has ended: nothing is about to start a program
        self._look_at_files_at = 0.0
        self._sample()
        self._n_trials += 1
        if message.result.state is TrialState.COMPLETE and (loud := self._stop_if_loud()):
            return loud
        result = self._finish(message.result)
        grown = (resident_mib(self._process.pid) or 0.0) - self._first_mib
        if (
            message.tainted
            or result.state is not TrialState.COMPLETE
            or self._n_trials >= _MAX_TRIALS
            or grown > _MAX_GROWTH_MIB
            or children(self._process.pid)  # they would take the next trial's time and memory
        ):
            self.end()
        return result

    def _died(self) -> Result:
        code = self._process.wait(_LAST_WORDS_S)
        if code is None:
            return self._stop(TrialState.CRASHED, "the worker closed its connection")
        if code == -signal.SIGKILL and oom_kills() > self._oom_kills:
            return self._stop(TrialState.OUT_OF_MEMORY, "ended by the kernel for lack of memory")
        if code == -signal.SIGKILL:
            return self._stop(TrialState.LOST, "the worker was killed from outside")
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return self._stop(TrialState.CRASHED, f"the worker ended with {how}")

    def _stop(self, state: TrialState, reason: str) -> Result:
        result = self._finish(Result(trial=self._trial().trial, state=state, reason=reason))
        self.end()
        return result

    def _finish(self, result: Result) -> Result:
        enforced = resident_mib(os.getpid()) is not None
        done = replace(
            result,
            log=self._printed(),
            peak_rss_mib=round(self._peak_mib, 1) if enforced else None,
            peak_gpu_mib=None if self._peak_gpu_mib is None else round(self._peak_gpu_mib, 1),
            memory_enforced=enforced,
            machine=machine(),
            wall_s=time.monotonic() - self._handed,
            finished_at=time.time(),
            concurrency=self.job.concurrency if self.job else 1,
        )
        self.job = None
        return done

    def _printed(self) -> str:
        """The end of what the worker printed during the trial."""
        with self._log.open("rb") as stream:
            stream.seek(max(0, self._log.stat().st_size - _LOG_CHARS))
            return stream.read().decode(errors="replace")
