"""Find and end the processes that a process started, directly or not."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

MARKER = "BAKEOFF_WORKER"
"""Environment variable that a worker's descendants inherit, so that none escapes."""

_GRACE_S = 0.5


def tree(pid: int) -> list[psutil.Process]:
    """A process and its descendants; empty once it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def children(pid: int) -> list[int]:
    """Descendants, by the kernel's own list: far cheaper than walking every process."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  names alone, twenty times a second
            text = Path(f"/proc/{pid}/task/{task}/children").read_text()
            found += [int(word) for word in text.split()]
    return found + [below for child in found for below in children(child)]


def end_tree(pid: int, marker: str) -> None:
    """End a process and everything that it started: ask, wait half a second, then kill.

    Args:
        pid: the process.
        marker: value of `MARKER` in its environment; finds children that left its tree.
    """
    members = {process.pid: process for process in [*tree(pid), *_marked(marker)]}
    for process in members.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
    psutil.wait_procs(list(members.values()), timeout=_GRACE_S)
    deadline = time.monotonic() + _GRACE_S
    while (left := [*tree(pid), *_marked(marker)]) and time.monotonic() < deadline:
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=0.05)


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants without asking first."""
    for member in [pid, *children(pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def _marked(marker: str) -> list[psutil.Process]:
    """Processes of this user that carry the marker, whoever their parent is now."""
    entry = f"{MARKER}={marker}".encode()
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(psutil.Process(pid))
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]
