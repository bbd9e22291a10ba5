"""Measure what a trial takes while it runs, and decide which of its limits it exceeds.

Limited are wall-clock time, memory, and what is printed and written to files. GPU memory is only
measured.
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
"""Wall-clock time between two looks at a trial's files, as a multiple of what a look takes."""


class Exceeded(NamedTuple):
    """A limit that a trial exceeded, as the state and the reason of its result."""

    state: TrialState
    reason: str


class TrialUsage:
    """What one trial takes, in the process that runs it and all of its descendants.

    Call `start` once the trial's components are imported, `exceeded` while it runs, and `finish`
    once it has ended. Memory above what the idle process held at `start` is the trial's.

    Args:
        limits: what the trial may take.
        pid: the process that runs it.
        log: file that holds what it prints and nothing else.
        folder: where it writes files; those that are there now are not the trial's.
        uses_gpu: measure GPU memory as well.
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
        """Seconds since the trial was handed over, imports included."""
        return time.monotonic() - self._created

    def start(self) -> None:
        """Count from now on: the trial's components are imported."""
        self._has_started = True
        self._started = time.monotonic()
        self.baseline_mib = resident_mib(self._pid) or 0.0

    def exceeded(self) -> Exceeded | None:
        """Measure once; the limit that the trial exceeds, None if it keeps all of them."""
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
        """The limit of what is printed and written to files, if the trial exceeds it."""
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
        """Measure memory for the last time, and have files measured once more."""
        self._last_mib = math.inf  # the trial has ended: nothing is about to start a program
        self._next_files_at = 0.0
        self._sample_memory()

    def _sample_memory(self) -> None:
        """Measure memory; the peak is what two samples in a row agree on.

        A child counts its parent's pages as its own between `fork` and `exec`, a few milliseconds
        that are no memory held.
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
        """Size of the trial's files; 0 between two looks, which are rare where they take long."""
        began = time.monotonic()
        if began < self._next_files_at:
            return 0.0
        written_mib = disk_mib(self._folder) - self._files_before_mib
        now = time.monotonic()
        self._next_files_at = now + _FILES_PAUSE * (now - began)
        return written_mib


@cache
def is_memory_measured() -> bool:
    """Return True if this system tells the memory of a process, so that it can be limited."""
    return resident_mib(os.getpid()) is not None
