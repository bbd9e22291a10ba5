"""How rows of each input kind reach a network."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.preprocessing import StandardScaler

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

from bakeoff.interfaces import Embedding
from bakeoff_deep.fronts import ImageFront, MatrixFront
from bakeoff_deep.series import FIRST, PAD, START, UNKNOWN, SeriesFront, TextFront
from bakeoff_deep.tables import MISSING, UNSEEN, TableFront
from bakeoff_keras.errors import RowsError

NAN = float("nan")


def test_matrices_are_standardised_as_scikit_learn_does() -> None:
    """A constant column stays 0, and what lies far off is cut."""
    X = np.random.default_rng(0).normal(5, 3, (200, 3))
    X[:, 2] = 7.0
    X[0, 0] = 1e6
    expected = StandardScaler().fit_transform(X).clip(-8, 8)
    front = MatrixFront().fit(X)

    np.testing.assert_allclose(front.rows(X).all()[0], expected, atol=1e-5)


def test_sparse_matrices_keep_their_zeros() -> None:
    """Columns are divided by their largest value; an empty column stays empty."""
    X = sparse.csr_matrix(np.array([[0.0, -4.0, 0.0], [2.0, 2.0, 0.0]]))
    found = MatrixFront().fit(X).rows(X).all()[0]

    assert found.tolist() == [[0.0, -1.0, 0.0], [1.0, 0.5, 0.0]]


def test_rows_of_another_shape_are_refused() -> None:
    """Features, images and columns that training did not have are named."""
    with pytest.raises(RowsError, match="expected rows of 3 features"):
        MatrixFront().fit(np.ones((4, 3))).rows(np.ones((4, 2)))
    front = ImageFront().fit(np.ones((2, 4, 4, 1), np.uint8))
    with pytest.raises(RowsError, match=r"expected images of shape \(4, 4, 1\)"):
        front.rows(np.ones((2, 5, 5, 1), np.uint8))
    with pytest.raises(RowsError, match=r"expected columns \['a'\]"):
        TableFront().fit(pd.DataFrame({"a": [1]})).rows(pd.DataFrame({"b": [1]}))
    with pytest.raises(RowsError, match="expected 1 channels; got 2"):
        SeriesFront().fit(np.ones((2, 1, 4))).rows(np.ones((2, 2, 4)))
    with pytest.raises(RowsError, match="at least one row"):
        MatrixFront().fit(np.ones((0, 3)))


def test_tables_flag_gaps_and_code_categories() -> None:
    """Numbers 1, 3 and a gap: scaled, 0 with a flag; categories known, missing, unseen."""
    train = pd.DataFrame({"n": [1.0, 3.0, NAN], "c": ["x", None, "y"], "full": [0.0, 2.0, 4.0]})
    front = TableFront().fit(train)
    numbers, codes = front.rows(train).all()
    fresh = pd.DataFrame({"n": [NAN], "c": ["z"], "full": [2.0]})
    new_numbers, new_codes = front.rows(fresh).all()

    np.testing.assert_allclose(numbers[:, 0], [-1, 1, 0])
    assert numbers[:, 2].tolist() == [0, 0, 1]
    assert codes[:, 0].tolist() == [2, MISSING, 3]
    assert (new_numbers.tolist(), new_codes.tolist()) == ([[0, 0, 1]], [[UNSEEN]])


def test_moments_and_truth_values_are_numbers() -> None:
    """A date and a boolean column become two standardised numbers, a missing date a flag."""
    table = pd.DataFrame(
        {"day": pd.to_datetime(["2024-01-01", None, "2024-01-03"]), "yes": [True, False, True]}
    )
    (numbers,) = TableFront().fit(table).rows(table).all()

    np.testing.assert_allclose(numbers[:, 0], [-1, 0, 1])
    assert numbers[:, 2].tolist() == [0, 1, 0]


def test_gaps_in_series_are_interpolated_and_ends_are_told() -> None:
    """A gap between 1 and 3 is 2; a series that ends early is 0 and absent after its end."""
    X = np.array([[[1.0, NAN, 3.0, 4.0]], [[4.0, 3.0, NAN, NAN]]], np.float32)
    front = SeriesFront().fit(X)
    steps, present = front.rows(X).all()
    back = steps[..., 0] * front.scale_ + front.mean_

    np.testing.assert_allclose(back[0], [1, 2, 3, 4], rtol=1e-6)
    np.testing.assert_allclose(back[1, :2], [4, 3], rtol=1e-6)
    assert (steps[1, 2:, 0].tolist(), present[1].tolist()) == ([0, 0], [True, True, False, False])


def test_long_series_are_averaged_over_windows() -> None:
    """Six timepoints in at most three steps are three means of two."""
    X = np.arange(12, dtype=np.float32).reshape(2, 1, 6)
    front = SeriesFront(max_steps=3).fit(X)
    (steps,) = front.rows(X).all()

    np.testing.assert_allclose(
        steps[..., 0] * front.scale_ + front.mean_, [[0.5, 2.5, 4.5], [6.5, 8.5, 10.5]], rtol=1e-5
    )


def test_a_series_without_any_value_is_all_zero() -> None:
    """It is no error, and it has one step."""
    X = np.full((2, 1, 3), NAN, np.float32)
    X[0] = [1, 2, 3]
    steps, present = SeriesFront().fit(X).rows(X).all()

    assert (steps[1].tolist(), present[1].tolist()) == ([[0], [0], [0]], [True, False, False])


def test_words_have_codes_by_frequency() -> None:
    """Words that occur once are unknown; an empty text is its start sign."""
    texts = np.array(["Red, red blue", "blue red green", ""], dtype=object)
    front = TextFront().fit(texts)
    (codes,) = front.rows(texts).all()

    assert front.codes_ == {"red": FIRST, "blue": FIRST + 1}
    assert codes[0].tolist() == [START, FIRST, UNKNOWN, FIRST, FIRST + 1][: codes.shape[1]]
    assert codes[2].tolist() == [START] + [PAD] * (codes.shape[1] - 1)


class Ready:
    """Features that were told their vectors."""

    def fit(self, X: object) -> Ready:
        """Learn nothing."""
        return self

    def embedding(self) -> Embedding:
        """Two words that the texts hold and one that they lack."""
        vectors = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.float32)
        return Embedding(words=("blue", "green", "red"), vectors=vectors)


@pytest.mark.parametrize("trainable", [False, True])
def test_a_text_network_starts_from_the_vectors_that_it_is_given(*, trainable: bool) -> None:
    """Words that training lacks but the vectors know have a code too."""
    texts = np.array(["red red blue", "blue odd odd"], dtype=object)
    front = TextFront(start=Ready(), trainable=trainable).fit(texts)
    opening = front.open(augment=False)
    model = keras.Model(opening.inputs, opening.tensor)
    (table,) = model.get_layer("embedding").get_weights()

    assert front.codes_.keys() == {"red", "blue", "odd", "green"}
    for word, vector in (("blue", [1, 2, 3]), ("green", [4, 5, 6]), ("red", [7, 8, 9])):
        np.testing.assert_array_equal(table[front.codes_[word]], vector)
    assert abs(table[front.codes_["odd"]]).max() < 0.05
    assert bool(model.trainable_weights) is trainable
