"""Start child processes that answer messages; functions that run inside them."""

from __future__ import annotations

import contextlib
import ctypes
import pkgutil
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, BinaryIO

from bakeoff.processes.process_tree import MARKER, end_tree, kill_tree
from bakeoff.registry.catalogue import MetricComponent
from bakeoff.registry.manager import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry

_START = "from bakeoff.processes.child import run_child; run_child()"
_PR_SET_PDEATHSIG = 1


class ChildProcess:
    """A Python child process with a connection to this one and an empty standard input.

    On Linux the kernel kills it when the thread that started it ends, for whatever reason.

    Args:
        main: import string of its main function, which is called with the child's end of the
            connection, such as "bakeoff.execution.worker:main".
        environment: all of its environment variables.
        own_session: start a new session, which signals to this process's group don't reach;
            `end` then finds processes that left its tree by the value of `MARKER` in
            `environment`. False keeps it in this process's session, where this process's own
            parent measures and ends it.
        folder: working directory; None for that of this process.
        output: file for its standard output and error; None for those of this process.
    """

    def __init__(
        self,
        main: str,
        environment: Mapping[str, str],
        *,
        own_session: bool,
        folder: Path | None = None,
        output: BinaryIO | None = None,
    ) -> None:
        self._marker = environment[MARKER] if own_session else None
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-P", "-c", _START, main, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=environment,
                start_new_session=own_session,
            )
        self.connection = Connection(ours.detach())

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, negative for a signal; None if it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End the process and all of its descendants, and close the connection.

        With a session of its own they get SIGTERM, and SIGKILL after half a second; without one
        they get SIGKILL at once.
        """
        if self._marker is not None:
            end_tree(self.pid, self._marker)
        elif self.is_running:
            kill_tree(self.pid)
        self._process.wait()
        self.connection.close()


def thread_limits(n_threads: int) -> dict[str, str]:
    """Return environment variables that limit the threads of numeric libraries."""
    libraries = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM")
    limits = {f"{library}_NUM_THREADS": str(n_threads) for library in libraries}
    return limits | {"TF_NUM_INTRAOP_THREADS": str(n_threads), "TF_NUM_INTEROP_THREADS": "1"}


def run_child() -> None:
    """Call the main function named on the command line with the connection to the parent.

    The first argument is its import string, the second the connection's file descriptor.
    """
    _die_with_parent()
    main, descriptor = sys.argv[1:]
    pkgutil.resolve_name(main)(Connection(int(descriptor)))


def answer_messages(connection: Connection, answer: Callable[[Any], object]) -> None:
    """Send the answer to each message of the parent, until the parent closes the connection."""
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            connection.send(answer(connection.recv()))


def _die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends; has no effect except on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def metrics_of(
    problem_type: str, registry: Registry | None = None
) -> list[tuple[MetricComponent, Any]]:
    """Load every metric of a problem type whose packages are installed."""
    registry = registry or load_plugins().registry
    return [
        (component, component.load())
        for component in registry.all("metrics")
        if isinstance(component, MetricComponent)
        and problem_type in component.problems
        and not component.missing
    ]
