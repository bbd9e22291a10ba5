"""Measure the memory, GPU memory and disk space that processes use."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bakeoff.processes.process_tree import children

if TYPE_CHECKING:
    from collections.abc import Collection

_BLOCK_BYTES = 512
"""Unit of `st_blocks`, whatever the file system's own blocks are (POSIX `sys/stat.h`)."""

_SPARE_SHARE = 0.25


def resident_mib(pid: int) -> float | None:
    """Return anonymous plus shared memory of a process tree in MiB, without mapped files.

    None if the system has no `/proc` or the process has ended.
    """
    total = _rss_kib(pid)
    if total is None:
        return None
    for child in children(pid):
        total += _rss_kib(child) or 0
    return total / 1024


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
    """Return True if less than a quarter of this machine's memory is available."""
    memory = psutil.virtual_memory()
    return bool(memory.available < _SPARE_SHARE * memory.total)


def oom_kills() -> int:
    """Return how many processes the kernel has killed for lack of memory since it booted."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def gpu_mib(pids: Collection[int]) -> float | None:
    """Return the GPU memory of these processes in MiB, summed over all GPUs.

    None if NVML is missing or does not report them: without a GPU, in a container that hides
    process ids, or with partitioning that hides sizes.
    """
    library = nvml()
    if library is None:
        return None
    try:
        handles = map(library.nvmlDeviceGetHandleByIndex, range(library.nvmlDeviceGetCount()))
        running = [p for h in handles for p in library.nvmlDeviceGetComputeRunningProcesses(h)]
    except library.NVMLError:
        return None
    sizes = [p.usedGpuMemory for p in running if p.pid in pids and p.usedGpuMemory is not None]
    return sum(sizes) / 2**20 if sizes else None


@cache
def nvml() -> Any:
    """Return NVIDIA's management library (NVML), initialised; None if it can't be initialised."""
    if importlib.util.find_spec("pynvml") is None:
        return None
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


def disk_mib(folder: str | Path) -> float:
    """Return the disk space in MiB of the files in a folder, subfolders included.

    Holes in sparse files don't count. Links are not followed.
    """
    total = 0
    folders = [os.fspath(folder)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # removed meanwhile
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
    return total / 2**20


def empty_folder(folder: Path) -> None:
    """Remove the content of a folder as far as possible; other processes may write there."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108  an entry's path is text
