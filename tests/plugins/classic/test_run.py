"""A run from the suite to the stored row, held against scikit-learn called directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bakeoff
from bakeoff.records import Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_logistic_on_breast_cancer_scores_as_scikit_learn_does_on_the_same_split(
    bench: Callable[..., Any], suite_file: Callable[..., Path]
) -> None:
    """Loading, splitting, featurizing, fitting and scoring add nothing and lose nothing."""
    suite = suite_file(
        tasks=[{"dataset": "breast_cancer", "metric": "accuracy"}],
        methods=["raw+logistic"],
        protocol={"split": "holdout", "repeats": 2},
    )
    bench("run", str(suite), "--out", "run", "--no-report").assert_success()
    run = bakeoff.read_run("run")
    X, y = load_breast_cancer(return_X_y=True)

    assert len(run.trials) == 2
    for trial, stored in zip(run.trials["trial"], run.trials["test_score"], strict=True):
        rows = run.truths(trial)
        direct = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5_000))
        direct.fit(X[rows["train_rows"]], y[rows["train_rows"]])
        expected = accuracy_score(y[rows["test_rows"]], direct.predict(X[rows["test_rows"]]))

        assert stored == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "roc_auc", "log_loss"])
def test_classes_with_fewer_rows_than_folds_run(
    bench: Callable[..., Any], suite_file: Callable[..., Path], tmp_path: Path, metric: str
) -> None:
    """Classes of three rows and of one: some test parts lack the first, all lack the second."""
    kinds = ["a"] * 21 + ["b"] * 12 + ["c"] * 3 + ["d"]
    lines = [f"{index % 7 + len(kind)},{index % 5},{kind}" for index, kind in enumerate(kinds)]
    (tmp_path / "rare.csv").write_text("\n".join(["x,z,kind", *lines]), encoding="utf-8")
    suite = suite_file(
        tasks=[{"dataset": "csv", "path": "rare.csv", "target": "kind", "metric": metric}],
        methods=["raw+logistic", "raw+xgboost", "raw+svm"],
        protocol={},
    )
    (suite.parent / "rare.csv").write_bytes((tmp_path / "rare.csv").read_bytes())
    bench("run", str(suite), "--out", "run", "--no-report").assert_success()
    rows = bakeoff.read_run("run").trials

    assert rows["state"].tolist() == ["complete"] * 3 * Protocol.of().folds
    assert rows.groupby("method")["n_test"].sum().tolist() == [len(kinds) - 1] * 3
    assert rows["test_score"].notna().all()
