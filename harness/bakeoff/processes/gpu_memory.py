"""GPU memory of process trees, as NVIDIA's management library tells it."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


def gpu_mib(pids: Collection[int]) -> float | None:
    """GPU memory that these processes hold together, in MiB, over all GPUs.

    None where the library is missing or tells nothing of them: without a GPU, in a container that
    hides process ids, under partitioning that hides sizes.
    """
    nvml = _nvml()
    if nvml is None:
        return None
    try:
        handles = map(nvml.nvmlDeviceGetHandleByIndex, range(nvml.nvmlDeviceGetCount()))
        running = [p for h in handles for p in nvml.nvmlDeviceGetComputeRunningProcesses(h)]
    except nvml.NVMLError:
        return None
    sizes = [p.usedGpuMemory for p in running if p.pid in pids and p.usedGpuMemory is not None]
    return sum(sizes) / 2**20 if sizes else None


@cache
def _nvml() -> Any:
    """The library, initialised for this process; None where it can't be."""
    if importlib.util.find_spec("pynvml") is None:
        return None
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml
