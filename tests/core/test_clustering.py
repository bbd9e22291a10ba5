"""Metrics of clusters against computation by hand, and in every shape that trials hand over."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn import metrics as oracle

from bakeoff.metrics import clustering

OUTSIDE = {
    "adjusted_rand": oracle.adjusted_rand_score,
    "normalized_mutual_information": oracle.normalized_mutual_info_score,
    "v_measure": oracle.v_measure_score,
    "homogeneity": oracle.homogeneity_score,
    "completeness": oracle.completeness_score,
}
INSIDE = {
    "silhouette": oracle.silhouette_score,
    "davies_bouldin": oracle.davies_bouldin_score,
    "calinski_harabasz": oracle.calinski_harabasz_score,
}


def ours(name: str, first: object, second: object) -> float:
    """One of our metrics."""
    return float(getattr(clustering, name)(first, second, n_classes=0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("adjusted_rand", (1 - 1 / 3) / (1.5 - 1 / 3)),
        ("normalized_mutual_information", 0.8),
        ("v_measure", 0.8),
        ("homogeneity", 1.0),
        ("completeness", 2 / 3),
    ],
)
def test_agreement_with_labels_is_the_hand_computation(name: str, value: float) -> None:
    """Of two labels one is cut in two: entropies ln 2 and 1.5 ln 2; 1 of 6 pairs stays together."""
    assert ours(name, np.array([0, 0, 1, 1]), np.array([5, 5, -1, 2])) == pytest.approx(value)


@pytest.mark.parametrize("codes", [[0, 0, 1, 1], [-1, -1, 3, 3]])
def test_parting_in_space_is_the_hand_computation(codes: list[int]) -> None:
    """Rows at 0, 1, 10 and 11; noise is a cluster of its own."""
    X, pred = np.array([[0.0], [1.0], [10.0], [11.0]]), np.array(codes)

    assert ours("silhouette", X, pred) == pytest.approx(1 - (1 / 10.5 + 1 / 9.5) / 2)
    assert ours("davies_bouldin", X, pred) == pytest.approx((0.5 + 0.5) / 10)
    assert ours("calinski_harabasz", X, pred) == pytest.approx((4 * 25 / 1) / (4 * 0.25 / 2))


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("seed", range(6))
def test_agreement_with_labels_is_scikit_learns(name: str, seed: int) -> None:
    """For partitions of unlike size, noise included, and for one cluster."""
    rng = np.random.default_rng(seed)
    true = rng.integers(1 + seed, size=200)
    pred = np.where(rng.random(200) < 0.6, true, rng.integers(-1, 5, size=200))
    pred = np.zeros(200, int) if seed == 3 else pred

    assert ours(name, true, pred) == pytest.approx(OUTSIDE[name](true, pred), abs=1e-9)


@pytest.mark.parametrize("name", OUTSIDE)
def test_renamed_clusters_are_perfect(name: str) -> None:
    """Codes are names."""
    true = np.array([0, 0, 1, 1, 2])

    assert ours(name, true, (true + 1) % 3) == pytest.approx(1)


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("n_clusters", [2, 3, 7])
def test_parting_in_space_is_scikit_learns(name: str, n_clusters: int) -> None:
    """For matrices and sparse ones, with a cluster of one row."""
    rng = np.random.default_rng(n_clusters)
    pred = rng.integers(n_clusters, size=120)
    pred[0] = n_clusters
    X = rng.normal(size=(120, 4)) + pred[:, None]

    expected = INSIDE[name](X, pred)

    assert ours(name, X, pred) == pytest.approx(expected, rel=1e-6)
    assert ours(name, sparse.csr_matrix(X), pred) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("codes", [np.zeros(5, int), np.arange(5), np.zeros(0, int)])
def test_one_cluster_or_as_many_as_rows_have_no_value(name: str, codes: np.ndarray) -> None:
    """Nothing parts there; and no rows, no value."""
    assert np.isnan(ours(name, np.ones((len(codes), 2)), codes))


@pytest.mark.parametrize("name", INSIDE)
def test_equal_rows_are_data_too(name: str) -> None:
    """No warning and no division by nothing."""
    assert not np.isnan(ours(name, np.ones((6, 2)), np.array([0, 0, 0, 1, 1, 1])))


@pytest.mark.parametrize("name", INSIDE)
def test_rows_that_are_not_finite_have_no_value(name: str) -> None:
    """NaN, as a matrix with a missing value has no distances."""
    X = np.array([[0.0], [np.nan], [10.0], [11.0]])

    assert np.isnan(ours(name, X, np.array([0, 0, 1, 1])))


@pytest.mark.parametrize("name", OUTSIDE)
def test_many_clusters_of_few_rows_are_no_reason_to_warn(name: str) -> None:
    """Codes are not taken for the values of a regression."""
    assert 0 <= ours(name, np.array([0, 0, 1, 1, 1]), np.arange(5)) <= 1


@pytest.mark.parametrize("name", OUTSIDE)
def test_without_labels_there_is_no_agreement(name: str) -> None:
    """NaN, which is stored as missing."""
    assert np.isnan(ours(name, None, np.array([0, 1])))
