"""What is told of layers, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

import keras

from bakeoff_keras.layers import WeightWatch, forward_flops, trainable_layers
from bakeoff_keras.rows import InputRows

L = keras.layers


def test_norm_and_near_zero_share_are_those_of_the_weights() -> None:
    """Weights 3, 4, 0 and 1e-5: norm 5; two of four lie below a thousandth of the first spread."""
    source = keras.Input((4,))
    model = keras.Model(source, L.Dense(1, name="line")(source))
    kernel = model.get_layer("line").kernel
    kernel.assign([[1.0], [-1.0], [1.0], [-1.0]])
    watch = WeightWatch(trainable_layers(model))
    kernel.assign([[3.0], [4.0], [0.0], [1e-5]])

    assert {"weight_norm/line": pytest.approx(5.0), "near_zero/line": 0.5} == watch.look()


def test_work_of_a_forward_pass_is_counted_by_layer() -> None:
    """Convolution 9 x 1 x 2 weights at 16 places, then 32 x 3 weights: two operations each."""
    source = keras.Input((6, 6, 1))
    hidden = L.Flatten()(L.Conv2D(2, 3)(source))
    model = keras.Model(source, L.Dense(3)(hidden))

    assert forward_flops(model) == 2 * (9 * 2 * 16) + 2 * (32 * 3)


def test_work_of_a_recurrent_layer_grows_with_its_steps() -> None:
    """An LSTM of 3 units on 2 channels: 4 gates of (2 + 3) x 3 weights at each of 7 steps."""
    source = keras.Input((7, 2))
    model = keras.Model(source, L.LSTM(3)(source))

    assert forward_flops(model) == 2 * 4 * (2 + 3) * 3 * 7


def test_rows_are_dense_whatever_they_were() -> None:
    """Sparse and dense parts give the same blocks; their memory is that of dense rows."""
    X = np.eye(6, dtype=np.float32)
    dense, thin = InputRows((X,)), InputRows((sparse.csr_matrix(X),))
    rows = np.array([4, 1])

    assert (dense.take(rows)[0] == thin.take(rows)[0]).all()
    assert 6 * 6 * 4 / 2**20 == dense.mib == thin.mib
