"""Learners against scikit-learn called directly, and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn import datasets, svm
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bakeoff_classic.bayes import NaiveBayes
from bakeoff_classic.linear import Logistic, Ridge
from bakeoff_classic.neighbours import NearestNeighboursClassifier
from bakeoff_classic.svm import SvmClassifier, SvmRegressor
from bakeoff_classic.trees import ForestClassifier, TreeClassifier


@pytest.fixture(scope="module")
def cancer() -> list[np.ndarray]:
    """Breast cancer, split 80/20 by class: X train, X test, y train, y test."""
    X, y = datasets.load_breast_cancer(return_X_y=True)
    return list(train_test_split(X, y, test_size=0.2, random_state=0, stratify=y))


@pytest.fixture(scope="module")
def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """Diabetes progression: X standardised, y in its own units."""
    X, y = datasets.load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def test_logistic_equals_scikit_learn_on_breast_cancer(cancer: list[np.ndarray]) -> None:
    """The same split and the same pipeline, called directly: equal to the last bit."""
    X_train, X_test, y_train, y_test = cancer
    direct = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5_000))
    direct.fit(X_train, y_train)
    ours = Logistic().fit(X_train, y_train)

    assert np.array_equal(ours.predict_proba(X_test), direct.predict_proba(X_test))
    assert ours.score(X_test, y_test) == direct.score(X_test, y_test) > 0.95


@pytest.mark.parametrize("load", [datasets.load_breast_cancer, datasets.load_wine])
def test_l1_drives_coefficients_to_zero_and_l2_does_not(load: object) -> None:
    """For two classes and for three, a strong penalty empties many coefficients."""
    X, y = load(return_X_y=True)  # type: ignore[operator]  # one of scikit-learn's loaders
    sparse_ = Logistic(penalty="l1", C=0.05, random_state=0).fit(X, y).coef_
    small = Logistic(penalty="l2", C=0.05).fit(X, y).coef_

    assert sparse_.shape[1] == X.shape[1]
    assert (sparse_ == 0).mean() > 0.4
    assert (small == 0).sum() == 0


def test_ridge_solves_its_normal_equations(diabetes: tuple[np.ndarray, np.ndarray]) -> None:
    """mean((y - X w)^2) / 2 + alpha |w|^2 / 2 has its minimum where the gradient is zero."""
    X, y = diabetes
    target = (y - y.mean()) / y.std()
    expected = np.linalg.solve(X.T @ X / len(y) + 0.1 * np.eye(X.shape[1]), X.T @ target / len(y))

    assert np.allclose(Ridge(alpha=0.1).fit(X, y).coef_, expected)


def test_lasso_equals_scikit_learn(diabetes: tuple[np.ndarray, np.ndarray]) -> None:
    """The same penalty on a standardised target, predictions in the target's own units."""
    X, y = diabetes
    direct = Lasso(alpha=0.1).fit(X, (y - y.mean()) / y.std())
    ours = Ridge(penalty="l1", alpha=0.1).fit(X, y)

    assert np.allclose(ours.coef_, direct.coef_, atol=1e-6)
    assert np.allclose(ours.predict(X), direct.predict(X) * y.std() + y.mean(), atol=1e-3)


def test_sparse_weights_within_one_are_left_alone() -> None:
    """TF-IDF keeps its weights; counts and lengths above 1 are divided by their maximum."""
    X, y = sparse.csr_matrix([[0.5, 4.0, 0.0], [0.1, -8.0, 0.0], [0.2, 2.0, 0.0]]), [0, 1, 1]
    by_hand = sparse.csr_matrix([[0.5, 0.5, 0], [0.1, -1, 0], [0.2, 0.25, 0]])
    direct = LogisticRegression(max_iter=5_000).fit(by_hand, y)

    assert np.array_equal(Logistic().fit(X, y).coef_, direct.coef_)


@pytest.mark.parametrize("learner", [Logistic(penalty="l3"), Ridge(penalty="L1")])
def test_an_unknown_penalty_is_refused(learner: Logistic | Ridge, cancer: list[np.ndarray]) -> None:
    """The message names what is known and what came."""
    with pytest.raises(ValueError, match=r"expected penalty 'l1' or 'l2'; got '(l3|L1)'"):
        learner.fit(cancer[0], cancer[2])


def test_small_dense_data_get_the_radial_kernel(cancer: list[np.ndarray]) -> None:
    """Labels are those of scikit-learn's SVC behind the same scaler."""
    X_train, X_test, y_train, _ = cancer
    direct = make_pipeline(StandardScaler(), svm.SVC()).fit(X_train, y_train)
    ours = SvmClassifier(random_state=0).fit(X_train, y_train)

    assert np.array_equal(ours.predict(X_test), direct.predict(X_test))


def test_large_data_get_a_linear_machine_as_good_as_the_exact_one(
    cancer: list[np.ndarray],
) -> None:
    """Over the row limit the accuracy is that of an exact linear machine, within two rows."""
    X_train, X_test, y_train, y_test = cancer
    exact = make_pipeline(StandardScaler(), svm.SVC(kernel="linear")).fit(X_train, y_train)
    ours = SvmClassifier(max_kernel_rows=100, random_state=0).fit(X_train, y_train)

    assert ours.score(X_test, y_test) == pytest.approx(exact.score(X_test, y_test), abs=2.5 / 114)


def test_svm_probabilities_are_better_than_the_class_shares(cancer: list[np.ndarray]) -> None:
    """Calibrated: the log loss on new rows lies far below that of a constant."""
    X_train, X_test, y_train, y_test = cancer
    proba = SvmClassifier(random_state=0).fit(X_train, y_train).predict_proba(X_test)

    assert -np.log(proba[np.arange(len(y_test)), y_test]).mean() < 0.2


def test_linear_svr_predicts_in_the_targets_units(
    diabetes: tuple[np.ndarray, np.ndarray],
) -> None:
    """Large or sparse data: close to ridge on data that are linear."""
    X, y = diabetes
    ours = SvmRegressor(max_kernel_rows=0, epsilon=0.0, random_state=0).fit(X, y)

    assert np.allclose(ours.predict(X), Ridge(alpha=1e-6).fit(X, y).predict(X), atol=5)


def test_naive_bayes_of_sparse_counts_is_multinomial() -> None:
    """Counts go to scikit-learn's multinomial model unscaled."""
    X = sparse.random(40, 12, 0.4, format="csr", random_state=0)
    y = np.arange(40) % 3

    assert np.allclose(
        NaiveBayes().fit(X, y).predict_proba(X), MultinomialNB().fit(X, y).predict_proba(X)
    )


def test_naive_bayes_takes_sparse_rows_with_negative_values() -> None:
    """They are no counts: the Gaussian model gets them, as it would dense."""
    X = sparse.random(40, 12, 0.4, format="csr", random_state=0) * -1
    y = np.arange(40) % 3
    dense = NaiveBayes().fit(X.toarray(), y).predict_proba(X.toarray())

    assert np.allclose(NaiveBayes().fit(X, y).predict_proba(X), dense)


def test_neighbours_never_outnumber_the_rows() -> None:
    """Three training rows: each new row gets the vote of all three."""
    learner = NearestNeighboursClassifier().fit([[0.0], [1.0], [2.0]], [0, 1, 1])

    assert np.allclose(learner.predict_proba([[5.0]]), [[1 / 3, 2 / 3]])


def test_nodes_of_trees_are_counted(cancer: list[np.ndarray]) -> None:
    """A binary tree of n leaves has 2n - 1 nodes; a forest has those of its trees."""
    tree = TreeClassifier(random_state=0).fit(cancer[0], cancer[2])
    forest = ForestClassifier(n_estimators=3, random_state=0).fit(cancer[0], cancer[2])

    assert tree.n_parameters_ == 2 * tree.get_n_leaves() - 1
    assert forest.n_parameters_ == sum(2 * t.get_n_leaves() - 1 for t in forest.estimators_)


@pytest.mark.parametrize("labels", [(1, 2), (3, 7)])
def test_svm_does_not_depend_on_the_labels_names(
    cancer: list[np.ndarray], labels: tuple[int, int]
) -> None:
    """Codes with holes, as where training lacks a class: the same probabilities as 0 and 1."""
    X_train, X_test, y_train, _ = cancer
    plain = SvmClassifier(random_state=0).fit(X_train, y_train)
    named = SvmClassifier(random_state=0).fit(X_train, np.asarray(labels)[y_train])
    assert np.array_equal(named.predict_proba(X_test), plain.predict_proba(X_test))
    assert np.array_equal(named.predict(X_test), np.asarray(labels)[plain.predict(X_test)])
