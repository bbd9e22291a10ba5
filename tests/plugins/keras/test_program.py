"""Compiled networks: shared between trainings, yet each training as if it were alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

import keras

from bakeoff_keras import session
from bakeoff_keras.program import Program
from bakeoff_keras.rows import InputRows
from bakeoff_keras.target import NetworkTarget
from bakeoff_keras.training import EncodedRows, TrainingSettings, train

if TYPE_CHECKING:
    from pathlib import Path

X = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
TARGET = NetworkTarget.of_classes(np.arange(60) % 2)
PART = EncodedRows(rows=InputRows((X,)), y=TARGET.encode(np.arange(60) % 2))


def _trained(seed: int, *, units: int = 7, dropout: float = 0.4) -> Program:
    session.begin(seed)
    source = keras.Input((5,), name="source")
    hidden = keras.layers.Dense(units, activation="relu", name="hidden")(source)
    hidden = keras.layers.BatchNormalization(name="norm")(hidden)
    hidden = keras.layers.Dropout(dropout, name="drop")(hidden)
    output = keras.layers.Dense(1, activation="sigmoid", name="output")(hidden)
    loss = keras.losses.BinaryCrossentropy()
    program = Program(
        keras.Model(source, output, name="network"), loss, keras.optimizers.Adam(0.01), jit=False
    )
    train(program, TARGET, PART, TrainingSettings(epochs=3, batch_size=16, seed=seed))
    return program


def _weights(seed: int, **changes: Any) -> list[np.ndarray]:
    return _trained(seed, **changes).get_weights()


def test_a_training_does_not_depend_on_what_its_process_did_before() -> None:
    """Alone, after the same network with another seed, and after another network: bit-equal."""
    alone = _weights(1)
    _weights(2)
    after_same = _weights(1)
    _weights(1, units=4)
    after_other = _weights(1)

    for expected, *actual in zip(alone, after_same, after_other, strict=True):
        assert all((expected == weight).all() for weight in actual)


def test_another_seed_makes_other_weights() -> None:
    """Sharing what is compiled shares no weights."""
    assert (_weights(1)[0] != _weights(2)[0]).any()


def test_what_is_compiled_is_used_again() -> None:
    """Once a program is gone, the next equal one gets its compiled functions."""
    first = _trained(1)
    engine = first.engine
    del first

    assert engine is _trained(2).engine


def test_a_living_program_keeps_its_network() -> None:
    """Two equal networks at a time don't share variables."""
    first = _trained(1)
    expected = first.outputs((X,))
    _trained(2)

    assert (expected == first.outputs((X,))).all()


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # Keras on NumPy 2
def test_a_saved_network_gives_the_same_answers_when_loaded(tmp_path: Path) -> None:
    """A `.keras` file holds the whole network."""
    program = _trained(3)
    program.model.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")

    np.testing.assert_allclose(
        np.asarray(loaded(X, training=False)), program.outputs((X,)), atol=1e-6
    )
