"""What every registered features class promises, whatever its input kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from bakeoff.registry.catalogue import Registry, Trainable
from bakeoff_classic import hooks

if TYPE_CHECKING:
    import pandas as pd


def _offered() -> list[Trainable]:
    registry = Registry()
    hooks.bakeoff_register_features(registry.register("features", "classic"))
    return [c for c in registry.all("features") if isinstance(c, Trainable)]


OFFERED = _offered()
every_features = pytest.mark.parametrize(
    "component", OFFERED, ids=[f"{c.inputs[0]}-{c.name}" for c in OFFERED]
)


def _make(component: Trainable) -> Any:
    if component.missing:
        pytest.skip(f"needs {', '.join(component.missing)}")
    features = component.load()()
    if "random_state" in features.get_params():
        features.set_params(random_state=0)
    return features


def _take(X: Any, rows: Any) -> Any:
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _dense(matrix: Any) -> np.ndarray:
    return matrix.toarray() if sparse.issparse(matrix) else matrix


@every_features
def test_features_are_a_finite_float32_matrix_of_their_rows(
    component: Trainable, inputs: dict[str, Any], classes: np.ndarray
) -> None:
    """One row a sample, float32, dense or CSR, nothing missing or infinite."""
    X = inputs[component.inputs[0]]
    matrix = _make(component).fit(X, classes).transform(X)

    assert isinstance(matrix, np.ndarray | sparse.csr_matrix)
    assert (matrix.dtype, matrix.shape[0], matrix.ndim) == (np.float32, len(X), 2)
    assert matrix.shape[1] > 0
    assert np.isfinite(_dense(matrix)).all()


@every_features
def test_same_seed_gives_the_same_matrix_bit_for_bit(
    component: Trainable, inputs: dict[str, Any], classes: np.ndarray
) -> None:
    """Two fits of equal parameters on equal rows agree exactly."""
    X = inputs[component.inputs[0]]
    features = _make(component)
    again = clone(features)
    one, other = (_dense(f.fit(X, classes).transform(X)) for f in (features, again))

    assert one.tobytes() == other.tobytes()


@every_features
def test_a_rows_features_do_not_depend_on_its_neighbours(
    component: Trainable, inputs: dict[str, Any], classes: np.ndarray
) -> None:
    """Alone, in reverse order or among others, a row is described alike."""
    X = inputs[component.inputs[0]]
    features = _make(component).fit(_take(X, slice(0, 30)), classes[:30])
    together = _dense(features.transform(X))
    reverse = _dense(features.transform(_take(X, slice(None, None, -1))))[::-1]
    alone = np.vstack([_dense(features.transform(_take(X, [i]))) for i in (0, 4, 39)])

    assert np.allclose(reverse, together, rtol=1e-5, atol=1e-6)
    assert np.allclose(alone, together[[0, 4, 39]], rtol=1e-5, atol=1e-6)


@every_features
def test_inputs_are_left_as_they_were(
    component: Trainable, inputs: dict[str, Any], classes: np.ndarray
) -> None:
    """Fitting and transforming write into nothing that they were handed."""
    X = inputs[component.inputs[0]]
    before = X.copy()
    _make(component).fit(X, classes).transform(X)

    if component.inputs == ("table",):
        frame: pd.DataFrame = before
        assert frame.equals(X)
    else:
        assert np.array_equal(before, X, equal_nan=component.inputs == ("sequence",))


@every_features
def test_one_training_row_is_enough(component: Trainable, inputs: dict[str, Any]) -> None:
    """A single row, and no target, still gives features for every row."""
    X = inputs[component.inputs[0]]
    matrix = _make(component).fit(_take(X, [6])).transform(X)

    assert matrix.shape[0] == len(X)


@every_features
def test_stateless_features_do_not_depend_on_what_was_fitted(
    component: Trainable, inputs: dict[str, Any]
) -> None:
    """What is shared across splits must be the same whatever rows it saw."""
    if not component.stateless:
        pytest.skip("declares that it learns from training rows")
    X = inputs[component.inputs[0]]
    on_some = _make(component).fit(_take(X, slice(0, 5))).transform(X)
    on_all = _make(component).fit(X).transform(X)

    assert np.array_equal(_dense(on_some), _dense(on_all))


@pytest.mark.parametrize("kind", ["table", "image", "text", "sequence"])
def test_every_input_kind_has_raw_manual_and_random(kind: str) -> None:
    """A suite may cross these three over any task."""
    found = {c.name: c.source for c in OFFERED if c.inputs == (kind,)}

    assert {"raw": "raw", "manual": "manual", "random": "random"}.items() <= found.items()
