"""Properties of a worker process that are fixed at its start, as environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.fetch.cache import cache_dir
from bakeoff.processes.child import thread_limits
from bakeoff.processes.process_tree import MARKER

if TYPE_CHECKING:
    from bakeoff.records import Trial


@dataclass(frozen=True, slots=True)
class Key:
    """Backend, device and number of threads of a worker process."""

    backend: str
    device: str
    threads: int

    @classmethod
    def of(cls, trial: Trial) -> Key:
        """Return the key of the worker that a trial needs."""
        return cls(trial.backend, trial.device, trial.task.protocol.threads)


def worker_environment(key: Key, marker: str, gpu: str = "") -> dict[str, str]:
    """Return the environment variables of a worker.

    Args:
        key: device, backend and threads.
        marker: value of `MARKER`.
        gpu: the only GPU that it sees, in the syntax of `CUDA_VISIBLE_DEVICES`; empty for all.
    """
    variables = {
        MARKER: marker,
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
        "KERAS_BACKEND": key.backend or "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "NUMBA_CACHE_DIR": str(cache_dir("numba")),
    } | thread_limits(key.threads)
    if key.device == "gpu":  # without these the libraries reserve the GPU's whole memory at once
        variables |= {
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
        if gpu:  # ids are in the order of NVIDIA's management library
            variables |= {"CUDA_VISIBLE_DEVICES": gpu, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    else:
        variables |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    return {**os.environ, **variables}
