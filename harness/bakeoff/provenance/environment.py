"""Hashes of what can change a result, and a record of the machine that made it."""

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
    """A name for this machine that tells its hardware and hides its owner."""
    node = hashlib.sha256(platform.node().encode()).hexdigest()[:4]
    return f"{cpu_model()}, {cpu_count()} cores ({node})"


def cpu_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def cpu_model() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@cache
def gpus() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs of this machine; empty where there is none or no driver."""
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
    """What `CUDA_VISIBLE_DEVICES` is for each GPU that this process may use, one a GPU."""
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
    """What a run ran on; no names of people or hosts.

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
    """Every installed distribution with its version: enough to build the environment again."""
    found = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _commit() -> str:
    """Commit of the checkout that bakeoff runs from; empty outside one."""
    folder = Path(__file__).resolve().parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
