"""Downloads of Keras's pretrained weights, made in a child process.

Importing Keras loads a whole deep-learning library into the planning process; so a child process
lets Keras fetch, and saves plain arrays.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.fetch.sources import SERVICE_S, from_service

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bakeoff.fetch.sources import Source
    from bakeoff_pretrained.backbones import Backbone

    Arrays = dict[str, npt.NDArray[np.float32]]

HOST = "storage.googleapis.com"
"""Host of Keras's weights."""

CONNECT_S = 5.0
_FETCH_S = 900
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
PROGRAM = """
import socket, sys
import keras, numpy
from bakeoff_pretrained.naming import named
application, size, with_top, target, seconds = sys.argv[1:]
socket.setdefaulttimeout(float(seconds))
options = {} if with_top == "1" else {"input_shape": (int(size), int(size), 3)}
model = getattr(keras.applications, application)(
    weights="imagenet", include_top=with_top == "1", **options
)
with open(target, "wb") as file:
    numpy.savez(file, **{name: numpy.asarray(v.value) for name, v in named(model).items()})
"""
"""What the child process runs."""


def keras_weights(backbone: Backbone) -> Source[Arrays]:
    """Return the source of a backbone's weights from Keras, under the names of `naming`."""
    return from_service(
        f"Keras {backbone.application}",
        lambda: _download(backbone),
        at_hand=lambda: False,
        licence=backbone.licence,
    )


def _download(backbone: Backbone) -> Arrays:
    """Let Keras fetch the weights on its smallest backend, and read the arrays.

    Raises:
        OSError: Keras is missing, its host can't be reached, or it failed; says why.
    """
    import tempfile

    import numpy as np

    if importlib.util.find_spec("keras") is None:
        raise OSError("keras is not installed")
    _reach()
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as folder:
        target = Path(folder) / "weights.npz"
        facts = (backbone.application, backbone.size, int(backbone.with_top), target, SERVICE_S)
        process = subprocess.run(  # noqa: S603  our own code, names of our own list
            [sys.executable, "-c", PROGRAM, *map(str, facts)],
            env={**os.environ, "KERAS_BACKEND": "numpy"},
            capture_output=True,
            text=True,
            timeout=_FETCH_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if process.returncode:
            raise OSError((process.stderr.strip().splitlines() or ["keras failed"])[-1])
        with np.load(target, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}


def _reach() -> None:
    """Check within seconds that the host can be reached, before a process is started.

    With a proxy the check is skipped, since a direct connection may be impossible.
    """
    if not any(os.environ.get(name) for name in _PROXIES):
        socket.create_connection((HOST, 443), timeout=CONNECT_S).close()
