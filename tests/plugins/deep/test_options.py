"""What regularises and steers a training acts in the compiled loop, and a kept network is whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

import keras

from bakeoff.training import TrainingRecord
from bakeoff_deep.cnn import Cnn1dClassifier, CnnClassifier
from bakeoff_deep.mlp import MlpClassifier
from bakeoff_deep.recurrent import LstmClassifier

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
CODES = np.arange(60) % 3
IMAGES = RNG.integers(0, 250, (60, 6, 6, 1)).astype(np.uint8)
MATRIX = RNG.normal(size=(60, 4)).astype(np.float32)
SERIES = RNG.normal(size=(60, 1, 6)).astype(np.float32)
SERIES[::2, :, 4:] = np.nan
TEXTS = np.array([f"word{code} and word{code} {i % 7}" for i, code in enumerate(CODES)], object)
STILL: dict[str, Any] = {"learning_rate": 1e-12, "epochs": 2, "batch_size": 20, "random_state": 0}


def _epochs(**params: Any) -> list[dict[str, float]]:
    record = TrainingRecord()
    network = CnnClassifier(filters=2, units=8, hidden_layers=1, **STILL | params)
    network.fit(IMAGES, CODES, record=record)
    return record.epochs


@pytest.mark.parametrize("option", [{"dropout": 0.5}, {"augment": True}])
def test_chance_acts_in_training_alone(option: dict[str, Any]) -> None:
    """With weights that stand still, batch losses change from pass to pass, scored ones don't."""
    first, second = _epochs(**option)
    plain, again = _epochs()

    assert abs(first["batch_loss"] - second["batch_loss"]) > 1e-3
    assert first["train_loss"] == pytest.approx(second["train_loss"], abs=1e-5)
    assert plain["batch_loss"] == pytest.approx(again["batch_loss"], abs=1e-5)
    assert plain["batch_loss"] == pytest.approx(plain["train_loss"], abs=1e-5)


def test_penalties_are_those_of_the_weights() -> None:
    """Batch loss less scored loss is l1 times sizes plus l2 times squares, where weights stand."""
    record = TrainingRecord()
    network = MlpClassifier(hidden_layers=1, units=5, l1=0.01, l2=0.02, **STILL)
    network.fit(MATRIX, CODES, record=record)
    kernel = np.asarray(network.program_.model.get_layer("hidden_1").kernel)
    penalty = 0.01 * abs(kernel).sum() + 0.02 * (kernel**2).sum()
    last = record.epochs[-1]

    assert last["batch_loss"] - last["train_loss"] == pytest.approx(penalty, rel=1e-3)


def test_a_schedule_moves_the_rate_update_by_update() -> None:
    """Three updates a pass, two passes: half way down a cosine, then at its end."""
    record = TrainingRecord()
    settings = {**STILL, "learning_rate": 0.1, "schedule": "cosine"}
    MlpClassifier(units=4, **settings).fit(MATRIX, CODES, record=record)
    rates = [epoch["learning_rate"] for epoch in record.epochs]

    assert rates == pytest.approx([0.05 * (1 + math.cos(math.pi * n / 6)) for n in (3, 6)])


def test_balanced_classes_weigh_rows_as_scikit_learn_does() -> None:
    """With one batch the loss is the mean over weighted rows."""
    y = np.where(np.arange(60) < 50, 0, CODES)
    record = TrainingRecord()
    settings = {**STILL, "batch_size": 60, "class_weight": "balanced"}
    network = MlpClassifier(units=4, **settings).fit(MATRIX, y, record=record)
    places = np.searchsorted(network.classes_, y)
    of_rows = -np.log(network.predict_proba(MATRIX)[np.arange(60), places])
    expected = np.mean(compute_sample_weight("balanced", y) * of_rows)

    assert record.epochs[0]["batch_loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("network", "X"),
    [
        (CnnClassifier(filters=2, residual=True, batch_norm=True, augment=True), IMAGES),
        (LstmClassifier(units=3, forget_bias="chrono", dropout=0.2), SERIES),
        (Cnn1dClassifier(filters=3, l2=0.1), TEXTS),
    ],
)
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # Keras on NumPy 2
def test_a_kept_network_predicts_the_same_when_loaded(network: Any, X: Any, tmp_path: Path) -> None:
    """Residual blocks, series that end early with spread gates, texts over word vectors."""
    record = TrainingRecord()
    network.set_params(epochs=1, keep_model=True, random_state=0).fit(X, CODES, record=record)
    path = tmp_path / "network.keras"
    path.write_bytes(record.files["network.keras"])
    inputs = network.front_.rows(X).all()
    outputs = keras.saving.load_model(path)(
        list(inputs) if len(inputs) > 1 else inputs[0], training=False
    )

    np.testing.assert_allclose(np.asarray(outputs), network.predict_proba(X), atol=1e-5)
