"""Clusterers sort rows as scikit-learn does, never see labels, and say how stable they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml
from sklearn.cluster import KMeans as Oracle
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import scale

from bakeoff.metrics.clustering import adjusted_rand, v_measure
from bakeoff.store.database import read_run
from bakeoff.testing import ClustererContract
from bakeoff.training import TrainingRecord
from bakeoff_embeddings import clusterers, resampling
from bakeoff_embeddings.errors import ClustersError

if TYPE_CHECKING:
    from pathlib import Path

TINY = {"dataset": "tiny"}
COUNTED = ("KMeans", "MiniBatchKMeans", "GaussianMixture", "Agglomerative", "Spectral")
DENSE = ("Dbscan", "Hdbscan")
BLOBS, BELONGS = make_blobs(150, centers=3, cluster_std=0.4, random_state=2)


class TestClusterers(ClustererContract):
    """Every clusterer."""

    plugin = "embeddings"


def make(name: str, **params: Any) -> Any:
    """An unfitted clusterer, of three clusters unless told otherwise."""
    if name in COUNTED:
        params = {"n_clusters": 3} | params
    return getattr(clusterers, name)(random_state=0, **params)


@pytest.mark.parametrize("name", [*COUNTED, *DENSE])
def test_clusters_that_lie_apart_are_found(name: str) -> None:
    """Whatever the clusterer; the dense ones leave few rows as noise."""
    assert adjusted_rand_score(BELONGS, make(name).fit(BLOBS).labels_) > 0.85


def test_the_digits_of_scikit_learns_example_come_out_the_same() -> None:
    """Its page on k-means over scaled digits prints ARI 0.469 and V-measure 0.621."""
    X, y = load_digits(return_X_y=True)
    rows = scale(X)
    labels = Oracle(10, n_init=4, random_state=0).fit(rows).labels_
    ours = make("KMeans", n_clusters=10).fit(rows)
    same = Oracle(10, n_init=10, random_state=0).fit(rows).labels_

    np.testing.assert_array_equal(ours.labels_, same)
    assert adjusted_rand(y, labels, n_classes=10) == pytest.approx(0.469, abs=0.005)
    assert v_measure(y, labels, n_classes=10) == pytest.approx(0.621, abs=0.005)


@pytest.mark.parametrize("name", COUNTED)
def test_more_clusters_than_rows_are_told(name: str) -> None:
    """With both numbers."""
    with pytest.raises(ClustersError, match="expected at least 9 rows for 9 clusters; got 5"):
        make(name, n_clusters=9).fit(BLOBS[:5])


@pytest.mark.parametrize("name", [*COUNTED, *DENSE])
def test_rows_that_are_all_equal_are_one_cluster(name: str) -> None:
    """No error, no warning, and new rows belong to it."""
    record = TrainingRecord()
    rows = np.ones((12, 3))
    made = make(name).fit(rows, record=record)
    made.examine({"train": rows}, record)

    assert set(made.labels_) == {0}
    assert not hasattr(made, "predict") or set(made.predict(BLOBS[:, :1].repeat(3, 1))) == {0}
    assert record.notes["clusters_found"].startswith("1:")


def test_the_number_of_clusters_is_chosen_with_an_interval() -> None:
    """Three blobs give three in every subsample; noise does not agree."""
    sharp = resampling.choose_n_clusters(BLOBS, most=8, seed=0)
    noise = np.random.default_rng(0).normal(size=(120, 5))
    vague = resampling.choose_n_clusters(noise, most=8, seed=0)

    assert (sharp.low, sharp.n_clusters, sharp.high) == (3, 3, 3)
    assert vague.high > vague.low


def test_stability_tells_clusters_from_noise() -> None:
    """Blobs come back in every subsample, cuts through noise don't."""
    noise = np.random.default_rng(0).normal(size=(150, 5))
    sure, unsure = (
        resampling.stability(make("KMeans", n_clusters=3), rows, n_pairs=5, seed=0)
        for rows in (BLOBS, noise)
    )

    assert sure.mean() == pytest.approx(1)
    assert unsure.mean() < 0.7


@pytest.mark.parametrize("name", [*COUNTED, *DENSE])
def test_sizes_and_stability_are_in_the_record(name: str) -> None:
    """With an interval, for those that place rows and those that don't."""
    record = TrainingRecord()
    make(name, resamples=3).fit(BLOBS, record=record).examine({"train": BLOBS}, record)

    assert record.arrays["cluster_sizes"].sum() == len(BLOBS)
    assert float(record.notes["cluster_stability"].split(":")[0]) > 0.8
    assert "middle 95 %" in record.notes["cluster_stability"]


def suite(path: Path, **changes: Any) -> str:
    """A clustering task on iris, written as a suite."""
    value = {
        "name": "groups",
        "tasks": [{"dataset": "iris", "problem_type": "clustering"}],
        "methods": [
            "raw+constant",
            {"name": "three", "features": "raw", "learner": "kmeans", "params": {"n_clusters": 3}},
            {"cross": {"features": ["raw"], "clusterers": ["hdbscan", "agglomerative"]}},
            "raw+logistic",
        ],
        "protocol": {"split": "holdout", "repeats": 2},
    }
    (path / "groups.yaml").write_text(yaml.safe_dump(value | changes, sort_keys=False))
    return str(path / "groups.yaml")


def test_a_clustering_task_runs_from_suite_to_store(bench: Any, tmp_path: Path) -> None:
    """Scores by labels that nobody saw; those that can't place rows have no gap."""
    told = bench("run", suite(tmp_path), "--no-report", "--workers", "1")
    trials = read_run(tmp_path / "runs" / "groups").trials
    complete = trials[trials["state"] == "complete"].set_index("method")
    means = complete.groupby("method")["test_score"].mean()

    assert told.code == 0, told.out + told.err
    assert set(complete["metric"]) == {"adjusted_rand"}
    assert means["raw+constant"] == 0
    assert means["three"] > 0.5
    assert complete.loc["three", "gap"].notna().all()
    assert complete.loc[["raw+hdbscan", "raw+agglomerative"], "gap"].isna().all()
    assert "raw+logistic" not in set(trials["method"])  # of another trade, so dropped


def test_labels_never_reach_features_or_clusterers(bench: Any, tmp_path: Path) -> None:
    """Features that refuse targets end a classification task and serve a clustering one."""
    told = bench(
        "run",
        suite(
            tmp_path,
            tasks=[
                {"dataset": "tiny", "problem_type": "clustering"},
                {"dataset": "tiny", "name": "t"},
            ],
            methods=["refusing+nearestmean", "refusing+refusing_clusters"],
        ),
        "--no-report",
        "--workers",
        "1",
    )
    trials = read_run(tmp_path / "runs" / "groups").trials
    states = trials.groupby(["task", "method"])["state"].first().to_dict()

    assert told.code == 1
    assert states["tiny", "refusing+refusing_clusters"] == "complete"
    assert states["t", "refusing+nearestmean"] == "failed"
