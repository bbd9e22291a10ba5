"""Flat row of a trial and its result: the columns that people and reports read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bakeoff.provenance.environment import machine
from bakeoff.provenance.hashing import digest

if TYPE_CHECKING:
    from bakeoff.records import Result, Trial

COLUMNS: dict[str, str] = {
    "trial": "TEXT",
    "task": "TEXT",
    "dataset": "TEXT",
    "input_kind": "TEXT",
    "problem_type": "TEXT",
    "method": "TEXT",
    "features": "TEXT",
    "source": "TEXT",
    "learner": "TEXT",
    "study": "TEXT",
    "variant": "TEXT",
    "control": "TEXT",
    "factor": "TEXT",
    "level": "REAL",
    "repeat": "INTEGER",
    "fold": "INTEGER",
    "seed": "INTEGER",
    "device": "TEXT",
    "backend": "TEXT",
    "state": "TEXT",
    "reason": "TEXT",
    "metric": "TEXT",
    "direction": "TEXT",
    "train_score": "REAL",
    "validation_score": "REAL",
    "test_score": "REAL",
    "gap": "REAL",
    "n_train": "INTEGER",
    "n_features": "INTEGER",
    "n_parameters": "INTEGER",
    "n_epochs": "INTEGER",
    "best_epoch": "INTEGER",
    "updates_per_epoch": "INTEGER",
    "n_updates": "INTEGER",
    "n_validation": "INTEGER",
    "n_test": "INTEGER",
    "n_refit": "INTEGER",
    "n_unused": "INTEGER",
    "machine": "TEXT",
    "threads": "INTEGER",
    "config_id": "TEXT",
    "reused_featurize": "INTEGER",
    "load_s": "REAL",
    "featurize_s": "REAL",
    "search_s": "REAL",
    "compile_s": "REAL",
    "fit_s": "REAL",
    "predict_s": "REAL",
    "peak_rss_mib": "REAL",
    "peak_gpu_mib": "REAL",
    "concurrency": "INTEGER",
    "wall_s": "REAL",
    "finished_at": "REAL",
    "memory_enforced": "INTEGER",
    "split_file": "TEXT",
    "traceback": "TEXT",
    "log": "TEXT",
    "warnings": "TEXT",
}
"""Columns of the table of trials, in order, with their SQLite types."""


def gap(train: float | None, test: float | None, direction: str) -> float | None:
    """Return train score minus test score, signed so that positive means overfitting."""
    if train is None or test is None:
        return None
    return train - test if direction == "maximize" else test - train


def row_of(trial: Trial, result: Result) -> dict[str, Any]:
    """Return the database row of a trial."""
    task, method = trial.task, trial.method
    train, validation, test = result.scores.get(task.metric, (None, None, None))
    row: dict[str, Any] = {
        "trial": trial.id,
        "task": task.name,
        "dataset": task.dataset,
        "input_kind": task.input_kind,
        "problem_type": task.problem_type,
        "method": method.name,
        "features": method.features.name if method.features else "",
        "source": method.source,
        "learner": method.learner.name,
        "study": trial.study,
        "variant": trial.variant,
        "control": trial.control,
        "factor": trial.factor,
        "level": trial.level,
        "repeat": trial.repeat,
        "fold": trial.fold,
        "seed": trial.seeds.get(method.learner.kind, 0),
        "device": trial.device,
        "backend": trial.backend,
        "state": result.state.value,
        "reason": result.reason,
        "metric": task.metric,
        "direction": task.direction,
        "train_score": train,
        "validation_score": validation,
        "test_score": test,
        "gap": gap(train, test, task.direction),
        "machine": result.machine or machine(),
        "threads": task.protocol.threads,
        "config_id": digest([part.params for part in method.parts]),
        "split_file": split_file(trial),
        "warnings": "\n".join(result.warnings),
    }
    for columns in (asdict(result.counts), asdict(result.timings)):
        row |= columns
    for name in ("traceback", "log", "wall_s", "finished_at", "memory_enforced", "concurrency"):
        row[name] = getattr(result, name)
    return row | {"peak_rss_mib": result.peak_rss_mib, "peak_gpu_mib": result.peak_gpu_mib}


def split_file(trial: Trial) -> str:
    """Return the name, without ending, of the file of targets that all trials of a split share."""
    key = digest([trial.task.fingerprint, trial.task.name, trial.task.protocol.split_facts])
    return f"{key}-r{trial.repeat}-f{trial.fold}"
