"""Connection to a Dask cluster, or start of one on this machine."""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dask
import distributed

from bakeoff.errors import BakeoffError

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT_S = 5.0
"""Longest wait in seconds for a scheduler to answer."""

_TIMEOUTS = {"distributed.comm.timeouts.connect": f"{CONNECT_S:g}s"}


class ClusterError(BakeoffError):
    """A cluster can't be reached or has been lost."""

    def __init__(self, address: str, message: str) -> None:
        super().__init__(f"{address}: {message}")


def start_local(n_workers: int) -> Any:
    """Start a scheduler and Dask workers on this machine, bound to loopback.

    Args:
        n_workers: worker processes, each with one thread.
    """
    with dask.config.set(_TIMEOUTS), _interrupts_ignored_by_children():
        return distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # else port 8787, which another may have
            worker_dashboard_address="127.0.0.1:0",  # else every address of the machine
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
            memory_limit=0,  # the supervised processes have limits of their own
        )


def connect(cluster_or_address: Any) -> distributed.Client:
    """Connect to a scheduler.

    Raises:
        ClusterError: no scheduler answers at the address.
    """
    # The runner reports errors itself, in one sentence.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        with dask.config.set(_TIMEOUTS):
            return distributed.Client(
                cluster_or_address, timeout=CONNECT_S, set_as_default=False, name="bakeoff"
            )
    except (OSError, TimeoutError, ValueError) as error:
        message = (
            f"no Dask scheduler answered within {CONNECT_S:g} s ({_cause(error)}). Start one: "
        )
        raise ClusterError(str(cluster_or_address), message + "dask scheduler") from error


def _cause(error: BaseException) -> str:
    """Return the first line of the innermost error."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).partition("\n")[0].rstrip(".")
    return text or type(error).__name__


@contextmanager
def _interrupts_ignored_by_children() -> Iterator[None]:
    """Ignore Ctrl-C in child processes; this process ends the cluster in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous_handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous_handler)
