"""U-Net and detector on JAX: from the same weights they become what they become on TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")
pytest.importorskip("jax", reason="needs the extra jax")

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS, MOVES = 1e-5, 1e-2
"""How far weights of both may lie apart, and how far training moves at least one."""

CHILD = """
import sys
import numpy as np
from bakeoff_deep.vision import BoxDetector, Unet

def drawn(network):
    rng = np.random.default_rng(1)
    return [
        (rng.normal(0, 0.2, w.shape) if w.ndim > 1 else w).astype(np.float32)
        for w in network.program_.get_weights()
    ]

def told(make):
    class Told(make):
        def _look(self, when, training, record):
            if when == "start":
                self.program_.set_weights(drawn(self))
    return Told

rng = np.random.default_rng(0)
X = rng.integers(0, 255, (12, 16, 16, 1)).astype(np.uint8)
masks = (X[..., 0] > 128).astype(np.uint8)
boxes = np.empty(12, object)
for i in range(12):
    boxes[i] = np.array([[i % 8, 4, 6, 5, i % 2]], np.float32)
SGD = {"optimizer": "sgd", "learning_rate": 0.02}
found = {}
for make, y in ((Unet, masks), (BoxDetector, boxes)):
    network = told(make)(filters=2, hidden_layers=1, epochs=2, batch_size=6, random_state=0, **SGD)
    network.fit(X, y, validation=(X[:4], y[:4]))
    moved = zip(network.program_.get_weights(), drawn(network))
    found[make.__name__ + "_moved"] = max(float(abs(a - b).max()) for a, b in moved)
    for i, weight in enumerate(network.program_.get_weights()):
        found[f"{make.__name__}_{i}"] = weight
    network.predict(X)
np.savez(sys.argv[1], **found)
"""


def _trained(backend: str, folder: Path) -> dict[str, Any]:
    path = folder / f"{backend}.npz"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(path) as stored:
        return dict(stored)


def test_networks_that_keep_places_train_alike_on_both_backends(tmp_path: Path) -> None:
    """Every weight of U-Net and detector after two epochs, moving averages included.

    By plain descent: a bias before normalisation has no gradient but rounding, which Adam enlarges.
    """
    on_jax, on_tensorflow = (_trained(name, tmp_path) for name in ("jax", "tensorflow"))

    assert on_jax.keys() == on_tensorflow.keys()
    for name, expected in on_tensorflow.items():
        np.testing.assert_allclose(on_jax[name], expected, atol=WEIGHTS, err_msg=name)
    for make in ("Unet", "BoxDetector"):
        assert on_jax[f"{make}_moved"] > MOVES
