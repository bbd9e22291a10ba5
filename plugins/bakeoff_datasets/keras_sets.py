"""Downloads of `keras.datasets`, made in a child process.

Importing Keras loads a whole deep-learning library, and its cache holds CIFAR-10 as pickles; so a
child process lets Keras fetch and read, and saves plain arrays.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from bakeoff.fetch.cache import cache_dir, write_whole
from bakeoff.fetch.sources import SERVICE_S, from_service

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.fetch.sources import Source

_FETCH_S = 900
_CODE = """
import importlib, socket, sys
import numpy
socket.setdefaulttimeout(float(sys.argv[3]))
train, test = importlib.import_module("keras.datasets." + sys.argv[1]).load_data()
with open(sys.argv[2], "wb") as file:
    numpy.savez(file, X=train[0], y=train[1], X_test=test[0], y_test=test[1])
"""


def keras_source(name: str, *, licence: str) -> Source[tuple[Any, Any]]:
    """Return a source of a `keras.datasets` module: ((X, y), (X_test, y_test)).

    Args:
        name: module of `keras.datasets`.
        licence: of the data.
    """
    file = _kept(name)

    def fetch() -> tuple[Any, Any]:
        import numpy as np

        if not file.is_file():
            _download(name, file)
        with np.load(file, allow_pickle=False) as arrays:
            return (arrays["X"], arrays["y"]), (arrays["X_test"], arrays["y_test"])

    return from_service(f"Keras {name}", fetch, at_hand=file.is_file, licence=licence)


def _kept(name: str) -> Path:
    return cache_dir("keras") / f"{name}.npz"


def _download(name: str, path: Path) -> None:
    """Run Keras on its smallest backend and save the arrays.

    Raises:
        OSError: Keras is missing or failed; says why.
    """
    if importlib.util.find_spec("keras") is None:
        raise OSError("keras is not installed")
    with write_whole(path) as temporary:
        process = subprocess.run(  # noqa: S603  our own code, fixed names
            [sys.executable, "-c", _CODE, name, str(temporary), str(SERVICE_S)],
            env={**os.environ, "KERAS_BACKEND": "numpy"},
            capture_output=True,
            text=True,
            timeout=_FETCH_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if process.returncode:
            raise OSError((process.stderr.strip().splitlines() or ["keras failed"])[-1])
