"""Learners that harm what their process shares, or hold it so that nothing else gets a turn."""

from __future__ import annotations

import ctypes
import decimal
import json
import locale
import os
import re
import signal
import socket
import sys
import types
from typing import Any, Self

import numpy as np

from bakeoff_standins.learners import Majority

PATTERN = re.compile(r"(a+)+$")


class Backtracker(Majority):
    """Works for hours in native code that holds the interpreter's lock."""

    def fit(self, X: Any, y: Any) -> Self:
        """Match in exponential time."""
        PATTERN.match("a" * 60 + "b")
        return super().fit(X, y)


class Holder(Majority):
    """Holds the interpreter's lock and does nothing."""

    def fit(self, X: Any, y: Any) -> Self:
        """Sleep in C without letting others run."""
        ctypes.PyDLL(None).sleep(60)
        return super().fit(X, y)


class Hoarder(Majority):
    """Takes memory in Python's own objects until it is stopped."""

    def fit(self, X: Any, y: Any) -> Self:
        """Keep ever more lists of numbers."""
        self.held_ = [list(range(start, start + 10**5)) for start in range(0, 10**9, 10**5)]
        return super().fit(X, y)


class Swallower(Majority):
    """Asks numpy for more than there is."""

    def fit(self, X: Any, y: Any) -> Self:
        """Ask for an exbibyte."""
        self.held_ = np.ones(2**57)
        return super().fit(X, y)


class Giant(Majority):
    """Answers with an array that looks as if it had a trillion rows."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """One row, repeated without memory."""
        return np.broadcast_to(self.share_, (10**12, len(self.share_)))


class Wide(Majority):
    """Answers with an array that has a trillion columns."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """One number, repeated without memory."""
        return np.broadcast_to(np.float64(0.5), (len(X), 10**12))


class Heavy(Majority):
    """Answers with an array that is large and real."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """A gibibyte of shares."""
        return np.full((2**26, 2), 0.5)


class Nullpointer(Majority):
    """Reads where no memory is."""

    def fit(self, X: Any, y: Any) -> Self:
        """Crash as broken native code does."""
        ctypes.string_at(0)
        return super().fit(X, y)


class Mute(Majority):
    """Closes its standard streams, in Python and below."""

    def fit(self, X: Any, y: Any) -> Self:
        """Close."""
        sys.stdout.close()
        for number in (0, 2):
            os.close(number)
        return super().fit(X, y)


class Writer(Majority):
    """Writes into its working directory and leaves it there.

    Args:
        mib: how much.
    """

    def __init__(self, mib: int = 0) -> None:
        self.mib = mib

    def fit(self, X: Any, y: Any) -> Self:
        """Write."""
        os.makedirs("left/behind")  # noqa: PTH103  plain on purpose
        for number in range(self.mib + 1):
            with open(f"left/behind/{number}", "wb") as stream:  # noqa: PTH123  same
                stream.write(b"x" * 2**20)
        return super().fit(X, y)


class Talker(Majority):
    """Prints a gigabyte."""

    def fit(self, X: Any, y: Any) -> Self:
        """Print."""
        line = "x" * (2**20 - 1)
        for _ in range(1024):
            print(line)
        return super().fit(X, y)


class Swapper(Majority):
    """Puts another module in a module's place."""

    def fit(self, X: Any, y: Any) -> Self:
        """Swap."""
        sys.modules["json"] = types.ModuleType("json")
        return super().fit(X, y)


class Tinkerer(Majority):
    """Changes every setting that a process has for all."""

    def fit(self, X: Any, y: Any) -> Self:
        """Change them."""
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        decimal.getcontext().prec = 2
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        os.umask(0o777)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        socket.setdefaulttimeout(0.001)
        sys.path.insert(0, "/nowhere")
        sys.setrecursionlimit(10_000)
        return super().fit(X, y)


class Inspector(Majority):
    """Fails if an earlier trial changed a setting, a module or a stream, or left a file."""

    def fit(self, X: Any, y: Any) -> Self:
        """Look around."""
        umask = os.umask(0o077)
        os.umask(umask)
        found = {
            "division by zero": np.geterr()["divide"] == "raise",
            "printing": np.get_printoptions()["precision"] == 1,
            "decimals": decimal.getcontext().prec == 2,
            "language": locale.setlocale(locale.LC_NUMERIC) == "C.UTF-8",
            "umask": umask == 0o777,
            "signals": signal.getsignal(signal.SIGTERM) == signal.SIG_IGN,
            "alarm": signal.getitimer(signal.ITIMER_REAL)[0] > 0,
            "timeout": socket.getdefaulttimeout() is not None,
            "path": "/nowhere" in sys.path,
            "recursion": sys.getrecursionlimit() == 10_000,
            "module": sys.modules["json"] is not json or not hasattr(json, "dumps"),
            "files": os.listdir() != [],  # noqa: PTH208  plain on purpose
            "streams": sys.stdout.closed,
        }
        if left := [name for name, is_left in found.items() if is_left]:
            raise ValueError(f"somebody changed {left}")
        print("a stream that works")
        return super().fit(X, y)
