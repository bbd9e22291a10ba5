"""One trial's work, from data to scores. Runs inside a worker; knows nothing of processes.

Only the work itself stands between two clock reads; loading, features, compilation, fitting and
prediction are timed apart.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.inner_splits import joined, with_targets
from bakeoff.data.splits import Split, make_split
from bakeoff.fetch.cache import write_whole
from bakeoff.problems import scoring
from bakeoff.problems.table import problem_of
from bakeoff.records import PARTS, Counts, Result, Timings, TrialState
from bakeoff.store.trial_rows import split_file
from bakeoff.training import TrainingRecord
from bakeoff.trial import occlusion_maps, prediction_latency
from bakeoff.trial.build import build, seed_globals, takes, warm_up
from bakeoff.trial.feature_matrices import featurize, take
from bakeoff.trial.fit import fit, frozen_rounds, image_size

if TYPE_CHECKING:
    from bakeoff.data.prepared import Prepared
    from bakeoff.interfaces import Data
    from bakeoff.records import Task, Trial
    from bakeoff.registry.catalogue import MetricComponent

MAX_TRAIN_PREDICTIONS = 20_000
"""Most rows of the training part whose predictions are kept."""

NEAR_ZERO = 1e-6
"""A coefficient is near zero at or below this share of the largest; chosen here."""

MetricPairs = list[tuple["MetricComponent", Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A trial with the folders that it needs.

    Args:
        trial: what to do.
        prepared: its dataset.
        artifacts: folder of the run in which predictions are kept.
        scratch: folder of the run for what can be made again.
        concurrency: trials that run beside this one, itself counted.
    """

    trial: Trial
    prepared: Prepared
    artifacts: str
    scratch: str
    concurrency: int = 1


def evaluate(job: Job, metrics: MetricPairs, record: TrainingRecord) -> Result:
    """Do a trial's work.

    Args:
        job: the trial and where things lie.
        metrics: every metric of the problem type, loaded.
        record: handed to learners that take it.

    Raises:
        Exception: whatever the method raises.
    """
    trial = job.trial
    started = time.perf_counter()
    data = job.prepared.load()
    load_s = time.perf_counter() - started
    split = split_of(data, trial)
    data = with_targets(data, split, trial)
    seed_globals(trial)
    problem = problem_of(trial.task.problem_type)
    seen = replace(data, y=None) if problem.hides_targets else data
    X, timings = _inputs(seen, split, job, load_s, record)
    seed_globals(trial)  # the learner is the same whether its features were reused or not
    y = targets(data, split)
    estimator = build(trial.method.learner, trial)
    timings["compile_s"] += warm_up(estimator)
    started = time.perf_counter()
    if problem.hides_targets:
        _fit_unlabelled(estimator, X, record)
    else:
        held_out = None if X["validation"] is None else (X["validation"], y["validation"])
        fit(estimator, (X["train"], y["train"]), held_out, record)
    fit_s = time.perf_counter() - started - record.compile_s - record.search_s
    timings["compile_s"] += record.compile_s
    found, predict_s = _predict(estimator, X, job)
    counts = _counts(estimator, X, split, record)
    if trial.is_refitted:
        found["test"], seconds = _refit(data, split, job, estimator, counts)
        fit_s += seconds
        counts = replace(counts, n_refit=len(split.train) + len(split.validation))
    values = {
        p: scoring.score(found[p], y[p], metrics, trial.task, X[p]) for p in PARTS if p in found
    }
    if hasattr(estimator, "examine"):
        estimator.examine(X, record)
    keep(found, split, y, data.X, job)
    if occlusion_maps.asks(trial) and found["test"].proba is not None:
        looked = occlusion_maps.look(estimator, data, split, found["test"].proba, trial)
        _save(Path(job.artifacts) / trial.trial / "looking.npz", looked)
    if trial.task.protocol.latency:
        record.arrays.update(prediction_latency.measure(estimator, seen, split, trial, record))
    _keep_record(record, Path(job.artifacts) / trial.trial)
    return Result(
        trial=trial.trial,
        state=TrialState.COMPLETE,
        reason=reason(values, trial),
        scores=_scores(values, metrics),
        timings=Timings(**timings, fit_s=fit_s, predict_s=predict_s, search_s=record.search_s),
        counts=replace(counts, n_unused=len(data.X) - split.size),
        epochs=tuple(record.epochs),
        notes=_weights(estimator) | record.notes,
    )


def _scores(
    values: dict[str, dict[str, float | None]], metrics: MetricPairs
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Train, validation and test score of each metric; None where a part has none."""
    return {
        component.name: (
            values.get("train", {}).get(component.name),
            values.get("validation", {}).get(component.name),
            values["test"][component.name],
        )
        for component, _ in metrics
    }


def _keep_record(record: TrainingRecord, folder: Path) -> None:
    """Write the arrays and files that the training left."""
    if record.arrays:
        _save(folder / "training.npz", record.arrays)
    for name, content in record.files.items():
        with write_whole(folder / name, sync=False) as temporary:
            temporary.write_bytes(content)


def _weights(estimator: Any) -> dict[str, str]:
    """Norm and share of near-zero coefficients of a linear learner; empty for others."""
    found = getattr(estimator, "coef_", None)
    if not isinstance(found, np.ndarray) or not found.size:
        return {}
    size = np.abs(found)
    near_zero = float((size <= NEAR_ZERO * size.max()).mean())
    return {"weight_norm": repr(float(np.linalg.norm(size))), "near_zero": repr(near_zero)}


def _rows(y: Any, rows: np.ndarray | None) -> Any:
    return None if rows is None or y is None else np.asarray(take(y, rows))


def _inputs(
    data: Data, split: Split, job: Job, load_s: float, record: TrainingRecord, *, purpose: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the learner meets, by part, and the time that its making took."""
    if job.trial.method.features is None:
        parts = split.parts().items()
        X = {n: None if rows is None else take(data.X, rows) for n, rows in parts}
        return X, {"load_s": load_s, "compile_s": 0.0}
    made = featurize(data, split, job.trial, Path(job.scratch), purpose)
    record.notes.update(made.notes)
    record.arrays.update(made.arrays)
    return made.X, {
        "load_s": load_s,
        "featurize_s": made.featurize_s,
        "reused_featurize": made.reused,
        "compile_s": made.compile_s,
    }


def split_of(data: Data, trial: Trial) -> Split:
    """The rows of a trial's parts."""
    protocol = trial.task.protocol
    return make_split(data, protocol, task=trial.task.name, repeat=trial.repeat, fold=trial.fold)


def targets(data: Data, split: Split) -> dict[str, Any]:
    """Targets by part."""
    return {part: _rows(data.y, rows) for part, rows in split.parts().items()}


def _refit(
    data: Data, split: Split, job: Job, before: Any, counts: Counts
) -> tuple[scoring.Predictions, float]:
    """Answers for the test part after a fit on training plus validation, and that fit's seconds.

    What stopped early before now runs for the number of epochs that was best then.
    """
    trial, whole = job.trial, joined(split)
    method = trial.method
    params = {**method.learner.params, **frozen_rounds(before, counts.best_epoch)}
    trial = replace(trial, method=replace(method, learner=replace(method.learner, params=params)))
    again = replace(job, trial=trial)
    seed_globals(trial)
    X, _ = _inputs(data, whole, again, 0.0, TrainingRecord(), purpose="refit")
    seed_globals(trial)
    estimator = build(trial.method.learner, trial)
    started = time.perf_counter()
    fit(estimator, (X["train"], _rows(data.y, whole.train)), None, TrainingRecord())
    seconds = time.perf_counter() - started
    return _predict(estimator, {"test": X["test"]}, again)[0]["test"], seconds


def _fit_unlabelled(estimator: Any, X: dict[str, Any], record: TrainingRecord) -> None:
    """Hand over training rows, or rows of all parts to one that can't place rows later."""
    rows = X["train"]
    if not hasattr(estimator, "predict"):
        rows = _stacked([part for part in X.values() if part is not None])
    offers = {"record": record} if takes(estimator.fit, "record") else {}
    estimator.fit(rows, **offers)


def _predict(
    estimator: Any, X: dict[str, Any], job: Job
) -> tuple[dict[str, scoring.Predictions], float]:
    """Checked predictions by part, and the seconds that the test part took."""
    task, found, predict_s = job.trial.task, {}, 0.0
    if not hasattr(estimator, "predict") and problem_of(task.problem_type).hides_targets:
        return _assigned(estimator, X, task), 0.0
    for part, inputs in X.items():
        if inputs is None:
            continue
        started = time.perf_counter()
        answer = scoring.predict(estimator, inputs, task, part)
        predict_s = time.perf_counter() - started
        n_rows = inputs.shape[0] if hasattr(inputs, "shape") else len(inputs)
        found[part] = scoring.check(answer, estimator, task, n_rows, image_size(inputs))
    return found, predict_s


def _assigned(estimator: Any, X: dict[str, Any], task: Task) -> dict[str, scoring.Predictions]:
    """Clusters of validation and test rows, of a clusterer that can't place rows later.

    It met the rows of all parts together, so that training rows are no other than test rows: there
    is no train score, and no gap.
    """
    found, start = {}, 0
    for part, inputs in X.items():
        if inputs is not None:
            end = start + inputs.shape[0]
            if part != "train":
                labels = np.asarray(estimator.labels_)[start:end]
                found[part] = scoring.check(labels, estimator, task, end - start)
            start = end
    return found


def _stacked(matrices: list[Any]) -> Any:
    if any(hasattr(matrix, "tocsr") for matrix in matrices):
        from scipy.sparse import vstack

        return vstack(matrices, format="csr")
    return np.concatenate(matrices)


def reason(values: dict[str, dict[str, float | None]], trial: Trial) -> str:
    """Why a complete trial lacks a primary score; empty where it has them all."""
    undefined = [part for part, found in values.items() if found[trial.task.metric] is None]
    if not undefined:
        return ""
    where = ", ".join(undefined)
    return f"{trial.task.metric} is not defined on these rows or predictions: {where}"


def _counts(estimator: Any, X: dict[str, Any], split: Split, record: TrainingRecord) -> Counts:
    known = {
        "n_train": len(split.train),
        "n_validation": len(split.validation),
        "n_test": len(split.test),
        "n_features": int(X["train"].shape[1]) if np.ndim(X["train"]) == 2 else None,  # noqa: PLR2004
    }
    if record.epochs:
        known["n_epochs"] = len(record.epochs)
    if hasattr(estimator, "n_parameters_"):
        known["n_parameters"] = int(estimator.n_parameters_)
    return Counts(**{**known, **record.counts})


def keep(
    found: dict[str, scoring.Predictions], split: Split, y: dict[str, Any], X: Any, job: Job
) -> None:
    """Write predictions, and the truths of the split if no other trial has."""
    folder, task = Path(job.artifacts), job.trial.task
    problem = problem_of(task.problem_type)
    kept: dict[str, Any] = {}
    for part, predictions in found.items():
        if part != "train" or len(split.train) <= MAX_TRAIN_PREDICTIONS:
            kept |= problem.kept_predictions(part, predictions, y[part], task.n_classes)
    _save(folder / job.trial.trial / "predictions.npz", kept)
    truths = folder / "splits" / f"{split_file(job.trial)}.npz"
    if not truths.exists():
        known: dict[str, Any] = {}
        for part, rows in split.parts().items():
            if rows is not None:
                known |= problem.kept_truths(part, y[part], X, rows)
                known[f"{part}_rows"] = rows
        _save(truths, known)


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with write_whole(path, sync=False) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
