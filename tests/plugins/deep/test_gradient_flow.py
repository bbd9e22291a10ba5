"""Gradients with respect to hidden states, against closed forms and Keras's own layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

import keras

from bakeoff.errors import DataError
from bakeoff.interfaces import Subject
from bakeoff.records import Protocol, Task
from bakeoff.training import TrainingRecord
from bakeoff_deep.early_signal import EarlySignal
from bakeoff_deep.gradient_flow import look
from bakeoff_deep.recurrent import GruClassifier, LstmClassifier, RnnClassifier
from bakeoff_deep.studies import GradientFlow
from bakeoff_keras.errors import NetworkParameterError

L = keras.layers
X = np.random.default_rng(0).normal(size=(9, 5, 2)).astype(np.float32)
SUBJECT = Subject(
    method="lstm",
    task=Task(
        name="t",
        dataset="t",
        input_kind="sequence",
        problem_type="binary",
        metric="accuracy",
        direction="maximize",
        protocol=Protocol.of("holdout"),
        fingerprint="",
    ),
)
Y = (np.arange(9) % 2).reshape(-1, 1).astype(np.float32)
LOSS = keras.losses.MeanSquaredError()


def _model(layer: Any, *, masked: bool = False) -> Any:
    source = keras.Input((5, 2), name="series")
    mask = keras.Input((5,), dtype="bool", name="present")
    last = layer(source, mask=mask) if masked else layer(source)
    output = L.Dense(1, name="output")(last)
    return keras.Model([source, mask] if masked else source, output)


def test_a_linear_recurrence_passes_its_weight_back_at_each_step() -> None:
    """With h = w h, the gradient falls by w a step: to w^4 of the last after four steps back."""
    layer = L.SimpleRNN(1, activation="linear")
    model = _model(layer)
    layer.cell.recurrent_kernel.assign([[0.5]])
    flow = look(model, LOSS, (X,), Y)

    np.testing.assert_allclose(
        flow.gradient / flow.gradient[-1], 0.5 ** np.arange(4, -1, -1.0), rtol=1e-4
    )
    assert flow.reach == pytest.approx(0.5**4, rel=1e-4)


@pytest.mark.parametrize("make", [L.SimpleRNN, L.LSTM, L.GRU])
@pytest.mark.parametrize("masked", [False, True])
def test_the_replay_is_the_layer(make: Any, *, masked: bool) -> None:
    """Step by step, with and without ends, the last state is what Keras's layer gives."""
    layer = make(4)
    model = _model(layer, masked=masked)
    present = np.arange(5) < np.array([5, 3, 1, 5, 4, 2, 5, 5, 1])[:, None]
    inputs = (X, present) if masked else (X,)
    found = look(model, LOSS, inputs, Y).outputs
    head = keras.Model(model.inputs, layer.output)

    np.testing.assert_allclose(found, np.asarray(head(list(inputs))), atol=1e-6)


def test_gates_of_an_lstm_start_where_their_bias_puts_them() -> None:
    """Without input weights every gate is the sigmoid of its bias: 0.5, and 0.731 to forget."""
    layer = L.LSTM(4, kernel_initializer="zeros", recurrent_initializer="zeros")
    gates = look(_model(layer), LOSS, (X,), Y).gates

    assert {name: pytest.approx(values) for name, values in gates.items()} == {
        "input": [0.5] * 5,
        "forget": [1 / (1 + np.exp(-1))] * 5,
        "output": [0.5] * 5,
    }


def test_long_memory_carries_the_gradient_where_the_usual_start_loses_it() -> None:
    """Over 40 steps an untrained LSTM keeps orders of magnitude more with spread forget gates."""
    data = EarlySignal(length=40, n_rows=30).load()
    reach = {}
    for bias in ("unit", "chrono"):
        record = TrainingRecord()
        network = LstmClassifier(
            units=16, epochs=1, random_state=0, gradient_flow=True, forget_bias=bias
        )
        network.fit(data.X, data.y, record=record)
        reach[bias] = record.arrays["gradient_start"][0] / record.arrays["gradient_start"][-1]

    assert reach["chrono"] > 100 * reach["unit"]


def test_flow_is_recorded_before_and_after_training_where_asked() -> None:
    """Arrays over the steps, gates for the LSTM alone; nothing without the parameter."""
    data = EarlySignal(length=8, n_rows=30).load()
    gates = {f"gate_{g}_{w}" for g in ("input", "forget", "output") for w in ("start", "end")}
    for make, more in ((RnnClassifier, set()), (GruClassifier, set()), (LstmClassifier, gates)):
        record, silent = TrainingRecord(), TrainingRecord()
        options: dict[str, Any] = {"units": 4, "epochs": 1, "max_steps": 4}
        make(gradient_flow=True, **options).fit(data.X, data.y, record=record)
        make(**options).fit(data.X, data.y, record=silent)

        assert set(record.arrays) == {"gradient_start", "gradient_end"} | more
        assert {array.shape for array in record.arrays.values()} == {(4,)}
        assert "gradient_reach_end" in record.notes
        assert silent.arrays == {}


def test_the_study_varies_the_number_of_steps() -> None:
    """The shortest is the control, whatever the order in which lengths are written."""
    variants = GradientFlow(lengths=[64, 8]).variants(SUBJECT)

    assert [v.name for v in variants] == ["steps=8", "steps=64"]
    assert {v.control for v in variants} == {"steps=8"}
    for wrong in ([8], [8, 8], [1, 8], [8, "16"]):
        with pytest.raises(ValueError, match="two or more different lengths"):
            GradientFlow(lengths=wrong)  # type: ignore[arg-type]  the mistake under test


def test_the_early_signal_lies_in_the_first_steps_alone() -> None:
    """Their mean tells the class; without them nothing does. Two loads are equal."""
    data, again = EarlySignal(n_rows=400).load(), EarlySignal(n_rows=400).load()
    early = (data.X[:, 0, :3].mean(axis=1) > 0) == data.y
    late = (data.X[:, 0, 3:].mean(axis=1) > 0) == data.y

    assert data.composed
    assert early.mean() > 0.99
    assert 0.4 < late.mean() < 0.6
    assert (data.X == again.X).all()
    with pytest.raises(DataError, match="length: expected >= 4; got 3"):
        EarlySignal(length=3)


def test_an_unknown_forget_bias_is_refused() -> None:
    """The two that exist are named."""
    with pytest.raises(
        NetworkParameterError, match="forget_bias: expected unit or chrono; got 'big'"
    ):
        LstmClassifier(forget_bias="big").fit(np.ones((2, 1, 4), np.float32), [0, 1])
