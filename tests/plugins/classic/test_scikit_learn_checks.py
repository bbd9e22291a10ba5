"""Learners and features of tables pass scikit-learn's own checks."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import check_estimator

from bakeoff.registry.catalogue import Registry
from bakeoff_classic import hooks
from bakeoff_classic.bayes import NaiveBayes
from bakeoff_classic.hist_boosting import HistBoostingClassifier, HistBoostingRegressor
from bakeoff_classic.linear import Logistic, Ridge
from bakeoff_classic.neighbours import NearestNeighboursClassifier, NearestNeighboursRegressor
from bakeoff_classic.projection import PcaTable, RandomTable
from bakeoff_classic.svm import SvmClassifier, SvmRegressor
from bakeoff_classic.table import RawTable
from bakeoff_classic.table_manual import ManualTable
from bakeoff_classic.trees import ForestClassifier, ForestRegressor, TreeClassifier, TreeRegressor
from bakeoff_classic.xgb import XGBoostClassifier, XGBoostRegressor

ESTIMATORS = [
    RawTable(),
    ManualTable(),
    RandomTable(),
    PcaTable(),
    Logistic(),
    Logistic(penalty="l1"),
    Ridge(),
    Ridge(penalty="l1"),
    NaiveBayes(),
    NearestNeighboursClassifier(),
    NearestNeighboursRegressor(),
    SvmClassifier(),
    SvmClassifier(max_kernel_rows=0),
    SvmRegressor(),
    TreeClassifier(),
    TreeRegressor(),
    ForestClassifier(n_estimators=5),
    ForestRegressor(n_estimators=5),
    HistBoostingClassifier(max_iter=5),
    HistBoostingRegressor(max_iter=5),
    XGBoostClassifier(n_estimators=5),
    XGBoostRegressor(n_estimators=5),
]
WEIGHTS = "a bootstrap draws other rows when rows are repeated than when they are weighted"
EXPECTED = {
    f"check_sample_weight_equivalence_on_{form}_data": WEIGHTS for form in ("dense", "sparse")
}


def test_every_learner_and_table_feature_is_among_them() -> None:
    """What is registered later is checked too; scikit-learn's own dummies are its own business."""
    registry = Registry()
    hooks.bakeoff_register_learners(registry.register("learners", "classic"))
    hooks.bakeoff_register_features(registry.register("features", "classic"))
    tables = [c for c in registry.all("features") if "table" in c.inputs]
    offered = {c.target for c in (*registry.all("learners"), *tables)}
    checked = {f"{type(e).__module__}:{type(e).__name__}" for e in ESTIMATORS}

    assert {target for target in offered if not target.startswith("sklearn.")} == checked


@pytest.mark.filterwarnings("ignore")  # the checks feed what no task would: bare noise, one row
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_scikit_learns_checks_pass(estimator: Any) -> None:
    """All of them but, for forests, the one that scikit-learn's own forests fail as well."""
    is_forest = isinstance(estimator, ForestClassifier | ForestRegressor)
    results = check_estimator(
        estimator,
        expected_failed_checks=EXPECTED if is_forest else None,
        on_skip=None,
        on_fail=None,
    )
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    as_expected = {r["check_name"] for r in results if r["status"] == "xfail"}

    assert failed == {}
    assert as_expected == (set(EXPECTED) if is_forest else set())
    assert sum(r["status"] == "passed" for r in results) > 30
