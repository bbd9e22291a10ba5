"""Stores of any size on disk, made up from a formula, to see how readers of a store scale."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bakeoff.store.database import DATABASE, TASK_COLUMNS, Store
from bakeoff.store.trial_rows import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("table", "image", "text", "sequence")
LEARNERS = ("logistic", "xgboost", "svm", "mlp", "tree", "random_forest", "nearest_neighbours")
SOURCES = ("raw", "manual", "random", "embedded", "pretrained", "clustered")
SKILL = dict(zip(SOURCES, (0.70, 0.80, 0.66, 0.78, 0.86, 0.74), strict=True))


def write_store(
    folder: Path, *, n_methods: int, n_tasks: int, n_repeats: int, seed: int = 0
) -> None:
    """Fill a folder with a run of `n_methods` x `n_tasks` x `n_repeats` trials.

    Every fifth task is a regression; a two-hundredth of the trials failed; `constant` is the
    first method. Methods differ by source and learner, so that contrasts have a known sign.
    """
    methods, tasks = _methods(n_methods), _tasks(n_tasks)
    trials = _trials(methods, tasks, n_repeats, np.random.default_rng(seed))
    suite = {"name": "synthetic", "description": "Made up to measure speed", "protocol": {}}
    with Store(folder) as store:
        store.write_text("suite.json", json.dumps(suite))
        store.write_text("environment.json", json.dumps(ENVIRONMENT))
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection as db:
        marks = ", ".join("?" for _ in COLUMNS)
        rows = trials.reindex(columns=list(COLUMNS)).astype(object)
        rows = rows.where(rows.notna(), None)
        db.executemany(f"INSERT INTO trials VALUES ({marks})", rows.to_numpy().tolist())
        db.executemany("INSERT INTO plan VALUES (?, ?)", enumerate(trials["trial"].tolist()))
        marks = ", ".join("?" for _ in TASK_COLUMNS)
        db.executemany(
            f"INSERT INTO tasks VALUES (?, {marks})",
            [(i, *row) for i, row in enumerate(tasks[list(TASK_COLUMNS)].to_numpy().tolist())],
        )
        names = ["trial", "metric", "direction", "train_score", "validation_score"]
        scores = trials.loc[trials["test_score"].notna(), [*names, "test_score"]]
        for metric in ("primary", "accuracy", "log_loss"):
            rows = scores if metric == "primary" else scores.assign(metric=metric)
            db.executemany(
                "INSERT OR IGNORE INTO scores VALUES (?, ?, ?, ?, ?, ?)",
                rows.to_numpy().tolist(),
            )


ENVIRONMENT: dict[str, Any] = {
    "python": "3.11.7", "platform": "Linux", "cpu": "An ordinary processor", "cores": 2,
    "memory_mib": 7900, "gpu": "", "versions": {"numpy": "2.3.0"}, "commit": "",
    "started": "2026-11-22T10:00:00+00:00", "finished": "2026-11-22T20:00:00+00:00",
    "command": "bakeoff run synthetic", "bakeoff": "0.1.0",
}  # fmt: skip


def _methods(n: int) -> pd.DataFrame:
    rows = [("constant", "", "constant", "constant", 0.0)]
    for i in range(n - 1):
        source = SOURCES[i % len(SOURCES)]
        learner = LEARNERS[i // len(SOURCES) % len(LEARNERS)]
        version = i // (len(SOURCES) * len(LEARNERS))
        features = f"{source}{version or ''}"
        skill = SKILL[source] + 0.01 * LEARNERS.index(learner) - 0.005 * version
        rows.append((f"{features}+{learner}", features, source, learner, skill))
    return pd.DataFrame(rows, columns=["method", "features", "source", "learner", "skill"])


def _tasks(n: int) -> pd.DataFrame:
    is_regression = np.arange(n) % 5 == 4
    names = [f"task_{i:02d}" for i in range(n)]
    return pd.DataFrame(
        {
            "task": names,
            "dataset": names,
            "input_kind": [KINDS[i % len(KINDS)] for i in range(n)],
            "problem_type": np.where(is_regression, "regression", "binary"),
            "metric": np.where(is_regression, "r2", "balanced_accuracy"),
            "direction": "maximize",
            "equivalence": 0.02,
            "split": "holdout",
            "n_rows": 500,
            "n_classes": np.where(is_regression, 0, 2),
            "classes": [json.dumps([] if r else ["no", "yes"]) for r in is_regression],
            "target": "y",
            "origin": "a formula",
            "licence": "CC0-1.0",
            "sha256": "ab" * 32,
            "composed": 1,
            "unavailable": "",
        }
    )


def _trials(
    methods: pd.DataFrame, tasks: pd.DataFrame, n_repeats: int, rng: np.random.Generator
) -> pd.DataFrame:
    repeats = pd.DataFrame({"repeat": range(n_repeats)})
    trials = repeats.merge(tasks, how="cross").merge(methods, how="cross")
    n = len(trials)
    floor = np.where(trials["problem_type"] == "regression", 0.0, 0.5)
    guess = trials["source"].to_numpy() == "constant"
    shared = np.repeat(rng.normal(0, 0.02, n_repeats * len(tasks)), len(methods))
    level = floor + (1 - floor) * trials["skill"].to_numpy()
    noise = {part: np.where(guess, 0, shared + rng.normal(0, 0.01, n)) for part in "vt"}
    train = np.minimum(1.0, level + np.where(guess, 0, 0.04 + rng.normal(0, 0.01, n)))
    fit_s = np.where(guess, 0.001, rng.lognormal(0, 0.3, n) * (1 + 5 * trials["skill"]))
    values = trials.assign(
        trial=[f"{i:016x}" for i in range(n)], study="none", variant="default", control="",
        fold=0, seed=trials["repeat"], device="cpu", backend="", reason="", state="complete",
        train_score=train, validation_score=level + noise["v"], test_score=level + noise["t"],
        gap=train - level - noise["t"], n_train=320, n_validation=80, n_test=100, n_refit=None,
        n_features=64, n_parameters=None, n_epochs=None, best_epoch=None, updates_per_epoch=None,
        n_updates=None, machine="m1", threads=1, config_id="0", reused_featurize=0, load_s=0.01,
        featurize_s=0.1, search_s=0.0, compile_s=0.0, fit_s=fit_s, predict_s=0.01,
        peak_rss_mib=200.0, peak_gpu_mib=None, concurrency=1, wall_s=fit_s + 0.12,
        finished_at=1.8e9, memory_enforced=1, traceback="", log="", warnings="",
        split_file=trials["task"] + "-r" + trials["repeat"].astype(str),
    )  # fmt: skip
    failed = rng.random(n) < 1 / 200
    scores = ["train_score", "validation_score", "test_score", "gap"]
    values.loc[failed, scores] = np.nan
    values.loc[failed, ["state", "reason"]] = ["failed", "ValueError: made up to fail"]
    return values
