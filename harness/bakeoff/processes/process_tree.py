"""Find and end the descendants of a process."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

MARKER = "BAKEOFF_WORKER"
"""Environment variable that a worker's descendants inherit, to find them outside of its tree."""

_GRACE_S = 0.5


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants; empty if it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def children(pid: int) -> list[int]:
    """Return ids of all descendants from `/proc`, which is faster than listing all processes."""
    pids: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  names alone, twenty times a second
            text = Path(f"/proc/{pid}/task/{task}/children").read_text()
            pids += [int(word) for word in text.split()]
    return pids + [below for child in pids for below in children(child)]


def end_tree(pid: int, marker: str) -> None:
    """Send SIGTERM to a process and all of its descendants, and SIGKILL half a second later.

    Args:
        pid: id of the process.
        marker: value of `MARKER` in its environment; finds descendants that left its tree.
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
    """Send SIGKILL to a process and its descendants."""
    for member in [pid, *children(pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def _marked(marker: str) -> list[psutil.Process]:
    """Return this user's processes with the marker in their environment, except zombies."""
    entry = f"{MARKER}={marker}".encode()
    processes = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                processes.append(psutil.Process(pid))
    return [process for process in processes if process.status() != psutil.STATUS_ZOMBIE]
