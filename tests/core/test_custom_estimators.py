"""Estimators that a suite names itself run when they are allowed to, and else are refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CENTROID = "sklearn.neighbors:NearestCentroid"


def suite(suite_file: Callable[..., Path], **method: Any) -> Path:
    """One method that brings its own estimator."""
    return suite_file(
        methods=[{"features": "numbers", **method}], protocol={"split": "holdout", "repeats": 1}
    )


def test_without_permission_it_is_refused_with_the_way_to_go_on(
    bench: Any, suite_file: Callable[..., Path]
) -> None:
    """Before anything is imported or fetched."""
    outcome = bench("run", suite(suite_file, estimator="os:system"))

    assert outcome.code == 2
    assert "the method imports 'os:system', which can run any code" in outcome.err
    assert "--allow-imports" in outcome.err
    assert "methods[0]" in outcome.err


def test_with_permission_it_is_a_method_like_any_other(
    bench: Any, suite_file: Callable[..., Path]
) -> None:
    """With its parameters, in a worker, and again in a replay."""
    path = suite(suite_file, estimator=CENTROID, params={"shrink_threshold": 0.1})
    words = ("--allow-imports", "--out", "out", "--no-report", "--workers", "1")
    bench("run", path, *words).assert_success()
    rows = bench("results", "out", "--format", "json").assert_success().out.splitlines()
    row = json.loads(rows[0])

    assert (row["method"], row["learner"]) == ("numbers+NearestCentroid", CENTROID)
    assert row["state"] == "complete"
    assert bench("replay", "out", row["trial"]).code == 2
    assert bench("replay", "out", row["trial"], "--allow-imports").code == 0


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        ("no_such_package:Model", "can't be imported: ModuleNotFoundError"),
        ("os:system", "'os:system' is no estimator"),
        ("collections:OrderedDict", "is no estimator: expected a class with 'fit' and 'predict'"),
        ("os.system", "expected an import string such as 'package.module:Class'"),
    ],
)
def test_what_is_no_estimator_is_a_mistake(
    bench: Any, suite_file: Callable[..., Path], estimator: str, expected: str
) -> None:
    """Told with its place in the suite."""
    outcome = bench("plan", suite(suite_file, estimator=estimator), "--allow-imports")

    assert outcome.code == 2
    assert expected in outcome.err
    assert "methods[0].estimator" in outcome.err


def test_an_estimator_is_dropped_where_its_mixin_does_not_fit(
    bench: Any, suite_file: Callable[..., Path]
) -> None:
    """A regressor meets no classes."""
    path = suite(suite_file, estimator="sklearn.linear_model:Ridge")
    told = bench("plan", path, "--allow-imports").out

    assert "Ridge" in told
    assert "is not made for table with binary" in told
