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
        protocol={"repeats": 2},
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
