"""Clusters as features: worked out by hand, over any features, and put to a paired study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml
from scipy import sparse

from bakeoff.store.database import read_run
from bakeoff_embeddings.cluster_features import ClusterFeatures
from bakeoff_embeddings.errors import ParameterError
from bakeoff_embeddings.studies import ClusterAblation

if TYPE_CHECKING:
    from pathlib import Path

    from sklearn.base import BaseEstimator


class Matrix:
    """Features that are what they are given, dense or sparse."""

    def __init__(self, make: Any = np.asarray) -> None:
        self.make = make

    def fit(self, X: Any) -> Matrix:
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> Any:
        """The rows."""
        return self.make(X)


ROWS = np.array([[-1.0], [-1.0], [-1.0], [1.0], [1.0], [1.0]])
"""Mean 0 and spread 1: standardised already."""


def fitted(**params: Any) -> BaseEstimator:
    """Two clusters of `ROWS`, at -1 and 1."""
    return ClusterFeatures(over=Matrix(), n_clusters=2, keep=False, random_state=0, **params).fit(
        ROWS
    )


def test_distances_are_those_to_the_centres() -> None:
    """Of a row at a centre, and of one in the middle."""
    found = fitted(use=["distances"]).transform(np.array([[-1.0], [0.0]]))

    np.testing.assert_allclose(found, [[0, 2], [1, 1]], atol=1e-6)


def test_memberships_sum_to_one_and_prefer_the_nearer() -> None:
    """Half and half in the middle."""
    found = fitted(use=["memberships"]).transform(np.array([[0.0], [-0.5]]))

    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(found[0], 0.5, rtol=1e-6)
    assert found[1, 0] > found[1, 1]


def test_one_hot_marks_the_nearest() -> None:
    """One column a cluster."""
    found = fitted(use=["one_hot"]).transform(np.array([[-3.0], [0.2]]))

    np.testing.assert_array_equal(found, [[1, 0], [0, 1]])


def test_statistics_tell_share_and_distance_beside_the_next_centre() -> None:
    """Each cluster holds half of the rows; a row at 0.5 is three times as far from the other."""
    found = fitted(use=["statistics"]).transform(np.array([[0.5]]))

    assert found[0, 0] == pytest.approx(0.5)
    assert found[0, 3] == pytest.approx(0.5 / 1.5, rel=1e-6)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_kept_features_stand_beside_the_clusters(make: Any) -> None:
    """As they were, dense or sparse."""
    made = ClusterFeatures(over=Matrix(make), n_clusters=2, use=["one_hot"], random_state=0).fit(
        ROWS
    )
    found = made.transform(ROWS)
    dense = found.toarray() if sparse.issparse(found) else found

    assert sparse.issparse(found) == (make is sparse.csr_matrix)
    np.testing.assert_array_equal(dense[:, :1], ROWS)
    assert dense.shape == (6, 3)


def test_targets_change_nothing() -> None:
    """Clusters are free of the target."""
    X = np.random.default_rng(0).normal(size=(40, 3))
    one, other = (
        ClusterFeatures(over=Matrix(), n_clusters=3, random_state=0).fit(X, y).transform(X)
        for y in (None, np.arange(40) % 2)
    )

    np.testing.assert_array_equal(one, other)


def test_more_clusters_than_rows_are_as_many_as_rows() -> None:
    """Each different row is one."""
    rows = np.array([[0.0], [1.0], [2.0]])
    made = ClusterFeatures(
        over=Matrix(), n_clusters=50, use=["one_hot"], keep=False, random_state=0
    )

    assert made.fit(rows).transform(rows).shape == (3, 3)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"use": ["distance"]}, "any of distances, .*; got 'distance'"),
        ({"use": [], "keep": False}, "something where keep is false"),
        ({"n_clusters": 0}, "n_clusters to be a whole number >= 1; got 0"),
    ],
)
def test_bad_parameters_are_told(params: dict[str, Any], told: str) -> None:
    """With what was expected."""
    with pytest.raises(ParameterError, match=told):
        ClusterFeatures(over=Matrix(), **params).fit(ROWS)


def test_the_study_refuses_words_that_it_does_not_know() -> None:
    """A typing error must not make an empty study."""
    with pytest.raises(ValueError, match="expected use to be any of"):
        ClusterAblation(use=["distance"])


def test_the_study_pairs_clusters_with_their_absence(bench: Any, tmp_path: Path) -> None:
    """The control has the plain features alone; all three meet the same rows."""
    value = {
        "name": "uplift",
        "tasks": ["iris"],
        "methods": [
            {
                "name": "grouped",
                "features": "clusters",
                "learner": "logistic",
                "params": {"over": "raw", "n_clusters": 5},
            },
            "raw+logistic",
        ],
        "protocol": {"split": "holdout", "repeats": 2},
        "studies": [{"study": "clusters", "methods": ["grouped"]}],
    }
    (tmp_path / "uplift.yaml").write_text(yaml.safe_dump(value, sort_keys=False))
    told = bench("run", str(tmp_path / "uplift.yaml"), "--no-report", "--workers", "1")
    trials = read_run(tmp_path / "runs" / "uplift").trials
    width = trials.groupby(["method", "variant"])["n_features"].first()
    score = trials.set_index(["method", "variant", "repeat"])["test_score"]

    assert told.code == 0, told.out + told.err
    assert width["grouped", "without"] == width["raw+logistic", "default"] == 4
    assert width["grouped", "added"] == 14
    assert width["grouped", "in_place"] == 10
    for repeat in range(2):
        plain = score["raw+logistic", "default", repeat]
        assert score["grouped", "without", repeat] == pytest.approx(plain)
