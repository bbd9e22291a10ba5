"""Every network learns, repeats, tells what it chose, and refuses what it can't use."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

from bakeoff.errors import UnknownNameError
from bakeoff.training import TrainingRecord
from bakeoff_deep import cnn, mlp, recurrent
from bakeoff_keras.errors import LossError, NetworkParameterError, RowsError

RNG = np.random.default_rng(0)
CODES = np.arange(90) % 3
VALUES = CODES * 10.0 + 5.0
MATRIX = RNG.normal(size=(90, 6)).astype(np.float32) + 2 * np.eye(6, dtype=np.float32)[CODES]
TABLE = pd.DataFrame({"a": MATRIX[:, 0], "b": MATRIX[:, 1], "c": [f"k{code}" for code in CODES]})
IMAGES = RNG.integers(0, 60, (90, 8, 8, 1)).astype(np.uint8)
IMAGES[np.arange(90), CODES * 2] += 150
SERIES = RNG.normal(0, 0.3, (90, 2, 12)).astype(np.float32) + CODES[:, None, None]
TEXTS = np.array([f"the word{code} and word{code} {i % 7}" for i, code in enumerate(CODES)], object)

FAST: dict[str, Any] = {"epochs": 12, "learning_rate": 0.02, "random_state": 1}
NETWORKS = {
    "mlp on a matrix": (mlp.MlpClassifier, mlp.MlpRegressor, MATRIX),
    "mlp on a table": (mlp.TableMlpClassifier, mlp.TableMlpRegressor, TABLE),
    "cnn": (cnn.CnnClassifier, cnn.CnnRegressor, IMAGES),
    "cnn1d on series": (cnn.Cnn1dClassifier, cnn.Cnn1dRegressor, SERIES),
    "lstm on texts": (recurrent.LstmClassifier, recurrent.LstmRegressor, TEXTS),
    "gru on series": (recurrent.GruClassifier, recurrent.GruRegressor, SERIES),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_classes(name: str) -> None:
    """Three classes that are easy to tell; probabilities sum to 1."""
    make, _, X = NETWORKS[name]
    network = make(**FAST).fit(X, CODES)
    proba = network.predict_proba(X)

    assert (network.predict(X) == CODES).mean() > 0.9
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("name", ["mlp on a table", "cnn", "gru on series"])
def test_a_network_learns_values(name: str) -> None:
    """Values in their own units, with less than a tenth of their variance left over."""
    _, make, X = NETWORKS[name]
    found = make(**FAST).fit(X, VALUES).predict(X)

    assert np.mean((found - VALUES) ** 2) < 0.1 * VALUES.var()


def test_the_other_networks_learn_too() -> None:
    """A simple recurrent network, convolutions on texts, residual blocks with every option."""
    options = {"batch_norm": True, "augment": True, "dropout": 0.1, "l1": 1e-5, "l2": 1e-4}
    for network, X in (
        (recurrent.RnnClassifier(**FAST), SERIES),
        (cnn.Cnn1dClassifier(**FAST), TEXTS),
        (cnn.CnnClassifier(residual=True, filters=8, **options, **FAST | {"epochs": 20}), IMAGES),
    ):
        assert (network.fit(X, CODES).predict(X) == CODES).mean() > 0.8


def test_sparse_rows_are_learned_from() -> None:
    """A CSR matrix with half of its values zero."""
    X = sparse.csr_matrix(np.maximum(MATRIX - 0.5, 0))
    network = mlp.MlpClassifier(**FAST).fit(X, CODES)

    assert (network.predict(X) == CODES).mean() > 0.85


def test_two_classes_have_one_output_and_two_columns() -> None:
    """Class codes need not start at 0 nor be dense."""
    y = np.where(CODES == 0, 2, 7)
    network = mlp.MlpClassifier(**FAST).fit(MATRIX, y)

    assert network.classes_.tolist() == [2, 7]
    assert network.predict_proba(MATRIX).shape == (90, 2)
    assert network.program_.model.output_shape == (None, 1)


def test_the_same_seed_gives_the_same_network_whatever_came_before() -> None:
    """Bit-equal alone and after other networks; another seed differs."""
    network = mlp.MlpClassifier(dropout=0.2, **FAST)
    expected = clone(network).fit(MATRIX, CODES).predict_proba(MATRIX)
    cnn.CnnClassifier(**FAST | {"epochs": 1}).fit(IMAGES, CODES)
    actual = clone(network).fit(MATRIX, CODES).predict_proba(MATRIX)
    other = clone(network).set_params(random_state=2).fit(MATRIX, CODES).predict_proba(MATRIX)

    assert (expected == actual).all()
    assert (expected != other).any()


def test_every_choice_stands_in_the_record_with_its_reason() -> None:
    """Definition, compilation and training are told apart and explained."""
    record = TrainingRecord()
    network = mlp.MlpClassifier(**FAST | {"epochs": None, "learning_rate": None}, early_stopping=2)
    network.fit(MATRIX, CODES, validation=(MATRIX, CODES), record=record)
    names = {"network", "activation", "output_activation", "loss", "optimizer", "learning_rate"}
    names |= {"schedule", "batch_size", "epochs", "early_stopping", "jit", "stopped", "weights"}

    assert names <= set(record.notes)
    assert all(": " in record.notes[name] for name in names)
    assert record.notes["loss"] == "categorical_crossentropy: a target with 3 classes"
    assert record.counts["n_parameters"] == network.n_parameters_ == (7 + 65) * 64 + 65 * 3


def test_rows_of_unseen_classes_are_left_out_of_validation() -> None:
    """A validation class that training lacks changes no loss."""
    found = []
    for y in (CODES[:30], np.where(np.arange(30) < 10, 9, CODES[:30])):
        record = TrainingRecord()
        part = (MATRIX[:30], y) if y.max() == 9 else (MATRIX[10:30], y[10:30])
        mlp.MlpClassifier(**FAST).fit(MATRIX, CODES, validation=part, record=record)
        found.append(record.epochs[0]["validation_loss"])

    assert found[0] == pytest.approx(found[1])


def test_one_row_of_a_class_is_enough() -> None:
    """A class with a single training row is learned like any other."""
    y = np.where(np.arange(90) == 4, 3, CODES)
    network = mlp.MlpClassifier(**FAST, class_weight="balanced").fit(MATRIX, y)

    assert network.predict_proba(MATRIX).shape == (90, 4)


def test_odd_rows_are_predicted() -> None:
    """Empty texts, series that are shorter, longer or full of gaps, tables of missing values."""
    texts = recurrent.LstmClassifier(**FAST | {"epochs": 1}).fit(TEXTS, CODES)
    series = cnn.Cnn1dClassifier(**FAST | {"epochs": 1}).fit(SERIES, CODES)
    table = mlp.TableMlpClassifier(**FAST | {"epochs": 1}).fit(TABLE, CODES)
    gaps = np.full((2, 2, 12), np.nan, np.float32)
    gaps[0, 0, 3:5] = 1.0
    odd = pd.DataFrame({"a": [np.nan, np.inf], "b": [0.0, 1.0], "c": [None, "new"]})

    for network, X in (
        (texts, np.array(["", "never seen"], object)),
        (series, gaps),
        (series, SERIES[:2, :, :4]),
        (series, np.tile(SERIES[:2], 3)),
        (table, odd),
    ):
        assert np.isfinite(network.predict_proba(X)).all()


def test_series_of_unlike_length_are_masked() -> None:
    """What lies after a series' end, seen as NaN, does not change its prediction."""
    X = SERIES.copy()
    X[::2, :, 8:] = np.nan
    network = recurrent.LstmClassifier(**FAST | {"epochs": 2}).fit(X, CODES)
    short = network.predict_proba(X[:1, :, :8])

    np.testing.assert_allclose(short, network.predict_proba(X[:1]), atol=1e-6)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        (
            {"learning_rate": math.nan},
            NetworkParameterError,
            "learning_rate: expected a finite number",
        ),
        (
            {"learning_rate": 0},
            NetworkParameterError,
            "learning_rate: expected a finite number above 0",
        ),
        ({"activation": "rellu"}, UnknownNameError, "did you mean 'relu'"),
        ({"loss": "mse"}, LossError, "does not fit a target with 3 classes"),
        ({"dropout": 1.0}, NetworkParameterError, "dropout: expected a number >= 0 and < 1"),
        ({"l1": -1}, NetworkParameterError, "l1: expected a number >= 0"),
        ({"units": 0}, NetworkParameterError, "units: expected an integer >= 1"),
        ({"hidden_layers": 0}, NetworkParameterError, "hidden_layers: expected an integer >= 1"),
        ({"epochs": 0}, NetworkParameterError, "epochs: expected an integer >= 1"),
        ({"batch_size": 2.5}, NetworkParameterError, "batch_size: expected an integer >= 1"),
        ({"early_stopping": -1}, NetworkParameterError, "early_stopping: expected an integer >= 0"),
        ({"class_weight": "equal"}, NetworkParameterError, "class_weight: expected 'balanced'"),
    ],
)
def test_parameters_out_of_range_are_refused(
    params: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Each is named with its value before anything is trained."""
    with pytest.raises(error, match=message):
        mlp.MlpClassifier(**FAST | params).fit(MATRIX, CODES)


def test_rows_that_can_not_be_trained_on_are_refused() -> None:
    """One class, no rows, and fewer targets than rows."""
    for X, y, message in (
        (MATRIX, np.zeros(90, int), "at least two classes"),
        (MATRIX[:0], CODES[:0], "at least"),
        (MATRIX, CODES[:50], "as many targets as rows"),
    ):
        with pytest.raises(RowsError, match=message):
            mlp.MlpClassifier(**FAST).fit(X, y)


def test_mixed_precision_computes_in_halves_and_keeps_whole_weights() -> None:
    """Hidden layers in bfloat16; weights and output in float32; and it learns."""
    record = TrainingRecord()
    network = mlp.MlpClassifier(mixed_precision=True, **FAST).fit(MATRIX, CODES, record=record)
    layers = {layer.name: layer for layer in network.program_.model.layers}

    assert (layers["hidden_1"].compute_dtype, layers["output"].compute_dtype) == (
        "bfloat16",
        "float32",
    )
    assert layers["hidden_1"].kernel.dtype == "float32"
    assert record.notes["precision"].startswith("bfloat16")
    assert (network.predict(MATRIX) == CODES).mean() > 0.9
    assert mlp.MlpClassifier(**FAST).fit(MATRIX, CODES).program_.model.dtype == "float32"


@pytest.mark.parametrize("name", NETWORKS)
def test_every_parameter_of_a_space_is_one_of_the_network(name: str) -> None:
    """Else a search would draw what no constructor takes."""
    make, _, _ = NETWORKS[name]

    assert set(make.space().dimensions) <= set(make().get_params())
