"""The penultimate layer of a trained network as a matrix."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

from sklearn.linear_model import LogisticRegression

from bakeoff_deep.cnn import CnnClassifier
from bakeoff_deep.features import CnnFeatures, LstmFeatures, held_out
from bakeoff_deep.recurrent import LstmClassifier
from bakeoff_keras.errors import RowsError

RNG = np.random.default_rng(0)
CODES = np.arange(90) % 3
IMAGES = RNG.integers(0, 60, (90, 8, 8, 1)).astype(np.uint8)
IMAGES[np.arange(90), CODES * 2] += 150
SERIES = RNG.normal(0, 0.3, (90, 2, 12)).astype(np.float32) + CODES[:, None, None]


def test_the_output_layer_on_the_features_is_the_network() -> None:
    """Softmax of the features times the output weights gives the network's probabilities."""
    features = CnnFeatures(units=16, epochs=3, random_state=1).fit(IMAGES, CODES)
    matrix = features.transform(IMAGES)
    output = features.program_.model.get_layer("output")
    kernel, bias = (np.asarray(variable.value) for variable in output.weights)
    scores = np.exp(matrix @ kernel + bias)

    assert matrix.shape == (90, 16)
    np.testing.assert_allclose(
        scores / scores.sum(axis=1, keepdims=True), features.program_.outputs((IMAGES,)), atol=1e-4
    )


def test_a_learner_on_the_features_tells_the_classes() -> None:
    """Logistic regression on an LSTM's last state; a row's features don't depend on others."""
    features = LstmFeatures(epochs=15, learning_rate=0.02, random_state=1).fit(SERIES, CODES)
    matrix = features.transform(SERIES)

    head = LogisticRegression(max_iter=500).fit(matrix[:60], CODES[:60])

    assert head.score(matrix[60:], CODES[60:]) > 0.9
    np.testing.assert_allclose(features.transform(SERIES[4:6]), matrix[4:6], atol=1e-5)


def test_values_train_the_network_too() -> None:
    """A float target is a continuous one."""
    features = LstmFeatures(units=8, epochs=1).fit(SERIES, CODES * 1.5)

    assert features.program_.model.output_shape == (None, 1)


def test_every_class_stays_in_training() -> None:
    """A class of one row is not held out, others are by a fifth; the same seed, the same rows."""
    y = np.array([0] * 50 + [1] * 10 + [2])
    out = held_out(y, 3)

    assert [int(out[y == code].sum()) for code in range(3)] == [10, 2, 0]
    assert (out == held_out(y, 3)).all()


def test_a_network_can_not_be_trained_without_targets() -> None:
    """Clustering has none."""
    with pytest.raises(RowsError, match="expected targets"):
        CnnFeatures().fit(IMAGES)


def test_features_have_the_defaults_of_their_network() -> None:
    """Every parameter and its default is the method's own."""
    for features, network in ((CnnFeatures, CnnClassifier), (LstmFeatures, LstmClassifier)):
        assert features().get_params() == network().get_params()
