"""Memory and members of a process tree, as far as the system tells."""

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
_SPARE_SHARE = 0.25


def tree(pid: int) -> list[psutil.Process]:
    """A process and its descendants; empty once it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def resident_mib(pid: int) -> float | None:
    """Anonymous plus shared memory of a process tree in MiB, mapped files left out.

    None where the system can't tell (no `/proc`) or the process is gone.
    """
    total = _rss_kib(pid)
    if total is None:
        return None
    for child in children(pid):
        total += _rss_kib(child) or 0
    return total / 1024


def children(pid: int) -> list[int]:
    """Descendants, by the kernel's own list: far cheaper than walking every process."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  names alone, twenty times a second
            text = Path(f"/proc/{pid}/task/{task}/children").read_text()
            found += [int(word) for word in text.split()]
    return found + [below for child in found for below in children(child)]


def _rss_kib(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return sum(
        int(line.split()[1])
        for line in text.splitlines()
        if line.startswith(("RssAnon:", "RssShmem:"))
    )


def is_memory_short() -> bool:
    """Whether less than a quarter of this machine's memory is left for new processes."""
    found = psutil.virtual_memory()
    return bool(found.available < _SPARE_SHARE * found.total)


def oom_kills() -> int:
    """How many processes the kernel has killed for lack of memory since it started."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def end_tree(pid: int, marker: str) -> None:
    """End a worker and everything that it started: ask, wait half a second, then kill.

    Args:
        pid: the worker.
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


def _marked(marker: str) -> list[psutil.Process]:
    """Processes of this user that carry the marker, whoever their parent is now."""
    entry = f"{MARKER}={marker}".encode()
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(psutil.Process(pid))
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]
