"""The compiled loop: the same updates as Keras makes, counted, recorded and ended for a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

import keras

from bakeoff.errors import DivergedError
from bakeoff.training import TrainingRecord
from bakeoff_keras import session
from bakeoff_keras.program import Program
from bakeoff_keras.rows import InputRows
from bakeoff_keras.target import NetworkTarget
from bakeoff_keras.training import EncodedRows, Epochs, TrainingSettings, train

L = keras.layers
N_ROWS = 70
LAYERS = ("hidden", "output")


def _mlp() -> Any:
    source = keras.Input((8,))
    hidden = L.Dense(6, activation="relu", kernel_regularizer="l2", name="hidden")(source)
    hidden = L.BatchNormalization(name="norm")(hidden)
    return keras.Model(source, L.Dense(3, activation="softmax", name="output")(hidden))


def _cnn() -> Any:
    source = keras.Input((6, 6, 1))
    hidden = L.MaxPooling2D()(L.Conv2D(4, 3, activation="relu", name="conv")(source))
    return keras.Model(source, L.Dense(3, activation="softmax", name="output")(L.Flatten()(hidden)))


def _lstm() -> Any:
    source = keras.Input((5, 2))
    return keras.Model(
        source, L.Dense(3, activation="softmax", name="output")(L.LSTM(4, name="lstm")(source))
    )


NETWORKS = {"mlp": (_mlp, (8,)), "cnn": (_cnn, (6, 6, 1)), "lstm": (_lstm, (5, 2))}


def _data(shape: tuple[int, ...], n_rows: int = N_ROWS) -> tuple[NetworkTarget, EncodedRows]:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n_rows, *shape)).astype(np.float32)
    y = rng.integers(0, 3, n_rows)
    target = NetworkTarget.of_classes(y)
    return target, EncodedRows(rows=InputRows((X,)), y=target.encode(y))


def _program(name: str = "mlp", *, jit: bool = False, rate: float = 0.01, **kinds: Any) -> Program:
    session.begin(5)
    optimizer = kinds.get("optimizer", keras.optimizers.Adam)(rate)
    loss = keras.losses.CategoricalCrossentropy()
    return Program(NETWORKS[name][0](), loss, optimizer, jit=jit)


@pytest.mark.parametrize(
    ("name", "jit"), [("mlp", False), ("mlp", True), ("cnn", False), ("lstm", False)]
)
def test_an_epoch_makes_the_weights_that_keras_makes(name: str, *, jit: bool) -> None:
    """One pass without shuffling equals `model.fit`: batch norm, penalties, row weights, rest."""
    make, shape = NETWORKS[name]
    target, part = _data(shape)
    weight = np.linspace(0.5, 1.5, N_ROWS).astype(np.float32)
    weighted = EncodedRows(rows=part.rows, y=part.y, weight=weight)
    program = _program(name, jit=jit)
    trained = train(
        program, target, weighted, TrainingSettings(epochs=1, batch_size=16, shuffle=False)
    )
    session.begin(5)
    model = make()
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    model.fit(
        part.rows.all()[0], part.y, sample_weight=weight, batch_size=16, shuffle=False, verbose=0
    )

    for expected, actual in zip(model.get_weights(), program.get_weights(), strict=True):
        np.testing.assert_allclose(actual, expected, atol=1e-4)
    assert int(model.optimizer.iterations.numpy()) == trained.n_updates


def _kept(optimizer: Any, *, wide: bool = False) -> tuple[list[Any], list[Any]]:
    """Weights after an epoch of the loop, and after one of `model.fit`."""
    session.begin(5)
    target, part = _data((8,))
    loss = keras.losses.CategoricalCrossentropy()
    program = Program(_words() if wide else _mlp(), loss, optimizer(), jit=False)
    train(program, target, part, TrainingSettings(epochs=1, batch_size=16, shuffle=False))
    session.begin(5)
    model = _words() if wide else _mlp()
    model.compile(optimizer(), "categorical_crossentropy")
    model.fit(part.rows.all()[0], part.y, batch_size=16, shuffle=False, verbose=0)
    return program.get_weights(), model.get_weights()


def _words() -> Any:
    """Rows of eight numbers as word codes, most of them the same one."""
    source = keras.Input((8,))
    codes = keras.ops.cast(keras.ops.clip(source, 0, 2), "int32")
    hidden = L.Flatten()(L.Embedding(3, 2, name="embedding")(codes))
    return keras.Model(source, L.Dense(3, activation="softmax", name="output")(hidden))


OPTIMIZERS = {
    "adam with a schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(0.02, 5)
    ),
    "adam with a limit": lambda: keras.optimizers.Adam(0.02, global_clipnorm=0.1),
    "amsgrad": lambda: keras.optimizers.Adam(0.02, amsgrad=True),
    "adamw": lambda: keras.optimizers.AdamW(0.02, weight_decay=0.1),
    "sgd": lambda: keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_makes_the_weights_that_keras_makes(name: str) -> None:
    """Schedules, limits on gradients and decay act as they do in `model.fit`."""
    for actual, expected in zip(*_kept(OPTIMIZERS[name]), strict=True):
        np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_word_vectors_are_those_that_keras_learns() -> None:
    """Words that a batch holds many times: gradients by row go Keras's own way."""
    found, of_keras = _kept(lambda: keras.optimizers.Adam(0.02), wide=True)
    for actual, expected in zip(found, of_keras, strict=True):
        np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_a_thousand_rows_in_batches_of_twenty_are_fifty_updates_an_epoch() -> None:
    """Ten epochs are five hundred updates, by the optimizer's own counter."""
    target, part = _data((8,), 1000)
    record = TrainingRecord()
    trained = train(
        _program(), target, part, TrainingSettings(epochs=10, batch_size=20), record=record
    )

    assert (trained.updates_per_epoch, trained.n_updates) == (50, 500)
    assert {
        name: record.counts[name] for name in ("updates_per_epoch", "n_updates", "n_epochs")
    } == {"updates_per_epoch": 50, "n_updates": 500, "n_epochs": 10}


def test_a_batch_larger_than_the_data_is_one_update_an_epoch() -> None:
    """The batch is cut to the rows."""
    _, part = _data((8,))

    assert (
        Epochs(
            _program().engine, part, TrainingSettings(epochs=1, batch_size=500)
        ).updates_per_epoch
        == 1
    )


def test_streamed_rows_make_the_same_weights_as_resident_ones() -> None:
    """Blocks of two batches, a short last block and a smaller last batch change nothing."""
    target, part = _data((8,))
    found = []
    for resident_mib in (100.0, 8 * part.rows.row_mib * 8):
        program = _program()
        plan = TrainingSettings(epochs=2, batch_size=8, resident_mib=resident_mib)
        assert Epochs(program.engine, part, plan).resident is (resident_mib == 100.0)
        train(program, target, part, plan)
        found.append(program.get_weights())

    for resident, streamed in zip(*found, strict=True):
        np.testing.assert_allclose(streamed, resident, atol=1e-6)


def test_an_epoch_is_recorded_with_losses_norms_and_speed() -> None:
    """Every epoch holds loss and score of both parts, rate, gradient and weight norms."""
    target, part = _data((8,))
    record = TrainingRecord()
    train(
        _program(),
        target,
        part,
        TrainingSettings(epochs=2, batch_size=16),
        validation=part,
        record=record,
    )
    names = {"batch_loss", "train_loss", "train_score", "validation_loss", "validation_score"}
    names |= {"learning_rate", "epoch_s", "samples_per_s"}
    names |= {f"gradient_norm/{layer}" for layer in ("hidden", "norm", "output")}
    names |= {f"{what}/{layer}" for what in ("weight_norm", "near_zero") for layer in LAYERS}

    assert [names, names] == [set(epoch) for epoch in record.epochs]
    assert record.compile_s > 0
    assert record.notes["stopped"] == "after 2 epochs: all epochs done"


def test_losses_of_an_epoch_are_those_of_its_last_weights() -> None:
    """With every row in the sample, Keras's own evaluation gives the recorded train loss."""
    target, part = _data((8,))
    record, program = TrainingRecord(), _program()
    train(program, target, part, TrainingSettings(epochs=3, batch_size=16), record=record)
    outputs = program.outputs(part.rows.all())
    expected = float(np.mean(keras.losses.categorical_crossentropy(part.y, outputs)))

    assert expected == pytest.approx(record.epochs[-1]["train_loss"], rel=1e-5)


def test_gradient_norm_is_that_of_the_batches() -> None:
    """With one batch an epoch, TensorFlow's gradient of the same batch has the recorded norm."""
    import tensorflow as tf

    target, part = _data((5, 2))
    record, program = TrainingRecord(), _program("lstm")
    with tf.GradientTape() as tape:
        answers = program.model(part.rows.all()[0], training=True)
        loss = keras.losses.CategoricalCrossentropy()(part.y, answers)
    gradients = tape.gradient(loss, program.model.get_layer("lstm").trainable_variables)
    expected = float(tf.linalg.global_norm([tf.convert_to_tensor(g) for g in gradients]))
    train(program, target, part, TrainingSettings(epochs=1, batch_size=N_ROWS), record=record)

    assert expected == pytest.approx(record.epochs[0]["gradient_norm/lstm"], rel=1e-4)


def test_early_stopping_restores_the_best_weights() -> None:
    """On noise the validation loss rises; the weights of its lowest value come back."""
    target, part = _data((5, 2))
    rng = np.random.default_rng(0)
    other = EncodedRows(rows=part.rows, y=target.encode(rng.permutation(part.y.argmax(axis=1))))
    record, program = TrainingRecord(), _program("lstm", rate=0.05)
    plan = TrainingSettings(epochs=100, batch_size=8, patience=3)
    trained = train(program, target, part, plan, validation=other, record=record)
    losses = [epoch["validation_loss"] for epoch in record.epochs]
    outputs = program.outputs(other.rows.all())
    loss = float(np.mean(keras.losses.categorical_crossentropy(other.y, outputs)))

    assert int(np.argmin(losses)) + 1 == trained.best_epoch == record.counts["best_epoch"]
    assert trained.best_epoch + 3 == trained.n_epochs == len(losses)
    assert min(losses) == pytest.approx(loss, rel=1e-5)
    assert max(losses) > loss * 1.01


def test_training_stops_when_time_is_nearly_up() -> None:
    """`should_stop` ends training after the epoch, with the reason in the record."""
    target, part = _data((8,))
    record = TrainingRecord(deadline=0.0)
    trained = train(
        _program(), target, part, TrainingSettings(epochs=50, batch_size=16), record=record
    )

    assert (trained.n_epochs, trained.stopped) == (1, "the time limit is near")
    assert "cut_short" in record.notes


def test_training_that_ends_by_itself_is_not_cut_short() -> None:
    """However late it ends: no epoch was wanted that time did not allow."""
    target, part = _data((8,))
    record = TrainingRecord(deadline=0.0)
    train(_program(), target, part, TrainingSettings(epochs=1, batch_size=16), record=record)

    assert "cut_short" not in record.notes


def test_divergence_raises_and_leaves_its_record() -> None:
    """A step that is far too large ends as diverged, with counts and epochs kept."""
    target, part = _data((8,))
    record = TrainingRecord()
    program = _program(rate=1e30, optimizer=keras.optimizers.SGD)
    with pytest.raises(DivergedError, match="no longer finite"):
        train(program, target, part, TrainingSettings(epochs=5, batch_size=16), record=record)

    assert record.epochs
    assert len(record.epochs) * 5 == record.counts["n_updates"]
    assert "no longer finite" in record.notes["stopped"]
