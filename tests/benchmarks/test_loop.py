"""The compiled loop against `model.fit`: same network, rows, epochs and batch, in turns.

Run with `pytest tests/benchmarks/test_loop.py -s`; ratios are printed and stored as extra info.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")
pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")

import keras
from sklearn.datasets import load_digits

from bakeoff.training import TrainingRecord
from bakeoff_keras import session
from bakeoff_keras.program import Program
from bakeoff_keras.rows import InputRows
from bakeoff_keras.target import NetworkTarget
from bakeoff_keras.training import EncodedRows, TrainingSettings, train

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

L = keras.layers
EPOCHS, ROUNDS = 5, 5
# An LSTM's accuracy varies by 1.5 points over seeds: means of five differ by a point by chance.
ACCURACY_EPOCHS, SEEDS = 12, 20


def _model(name: str) -> Any:
    source = keras.Input({"mlp": (64,), "cnn": (8, 8, 1), "lstm": (64, 1), "lstm8": (8, 8)}[name])
    hidden = source
    if name == "mlp":
        for _ in range(2):
            hidden = L.Dense(64, activation="relu")(hidden)
    elif name == "cnn":
        for filters in (16, 32):
            conv = L.Conv2D(filters, 3, padding="same", activation="relu")
            hidden = L.MaxPooling2D()(conv(hidden))
        hidden = L.Dense(64, activation="relu")(L.Flatten()(hidden))
    else:
        hidden = L.LSTM(32)(hidden)
    return keras.Model(source, L.Dense(10, activation="softmax")(hidden), name="network")


def _digits(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32).reshape(-1, *shape), y


def _keras_epoch_s(name: str, X: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    """Seconds of an epoch of `model.fit` after a first epoch that compiles."""
    session.begin(0)
    model = _model(name)
    model.compile("adam", "categorical_crossentropy")
    model.fit(X, y, batch_size=32, epochs=1, verbose=0)

    def run() -> float:
        started = time.perf_counter()
        model.fit(X, y, batch_size=32, epochs=EPOCHS, verbose=0)
        return (time.perf_counter() - started) / EPOCHS

    return run


def _loop_epoch_s(
    name: str, target: NetworkTarget, part: EncodedRows, *, jit: bool
) -> Callable[[], float]:
    """Seconds of an epoch of the loop, record and scores included, without its compilation."""
    session.begin(0)
    loss, optimizer = keras.losses.CategoricalCrossentropy(), keras.optimizers.Adam()
    program = Program(_model(name), loss, optimizer, jit=jit)

    def run() -> float:
        record = TrainingRecord()
        started = time.perf_counter()
        train(program, target, part, TrainingSettings(epochs=EPOCHS, batch_size=32), record=record)
        return (time.perf_counter() - started - record.compile_s) / EPOCHS

    return run


@pytest.mark.parametrize(
    ("name", "jit", "aim"),
    [("mlp", True, 10), ("cnn", False, 3), ("lstm8", True, 3), ("lstm", True, 3)],
)
def test_loop_against_fit(benchmark: Any, name: str, aim: int, *, jit: bool) -> None:
    """Epochs of both in turns; the loop's time goes to the benchmark, the ratio beside it."""
    X, codes = _digits(_model(name).input_shape[1:])
    target = NetworkTarget.of_classes(codes)
    part = EncodedRows(rows=InputRows((X,)), y=target.encode(codes))
    fit, loop = _keras_epoch_s(name, X, part.y), _loop_epoch_s(name, target, part, jit=jit)
    loop()
    pairs = [(fit(), loop()) for _ in range(ROUNDS)]
    ratio = median(slow / fast for slow, fast in pairs)
    fit_ms, loop_ms = (1000 * median(times) for times in zip(*pairs, strict=True))
    benchmark.extra_info |= {"ratio": ratio, "fit_ms": fit_ms, "loop_ms": loop_ms}
    print(f"\n{name}: fit {fit_ms:.1f} ms, loop {loop_ms:.1f} ms, {ratio:.1f} times (aim {aim})")  # noqa: T201  the point of a benchmark
    benchmark.pedantic(loop, rounds=1)

    assert ratio > 1


@pytest.mark.parametrize(("name", "jit"), [("mlp", True), ("cnn", False), ("lstm8", True)])
def test_accuracy_is_that_of_fit(name: str, *, jit: bool) -> None:
    """Mean test accuracy over the seeds, from the same first weights, within a point."""
    X, codes = _digits(_model(name).input_shape[1:])
    train_rows, test_rows = np.arange(len(X)) % 5 > 0, np.arange(len(X)) % 5 == 0
    target = NetworkTarget.of_classes(codes)
    part = EncodedRows(rows=InputRows((X[train_rows],)), y=target.encode(codes[train_rows]))
    found: dict[str, list[float]] = {"fit": [], "loop": []}
    for seed in range(SEEDS):
        session.begin(seed)
        model = _model(name)
        model.compile("adam", "categorical_crossentropy")
        model.fit(X[train_rows], part.y, batch_size=32, epochs=ACCURACY_EPOCHS, verbose=0)
        session.begin(seed)
        loss, optimizer = keras.losses.CategoricalCrossentropy(), keras.optimizers.Adam()
        program = Program(_model(name), loss, optimizer, jit=jit)
        plan = TrainingSettings(epochs=ACCURACY_EPOCHS, batch_size=32, seed=seed)
        train(program, target, part, plan)
        outputs = {
            "fit": np.asarray(model(X[test_rows], training=False)),
            "loop": program.outputs((X[test_rows],)),
        }
        for who, probabilities in outputs.items():
            found[who].append(float((probabilities.argmax(axis=1) == codes[test_rows]).mean()))
    fit, loop = (float(np.mean(found[who])) for who in ("fit", "loop"))
    print(f"\n{name}: accuracy of fit {fit:.4f}, of the loop {loop:.4f}, {SEEDS} seeds")  # noqa: T201  the point of a benchmark

    assert abs(fit - loop) <= 0.01
