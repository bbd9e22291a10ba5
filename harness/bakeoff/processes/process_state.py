"""Restore process-wide state between the trials that one process runs.

State that can't be restored (a replaced module, a closed standard stream, a thread that still runs)
contaminates the process, which then gets no further trial.
"""

from __future__ import annotations

import contextlib
import decimal
import gc
import locale
import os
import signal
import socket
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STREAMS = (0, 1, 2)
_SIGNALS = tuple(s for s in signal.Signals if s not in {signal.SIGKILL, signal.SIGSTOP})


class ProcessState:
    """Snapshot of this process's state, to detect changes that can't be restored.

    Args:
        warned: list to which warnings are added that are shown after the snapshot.
    """

    def __init__(self, warned: list[warnings.WarningMessage]) -> None:
        self.warned = warned
        self._threads = threading.active_count()
        self._modules = dict(sys.modules)
        self._files = _files()

    @property
    def is_contaminated(self) -> bool:
        """Whether state has changed that can't be restored."""
        return (
            threading.active_count() > self._threads
            or _files() != self._files
            or any(getattr(s, "closed", True) for s in (sys.__stdout__, sys.__stderr__))
            or any(sys.modules.get(name) is not module for name, module in self._modules.items())
        )

    @classmethod
    @contextlib.contextmanager
    def restored(cls) -> Iterator[Self]:
        """Take a snapshot on entering, and restore the state on leaving as far as possible."""
        with contextlib.ExitStack() as stack:
            warned = stack.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("default")
            for restore in _restorers():
                stack.callback(restore)
            yield cls([] if warned is None else warned)


def _restorers() -> Iterator[Callable[[], object]]:
    """Yield functions that each restore one kind of state to its value at the time of the call."""
    folder, variables, path = Path.cwd(), dict(os.environ), list(sys.path)
    streams = sys.stdin, sys.stdout, sys.stderr
    umask = os.umask(0o077)
    os.umask(umask)
    yield lambda: os.chdir(folder)
    yield lambda: _restore_environment(variables)
    yield lambda: sys.path.__setitem__(slice(None), path)
    yield lambda: _restore_streams(*streams)
    yield lambda: os.umask(umask)
    yield from _signals()
    yield from _settings()
    yield from _libraries()


def _restore_environment(variables: dict[str, str]) -> None:
    if dict(os.environ) != variables:
        os.environ.clear()
        os.environ.update(variables)


def _restore_streams(stdin: Any, stdout: Any, stderr: Any) -> None:
    sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr


def _signals() -> Iterator[Callable[[], object]]:
    """Yield a function that restores signal handlers and cancels alarms."""
    handlers = {s: signal.getsignal(s) for s in _SIGNALS}

    def restore() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) != handler:
                signal.signal(number, handler)

    yield restore


def _settings() -> Iterator[Callable[[], object]]:
    """Yield functions that restore standard library settings which affect results."""
    language = locale.setlocale(locale.LC_ALL)
    depth, timeout = sys.getrecursionlimit(), socket.getdefaulttimeout()
    arithmetic, collects = decimal.getcontext().copy(), gc.isenabled()
    yield lambda: locale.setlocale(locale.LC_ALL, language)
    yield lambda: sys.setrecursionlimit(depth)
    yield lambda: socket.setdefaulttimeout(timeout)
    yield lambda: decimal.setcontext(arithmetic)
    yield gc.enable if collects else gc.disable


def _libraries() -> Iterator[Callable[[], object]]:
    """Yield functions that restore settings of NumPy, and of scikit-learn if it is imported."""
    import numpy as np

    errors, printing = np.geterr(), np.get_printoptions()
    yield lambda: np.seterr(**errors)
    yield lambda: np.set_printoptions(**printing)
    if (sklearn := sys.modules.get("sklearn")) is not None:
        config = sklearn.get_config()
        yield lambda: sklearn.set_config(**config)


def _files() -> list[tuple[int, int] | None]:
    """Return device and inode of each standard stream; None for a closed one."""
    return [_file(number) for number in _STREAMS]


def _file(number: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino
