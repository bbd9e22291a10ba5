"""The loop on JAX: the tests of the loop, in a process of that backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("jax", reason="needs the extra jax")

SAME = "epoch_makes and not True or streamed or early_stopping or depend"


@pytest.mark.slow
def test_the_loop_on_jax_keeps_its_promises() -> None:
    """Weights of `model.fit`, streaming, early stopping, and the same result alone or not."""
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", "-q", "-k", SAME, "-p", "no:cacheprovider"]
    command += ["-W", "ignore:__array__:DeprecationWarning"]  # Keras on NumPy 2
    files = [folder / "test_loop.py", folder / "test_program.py"]
    done = subprocess.run(
        [*command, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert "6 passed" in done.stdout
