"""Describe the machine and the versions that a run used."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from itertools import takewhile
from pathlib import Path
from typing import Any

from bakeoff.provenance.hashing import version_of


@cache
def machine() -> str:
    """Return a name for this machine that shows its hardware and hides its owner."""
    node = hashlib.sha256(platform.node().encode()).hexdigest()[:4]
    return f"{cpu_model()}, {cpu_count()} cores ({node})"


def cpu_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def cpu_model() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@cache
def gpus() -> tuple[str, ...]:
    """Return the names of this machine's NVIDIA GPUs; empty without any or without a driver."""
    if importlib.util.find_spec("pynvml") is None:
        return _gpus_by_command()
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return tuple(str(pynvml.nvmlDeviceGetName(handle)) for handle in handles)
    finally:
        pynvml.nvmlShutdown()


def gpu_slots() -> tuple[str, ...]:
    """Return the `CUDA_VISIBLE_DEVICES` of each GPU that this process may use."""
    n_found = len(gpus())
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return tuple(map(str, range(n_found)))
    # As CUDA reads it: the list ends at the first name that is no GPU.
    names = [name.strip() for name in allowed.split(",")]
    valid = list(takewhile(lambda name: name not in ("", "-1"), names))
    return tuple(valid[:n_found])


def _gpus_by_command() -> tuple[str, ...]:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(done.stdout.split("\n")[:-1]) if done.returncode == 0 else ()


def environment(command: str) -> dict[str, Any]:
    """Return what a run ran on, without names of people or hosts.

    Args:
        command: the command line that repeats the run.
    """
    import psutil

    return {
        "bakeoff": version_of("bakeoff"),
        "commit": _commit(),
        "command": command,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "machine": machine(),
        "cpu": cpu_model(),
        "cores": cpu_count(),
        "memory_mib": round(psutil.virtual_memory().total / 2**20),
        "gpu": list(gpus()),
        "versions": _installed(),
    }


def _installed() -> dict[str, str]:
    """Return all installed distributions with their versions, to build the environment again."""
    versions = {
        d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]
    }
    return dict(sorted(versions.items(), key=lambda item: item[0].lower()))


def _commit() -> str:
    """Return the commit of the checkout that bakeoff runs from; empty outside one."""
    folder = Path(__file__).resolve().parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
