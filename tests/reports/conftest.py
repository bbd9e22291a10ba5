"""Made-up runs whose truth is known, shaped as the store hands them out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.registry.catalogue import Registry
from bakeoff.store.run_data import StoredRun
from bakeoff_report import hooks
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.findings import shown_findings
from bakeoff_report.page.report_json import as_json
from bakeoff_report.page.write import placed_sections

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SKILL = {
    "constant": 0.0,
    "raw": 0.78,
    "random": 0.74,
    "manual": 0.88,
    "clustered": 0.80,
    "embedded": 0.84,
    "pretrained": 0.93,
    "fine_tuned": 0.94,
    "end_to_end": 0.90,
}
"""Where each source stands between guessing and perfect."""

SECONDS = {"constant": 0.001, "end_to_end": 14.0, "pretrained": 6.0, "fine_tuned": 40.0}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a made-up run holds; methods are (name, source, features, learner)."""

    tasks: tuple[tuple[str, str], ...] = (
        ("breast_cancer", "table"),
        ("wine", "table"),
        ("digits", "image"),
        ("bbc", "text"),
        ("gunpoint", "sequence"),
    )
    methods: tuple[tuple[str, str, str, str], ...] = (
        ("constant", "constant", "", "constant"),
        ("raw+logistic", "raw", "raw", "logistic"),
        ("raw+xgboost", "raw", "raw", "xgboost"),
        ("random+logistic", "random", "random", "logistic"),
        ("manual+logistic", "manual", "manual", "logistic"),
        ("manual+xgboost", "manual", "manual", "xgboost"),
    )
    repeats: int = 5
    split: str = "holdout"
    regression: tuple[str, ...] = ("diabetes",)
    noise: float = 0.012
    seed: int = 0
    study: bool = False
    name: str = "run-1"
    suite: str = "quickstart"
    classes: tuple[str, ...] = ("benign", "malignant")
    environment: dict[str, Any] = field(default_factory=dict)


def build_run(folder: Path, plan: Plan | None = None, **changes: Any) -> StoredRun:
    """A whole run from a plan, every trial complete."""
    plan = replace(plan or Plan(), **changes)
    rng = np.random.default_rng(plan.seed)
    rows = [
        _trial(plan, rng, task, kind, method, repeat)
        for repeat in range(plan.repeats)
        for task, kind in plan.tasks
        for method in plan.methods
    ]
    if plan.study:
        rows += [_variant(row, variant, rng) for row in rows[1::6] for variant in VARIANTS]
    trials = pd.DataFrame(rows)
    run = StoredRun(
        folder=folder,
        name=plan.name,
        suite={
            "name": plan.suite,
            "description": "Manual against learned features on four kinds of data",
            "protocol": {"split": plan.split, "repeats": plan.repeats},
        },
        environment=ENVIRONMENT | plan.environment,
        trials=trials,
        scores=_scores(trials),
        epochs=pd.DataFrame(columns=["trial", "epoch", "name", "value"]),
        notes=pd.DataFrame(columns=["trial", "name", "value"]),
        tasks=pd.DataFrame([_task(plan, task, kind) for task, kind in plan.tasks]),
    )
    if plan.split == "official":
        _store_predictions(run, rng)
    return run


VARIANTS = {"none": (0.0, 0.0), "l2": (0.015, -0.05), "early_stopping": (0.0, -0.02)}
ENVIRONMENT: dict[str, Any] = {
    "python": "3.11.7",
    "platform": "Linux-6.1-x86_64",
    "cpu": "An ordinary processor",
    "cores": 2,
    "memory_mib": 7900,
    "gpu": "",
    "versions": {"numpy": "2.3.0", "scikit-learn": "1.9.1", "xgboost": "3.0.0"},
    "commit": "0123abc",
    "started": "2026-11-22T10:00:00+00:00",
    "finished": "2026-11-22T10:02:41+00:00",
    "command": "bakeoff run quickstart",
    "bakeoff": "0.1.0",
}


def _task(plan: Plan, task: str, kind: str) -> dict[str, Any]:
    is_regression = task in plan.regression
    return {
        "task": task,
        "dataset": task,
        "input_kind": kind,
        "problem_type": "regression" if is_regression else "binary",
        "metric": "r2" if is_regression else "balanced_accuracy",
        "direction": "maximize",
        "equivalence": 0.02,
        "split": plan.split,
        "n_rows": 500,
        "n_classes": 0 if is_regression else len(plan.classes),
        "classes": [] if is_regression else list(plan.classes),
        "origin": "scikit-learn 1.9.1",
        "licence": "BSD-3-Clause",
        "sha256": "ab" * 32,
        "composed": False,
    }


def _trial(  # noqa: PLR0917  a row of the plan's product
    plan: Plan,
    rng: np.random.Generator,
    task: str,
    kind: str,
    method: tuple[str, str, str, str],
    repeat: int,
) -> dict[str, Any]:
    name, source, features, learner = method
    floor = 0.0 if task in plan.regression else 0.5
    # The same split effect for every method of a task and repeat, so that pairs cancel it.
    shared = np.random.default_rng([plan.seed, repeat, sum(map(ord, task))]).normal(0, 0.02)
    skill = (
        SKILL[source]
        + (0.01 if learner == "xgboost" else 0.0)
        - 0.02 * (kind == "text" and source != "constant")
    )
    level = floor + (1 - floor) * skill
    is_constant = source == "constant"
    test = level + (0 if is_constant else shared + rng.normal(0, plan.noise))
    train = min(1.0, level + (0 if is_constant else 0.04 + 0.08 * (learner == "xgboost")))
    validation = level + (0 if is_constant else shared + rng.normal(0, plan.noise))
    fit_s = SECONDS.get(source, 0.2) * (4 if learner == "xgboost" else 1) * rng.uniform(0.9, 1.1)
    metric = "r2" if task in plan.regression else "balanced_accuracy"
    return {
        "trial": f"{plan.name}-{task}-{name}-{repeat}"[:60] + f"-{rng.integers(2**40):x}",
        "task": task, "dataset": task, "input_kind": kind,
        "problem_type": "regression" if task in plan.regression else "binary",
        "method": name, "features": features, "source": source, "learner": learner,
        "study": "none", "variant": "default", "control": "", "repeat": repeat, "fold": 0,
        "seed": repeat, "device": "cpu", "backend": "", "state": "complete", "reason": "",
        "metric": metric, "direction": "maximize",
        "train_score": train, "validation_score": validation, "test_score": test,
        "gap": train - test,
        "n_train": 320, "n_validation": 80, "n_test": 100, "n_refit": None, "n_features": 64,
        "n_parameters": None, "n_epochs": None, "best_epoch": None, "updates_per_epoch": None,
        "n_updates": None, "machine": "m1", "threads": 1, "config_id": "",
        "reused_featurize": learner == "xgboost", "load_s": 0.01, "search_s": 0.0,
        "featurize_s": 0.4 if source == "manual" else 0.0, "compile_s": 0.0, "fit_s": fit_s,
        "predict_s": 0.01, "wall_s": fit_s + 0.43, "peak_rss_mib": 210.0, "peak_gpu_mib": None,
        "concurrency": 1, "traceback": "", "log": "", "warnings": "",
        "split_file": f"{task}-{repeat}",
    }  # fmt: skip


def _variant(row: dict[str, Any], variant: str, rng: np.random.Generator) -> dict[str, Any]:
    gain, gap = VARIANTS[variant]
    test = row["test_score"] + gain + (0 if variant == "none" else rng.normal(0, 0.004))
    wider = row["gap"] + gap
    return row | {
        "trial": f"{row['trial']}-{variant}", "study": "overfitting", "variant": variant,
        "control": "none", "test_score": test, "gap": wider, "train_score": test + wider,
    }  # fmt: skip


def _scores(trials: pd.DataFrame) -> pd.DataFrame:
    renamed = {f"{part}_score": part for part in ("train", "validation", "test")}
    columns = ["trial", "metric", "direction", *renamed]
    return trials[columns].rename(columns=renamed)


def _store_predictions(run: StoredRun, rng: np.random.Generator) -> None:
    """One fixed test part; each trial is right on a share of it, which becomes its test score."""
    splits = run.folder / "artifacts" / "splits"
    splits.mkdir(parents=True)
    truth = np.tile([0, 1], 100)
    for name in run.trials["split_file"].unique():
        np.savez(splits / f"{name}.npz", test=truth, test_rows=np.arange(300, 500))
    for index, row in run.trials.iterrows():
        wrong = rng.random(200) > row["test_score"]
        labels = np.where(wrong, 1 - truth, truth)
        folder = run.folder / "artifacts" / row["trial"]
        folder.mkdir(parents=True)
        np.savez(folder / "predictions.npz", test=np.eye(2, dtype=np.float32)[labels])
        recalls = [float((labels[truth == c] == c).mean()) for c in (0, 1)]
        run.trials.loc[index, "test_score"] = np.mean(recalls)
    run.trials["n_test"] = 200
    run.trials["gap"] = run.trials["train_score"] - run.trials["test_score"]


def with_learned(plan: Plan | None = None) -> Plan:
    """The plan with two learned sources more."""
    plan = plan or Plan()
    learned = (
        ("pca+logistic", "embedded", "pca", "logistic"),
        ("cnn", "end_to_end", "", "cnn"),
    )
    return replace(plan, methods=plan.methods + learned)


def _sections() -> Registry:
    found = Registry()
    hooks.bakeoff_register_report_sections(found.register("report_sections", "report"))
    hooks.bakeoff_register_commands(found.register("commands", "report"))
    return found


@pytest.fixture
def registry() -> Registry:
    """The report's own sections and command, no other plugin."""
    return _sections()


@pytest.fixture(scope="session")
def sections() -> Registry:
    """The same for fixtures that many tests share; nobody adds to it."""
    return _sections()


@pytest.fixture
def report_json(registry: Registry) -> Callable[..., dict[str, Any]]:
    """Write the report over some runs and return the content of its report.json."""

    def content(*runs: StoredRun) -> dict[str, Any]:
        context = ReportContext.of(runs, registry)
        placed = placed_sections(context, registry.all("report_sections"))
        facts: dict[str, Any] = json.loads(as_json(shown_findings(placed), placed))
        return facts

    return content


@pytest.fixture(scope="session")
def builder() -> Callable[..., StoredRun]:
    """Build a run in a folder: keyword arguments are fields of `Plan`."""

    def build(folder: Path, *, learned: bool = False, **changes: Any) -> StoredRun:
        return build_run(folder, with_learned() if learned else None, **changes)

    return build


@pytest.fixture
def make_run(tmp_path: Path, builder: Callable[..., StoredRun]) -> Callable[..., StoredRun]:
    """Build a run in a fresh folder."""

    def make(**changes: Any) -> StoredRun:
        return builder(tmp_path / str(changes.get("name", "run-1")), **changes)

    return make


@dataclass(frozen=True, kw_only=True)
class ReportJson:
    """What a report.json holds."""

    content: dict[str, Any]

    @property
    def findings(self) -> list[dict[str, str]]:
        """Findings in the order of the page."""
        found: list[dict[str, str]] = self.content["findings"]
        return found

    def finding(self, topic: str) -> dict[str, str]:
        """The only finding of a topic."""
        (found,) = [f for f in self.findings if f["topic"] == topic]
        return found

    def rows(self, section: str, caption: str = "") -> list[dict[str, Any]]:
        """Cells of a section's first table whose caption has a text, by the titles of columns."""
        (found,) = [s for s in self.content["sections"] if s["id"] == f"section-{section}"]
        table = next(t for t in found["tables"] if caption in t["caption"])
        cells = ([c if isinstance(c, dict) else {"value": c} for c in row] for row in table["rows"])
        return [dict(zip(table["columns"], row, strict=True)) for row in cells]


@pytest.fixture
def json_of(report_json: Callable[..., dict[str, Any]]) -> Callable[..., ReportJson]:
    """Write the report of runs, and return what its report.json holds."""
    return lambda *runs: ReportJson(content=report_json(*runs))
