"""What a component must leave as it found it: the process around it and the disk beyond its folder.

A worker restores some of it after each trial; a component that relies on that changes the trials
that run beside it in a notebook, and hides from nobody in a contract.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link"}
_PANDAS = ("display.precision", "display.max_rows", "display.max_columns", "mode.sim_interactive")
_ALWAYS = ("/dev/", "/proc/")


class _Watch:
    """Paths that this process opened for writing while it was on; one audit hook serves all."""

    def __init__(self) -> None:
        self.paths: list[str] | None = None
        self._is_hooked = False

    def on(self) -> None:
        if not self._is_hooked:
            sys.addaudithook(self._hear)  # can't be taken away again, only told to sleep
            self._is_hooked = True
        self.paths = []

    def off(self) -> list[str]:
        found, self.paths = self.paths or [], None
        return found

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.paths is None:
            return
        is_write = event == "open" and (args[2] or 0) & _WRITES
        if (is_write or event in _CHANGES) and isinstance(args[0], str | bytes | os.PathLike):
            self.paths.append(os.fsdecode(args[0]))


_WATCH = _Watch()


def find_side_effects(work: Callable[[], object]) -> list[str]:
    """What a piece of work changed around itself, in words; empty where it changed nothing.

    Libraries set themselves up when they are first used, so that only what happens again in a
    second try counts.

    Args:
        work: fits and predicts; called in a folder of its own, where it may write.
    """
    found = _once(work)
    return [what for what in _once(work) if what in found] if found else []


def _once(work: Callable[[], object]) -> list[str]:
    with _own_folder() as folder:
        before = state()
        threads = set(threading.enumerate())
        _WATCH.on()
        try:
            work()
        finally:
            paths = _WATCH.off()
            after = state()
            left = [t.name for t in threading.enumerate() if t not in threads]
            restore(before)
    changed = [f"it changed {name}" for name in before if before[name] != after[name]]
    alive = ["it left a thread running"] if left else []
    return changed + alive + [f"it wrote to {path}" for path in _outside(paths, folder)]


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Work in a folder that is taken away afterwards, temporary files included."""
    here, temporary = Path.cwd(), tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as name:
        folder = Path(name).resolve()
        os.chdir(folder)
        tempfile.tempdir = str(folder)
        try:
            yield folder
        finally:
            os.chdir(here)
            tempfile.tempdir = temporary


def state() -> dict[str, Any]:
    """What of this process a component must leave alone, by name."""
    import numpy as np
    import pandas as pd

    found: dict[str, Any] = {
        "the working directory": str(Path.cwd()),
        "the environment": dict(os.environ),
        "numpy's error handling": np.geterr(),
        "the filters of warnings": list(warnings.filters),
        "sys.path": list(sys.path),
        "sys.stdout or sys.stderr": (id(sys.stdout), id(sys.stderr)),
        "the handler of SIGINT": signal.getsignal(signal.SIGINT),
        "pandas' options": [pd.get_option(name) for name in _PANDAS],
    }
    if "sklearn" in sys.modules:
        found["scikit-learn's configuration"] = sys.modules["sklearn"].get_config()
    return found


def restore(before: dict[str, Any]) -> None:
    """Put back what the next test would stumble over."""
    import numpy as np

    os.chdir(before["the working directory"])
    os.environ.clear()
    os.environ.update(before["the environment"])
    np.seterr(**before["numpy's error handling"])
    warnings.filters[:] = before["the filters of warnings"]  # type: ignore[index]
    sys.path[:] = before["sys.path"]
    if config := before.get("scikit-learn's configuration"):
        sys.modules["sklearn"].set_config(**config)


def _outside(paths: list[str], folder: Path) -> list[str]:
    """Paths that are neither in the folder, nor in bakeoff's cache, nor compiled code."""
    from bakeoff.fetch.cache import cache_dir

    kept = [folder, cache_dir(".").resolve()]
    found = []
    for path in dict.fromkeys(paths):
        full = (folder / path).resolve()
        is_known = any(full.is_relative_to(place) for place in kept)
        if not (is_known or str(full).startswith(_ALWAYS) or "__pycache__" in full.parts):
            found.append(path)
    return found
