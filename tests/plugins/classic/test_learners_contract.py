"""What every registered learner promises, on dense and on sparse matrices."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression

from bakeoff.registry.catalogue import Registry, Trainable
from bakeoff_classic import hooks


def _offered() -> list[Trainable]:
    registry = Registry()
    hooks.bakeoff_register_learners(registry.register("learners", "classic"))
    return [c for c in registry.all("learners") if isinstance(c, Trainable)]


PAIRS = [(component, problem) for component in _offered() for problem in component.problems]
every_learner = pytest.mark.parametrize(
    ("component", "problem"), PAIRS, ids=[f"{c.name}-{problem}" for c, problem in PAIRS]
)
form = pytest.mark.parametrize("form", ["dense", "sparse"])


def _make(component: Trainable) -> Any:
    if component.missing:
        pytest.skip(f"needs {', '.join(component.missing)}")
    learner = component.load()()
    few = {"max_iter": 5} if component.name == "hist_boosting" else {"n_estimators": 5}
    known = learner.get_params()
    granted = {"random_state": 7, "n_jobs": 1, **few}
    return learner.set_params(**{name: v for name, v in granted.items() if name in known})


def _data(problem: str, form: str = "dense") -> tuple[Any, np.ndarray]:
    if problem == "regression":
        X, y = make_regression(90, 8, noise=5, random_state=0)
    else:
        n_classes = 2 if problem == "binary" else 3
        X, y = make_classification(90, 8, n_informative=5, n_classes=n_classes, random_state=0)
    X = X.astype(np.float32)
    X[:, 0] = 1.0
    if form == "sparse":
        X = sparse.csr_matrix(np.maximum(X, 0))
    return X, y


@form
@every_learner
def test_learners_beat_the_constant_on_rows_they_saw(
    component: Trainable, problem: str, form: str
) -> None:
    """Fitting fits, on a matrix with a constant column, dense or sparse."""
    X, y = _data(problem, form)
    learner = _make(component).fit(X, y)
    naive = 0.0 if problem == "regression" else np.bincount(y).max() / len(y)

    if component.name == "constant":
        assert learner.score(X, y) == pytest.approx(naive)
    else:
        assert learner.score(X, y) > naive + 0.1


@every_learner
def test_probabilities_sum_to_one_and_agree_with_labels(component: Trainable, problem: str) -> None:
    """One column a class in the order of `classes_`; the largest one is the label."""
    if problem == "regression":
        pytest.skip("has no probabilities")
    X, y = _data(problem)
    learner = _make(component).fit(X, y + 3)
    proba = learner.predict_proba(X)

    assert learner.classes_.tolist() == sorted(set(y + 3))
    assert proba.shape == (len(y), len(learner.classes_))
    assert np.allclose(proba.sum(axis=1), 1)
    assert np.array_equal(learner.classes_[proba.argmax(axis=1)], learner.predict(X))


@form
@every_learner
def test_same_seed_gives_the_same_predictions_bit_for_bit(
    component: Trainable, problem: str, form: str
) -> None:
    """Two fits of equal parameters agree exactly."""
    X, y = _data(problem, form)
    learner = _make(component)
    name = "predict" if problem == "regression" else "predict_proba"
    one, other = (getattr(m.fit(X, y), name)(X) for m in (learner, clone(learner)))

    assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


@every_learner
def test_read_only_matrices_are_enough(component: Trainable, problem: str) -> None:
    """Matrices may be mapped from disk: nothing is written into them."""
    X, y = _data(problem)
    X.flags.writeable = False
    before = X.copy()
    _make(component).fit(X, y).predict(X)

    assert np.array_equal(X, before)


@every_learner
def test_a_fitted_learner_survives_pickling(component: Trainable, problem: str) -> None:
    """What comes back predicts the same."""
    X, y = _data(problem)
    learner = _make(component).fit(X, y)
    again = pickle.loads(pickle.dumps(learner))  # noqa: S301  written a line ago

    assert np.array_equal(again.predict(X), learner.predict(X))


@every_learner
def test_a_class_with_one_row_is_learned(component: Trainable, problem: str) -> None:
    """Rare classes happen in small training parts."""
    if problem == "regression":
        pytest.skip("has no classes")
    X, y = _data(problem)
    y = y.copy()
    y[0] = 9
    learner = _make(component).fit(X, y)

    assert learner.predict_proba(X).shape[1] == len(set(y))


@every_learner
def test_parameters_are_counted_where_they_mean_something(
    component: Trainable, problem: str
) -> None:
    """Coefficients of linear learners and nodes of trees: a positive number."""
    if component.name in {"constant", "naive_bayes", "nearest_neighbours", "svm"}:
        pytest.skip("keeps rows or counts, not parameters of a size to compare")
    X, y = _data(problem)

    assert _make(component).fit(X, y).n_parameters_ > 0
