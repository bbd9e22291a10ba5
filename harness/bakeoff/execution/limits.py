"""Measure the resources that a running trial uses, and report which limit it exceeds.

Limits apply to wall-clock time, memory, and bytes printed and written to files. GPU memory is
measured only.
"""

from __future__ import annotations

import math
import os
import time
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from bakeoff.processes.process_tree import children
from bakeoff.processes.resources import disk_mib, gpu_mib, resident_mib
from bakeoff.records import TrialState

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import Limits

IMPORT_LIMIT_S = 300.0
"""Longest wall-clock time in which a worker must have imported a trial's components."""

_FILES_PAUSE = 20.0
"""Pause between two measurements of a trial's files, as a multiple of a measurement's duration."""


class Exceeded(NamedTuple):
    """A limit that a trial exceeded: state and reason of its result."""

    state: TrialState
    reason: str


class TrialUsage:
    """Resources that one trial uses, in the process that runs it and all of its descendants.

    Call `start` once the trial's components are imported, `exceeded` while it runs, and `finish`
    once it has ended. Memory counts above that of the idle process at `start`.

    Args:
        limits: limits of the trial.
        pid: id of the process that runs it.
        log: file with the output of the trial alone.
        folder: folder of the files it writes; files that exist already don't count.
        uses_gpu: whether to measure GPU memory as well.
    """

    def __init__(
        self, limits: Limits, pid: int, *, log: Path, folder: Path, uses_gpu: bool
    ) -> None:
        self.baseline_mib = 0.0
        self.peak_mib = 0.0
        self.peak_gpu_mib: float | None = None
        self._limits = limits
        self._pid = pid
        self._log = log
        self._folder = folder
        self._uses_gpu = uses_gpu
        self._files_before_mib = disk_mib(folder)
        self._next_files_at = 0.0
        self._last_mib = 0.0
        self._has_started = False
        self._created = self._started = time.monotonic()

    @property
    def wall_s(self) -> float:
        """Wall-clock seconds since the trial was handed over, imports included."""
        return time.monotonic() - self._created

    def start(self) -> None:
        """Start the clock and take the memory baseline, once the components are imported."""
        self._has_started = True
        self._started = time.monotonic()
        self.baseline_mib = resident_mib(self._pid) or 0.0

    def exceeded(self) -> Exceeded | None:
        """Measure all resources and return the limit that the trial exceeds, None without one."""
        elapsed_s = time.monotonic() - self._started
        if not self._has_started:
            if elapsed_s > IMPORT_LIMIT_S:
                reason = f"components were not imported within {IMPORT_LIMIT_S:g} s"
                return Exceeded(TrialState.TIMEOUT, reason)
            return None
        self._sample_memory()
        memory_mib, seconds = self._limits.memory_mib, self._limits.seconds
        if memory_mib is not None and self.peak_mib > memory_mib:
            return Exceeded(TrialState.OUT_OF_MEMORY, f"took more than {memory_mib:g} MiB")
        if seconds is not None and elapsed_s > seconds:
            return Exceeded(TrialState.TIMEOUT, f"took longer than {seconds:g} s")
        return self.exceeded_output()

    def exceeded_output(self) -> Exceeded | None:
        """Measure output and files; return the limit that the trial exceeds, None without one."""
        output_mib = self._limits.output_mib
        if output_mib is None:
            return None
        printed_mib = self._log.stat().st_size / 2**20
        if printed_mib > output_mib:
            return Exceeded(TrialState.FAILED, f"printed more than {output_mib:g} MiB")
        if printed_mib + self._written_mib() > output_mib:
            return Exceeded(TrialState.FAILED, f"wrote more than {output_mib:g} MiB")
        return None

    def finish(self) -> None:
        """Measure memory for the last time, and let the next check measure the files again."""
        self._last_mib = math.inf  # the trial has ended: nothing is about to start a program
        self._next_files_at = 0.0
        self._sample_memory()

    def _sample_memory(self) -> None:
        """Measure memory and update its peak: the smaller of each two samples in a row.

        Between `fork` and `exec` a child counts its parent's pages as its own for a few
        milliseconds; a single sample would count them twice.
        """
        now_mib = resident_mib(self._pid)
        if now_mib is not None:
            held_mib = now_mib - self.baseline_mib
            self.peak_mib = max(self.peak_mib, min(held_mib, self._last_mib))
            self._last_mib = held_mib
        if self._uses_gpu:
            held_gpu_mib = gpu_mib({self._pid, *children(self._pid)})
            if held_gpu_mib is not None:
                self.peak_gpu_mib = max(self.peak_gpu_mib or 0.0, held_gpu_mib)

    def _written_mib(self) -> float:
        """Return the size of the trial's files in MiB; 0 until the next measurement is due."""
        began = time.monotonic()
        if began < self._next_files_at:
            return 0.0
        written_mib = disk_mib(self._folder) - self._files_before_mib
        now = time.monotonic()
        self._next_files_at = now + _FILES_PAUSE * (now - began)
        return written_mib


@cache
def is_memory_measured() -> bool:
    """Return True if this system reports the memory of processes, so that it can be limited."""
    return resident_mib(os.getpid()) is not None
