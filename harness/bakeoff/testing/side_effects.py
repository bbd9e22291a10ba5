"""Find side effects of a component: on the process and on the disk beyond its folder.

A worker restores some of the process state after each trial; a component that relies on that would
still change the code that runs beside it in a notebook.
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
    """Recorder of the paths that this process opens for writing, by one audit hook."""

    def __init__(self) -> None:
        self.paths: list[str] | None = None
        self._is_hooked = False

    def on(self) -> None:
        if not self._is_hooked:
            sys.addaudithook(self._record)  # hooks can't be removed, so it is switched off
            self._is_hooked = True
        self.paths = []

    def off(self) -> list[str]:
        paths, self.paths = self.paths or [], None
        return paths

    def _record(self, event: str, args: tuple[Any, ...]) -> None:
        if self.paths is None:
            return
        is_write = event == "open" and (args[2] or 0) & _WRITES
        if (is_write or event in _CHANGES) and isinstance(args[0], str | bytes | os.PathLike):
            self.paths.append(os.fsdecode(args[0]))


_WATCH = _Watch()


def find_side_effects(work: Callable[[], object]) -> list[str]:
    """Return what a piece of work changed around itself, in words; empty for nothing.

    Libraries initialise themselves when they are first used, so only changes that a second call
    repeats are returned.

    Args:
        work: fits and predicts; called in a folder of its own, where it may write.
    """
    changes = _once(work)
    return [change for change in _once(work) if change in changes] if changes else []


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
    """Work in a folder that is removed afterwards, temporary files included."""
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
    """Return the state of this process that a component must not change, by name."""
    import numpy as np
    import pandas as pd

    values: dict[str, Any] = {
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
        values["scikit-learn's configuration"] = sys.modules["sklearn"].get_config()
    return values


def restore(before: dict[str, Any]) -> None:
    """Restore the state that the next test depends on."""
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
    """Return the paths outside the folder and bakeoff's cache, without those of compiled code."""
    from bakeoff.fetch.cache import cache_dir

    allowed = [folder, cache_dir(".").resolve()]
    outside = []
    for path in dict.fromkeys(paths):
        full = (folder / path).resolve()
        is_known = any(full.is_relative_to(parent) for parent in allowed)
        if not (is_known or str(full).startswith(_ALWAYS) or "__pycache__" in full.parts):
            outside.append(path)
    return outside
