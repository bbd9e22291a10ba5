"""One trial's work, from data to scores. Runs inside a worker; knows nothing of processes."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.inner_splits import joined
from bakeoff.fetch.cache import write_whole
from bakeoff.interfaces import Examined
from bakeoff.problems import scoring
from bakeoff.problems.table import problem_of
from bakeoff.records import Counts, Result, Timings, TrialState
from bakeoff.store.trial_rows import split_file
from bakeoff.training import TrainingRecord
from bakeoff.trial import occlusion_maps, prediction_latency
from bakeoff.trial.early_stopping import frozen_rounds
from bakeoff.trial.feature_matrices import featurize
from bakeoff.trial.fit import fit_once, split_data, targets, visible

if TYPE_CHECKING:
    from bakeoff.data.prepared import Prepared
    from bakeoff.data.splits import Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Trial
    from bakeoff.registry.catalogue import MetricComponent
    from bakeoff.trial.fit import Fitted

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
    data, split = split_data(data, trial)
    make_matrices = partial(featurize, scratch=Path(job.scratch))
    fitted = fit_once(data, split, trial, make_matrices=make_matrices, record=record)
    predictions = {part: fitted.predict(part) for part in fitted.parts}
    counts = replace(_counts(fitted, split, record), n_unused=len(data.X) - split.size)
    timings = _timings(fitted, load_s, record)
    if trial.is_refitted:
        refitted = _refit(data, split, job, fitted.estimator, counts.best_epoch)
        predictions["test"] = refitted.predict("test")
        timings = replace(timings, fit_s=timings.fit_s + refitted.fit_s + refitted.compile_s)
        counts = replace(counts, n_refit=len(split.train) + len(split.validation))
    y = targets(data, split)
    values = {
        part: scoring.score(found, y[part], metrics, trial.task, fitted.X[part])
        for part, found in predictions.items()
    }
    if isinstance(fitted.estimator, Examined):
        fitted.estimator.examine(fitted.X, record)
    keep(predictions, split, y, data.X, job)
    if occlusion_maps.asks(trial) and predictions["test"].proba is not None:
        _keep_maps(fitted.estimator, data, split, predictions["test"].proba, job)
    if trial.task.protocol.latency:
        seen = visible(data, trial.task)
        seconds = prediction_latency.measure(fitted.estimator, seen, split, trial, record)
        record.arrays.update(seconds)
    _keep_record(record, Path(job.artifacts) / trial.id)
    return Result(
        trial=trial.id,
        state=TrialState.COMPLETE,
        reason=reason(values, trial),
        scores=_scores(values, metrics),
        timings=timings,
        counts=counts,
        epochs=tuple(record.epochs),
        notes=_weights(fitted.estimator) | record.notes,
    )


def _timings(fitted: Fitted, load_s: float, record: TrainingRecord) -> Timings:
    """The seconds of each phase."""
    timings = Timings(
        load_s=load_s,
        search_s=record.search_s,
        compile_s=fitted.compile_s,
        fit_s=fitted.fit_s,
        predict_s=fitted.predict_s.get("test", 0.0),
    )
    made = fitted.matrices
    if made is None:
        return timings
    return replace(
        timings,
        featurize_s=made.featurize_s,
        reused_featurize=made.reused,
        compile_s=made.compile_s + fitted.compile_s,
    )


def _refit(data: Data, split: Split, job: Job, before: Any, best_epoch: int | None) -> Fitted:
    """Fit once more, on training plus validation.

    What stopped early before now runs for the number of epochs that was best then.
    """
    method = job.trial.method
    params = {**method.learner.params, **frozen_rounds(before, best_epoch)}
    method = replace(method, learner=replace(method.learner, params=params))
    make_matrices = partial(featurize, scratch=Path(job.scratch), purpose="refit")
    return fit_once(
        data,
        joined(split),
        replace(job.trial, method=method),
        make_matrices=make_matrices,
        record=TrainingRecord(),
    )


def _keep_maps(estimator: Any, data: Data, split: Split, proba: np.ndarray, job: Job) -> None:
    """Write where the method looks in some test images."""
    looked = occlusion_maps.look(estimator, data, split, proba, job.trial)
    _save(Path(job.artifacts) / job.trial.id / "looking.npz", looked)


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


def reason(values: dict[str, dict[str, float | None]], trial: Trial) -> str:
    """Why a complete trial lacks a primary score; empty where it has them all."""
    undefined = [part for part, found in values.items() if found[trial.task.metric] is None]
    if not undefined:
        return ""
    where = ", ".join(undefined)
    return f"{trial.task.metric} is not defined on these rows or predictions: {where}"


def _counts(fitted: Fitted, split: Split, record: TrainingRecord) -> Counts:
    inputs = fitted.X["train"]
    known = {
        "n_train": len(split.train),
        "n_validation": len(split.validation),
        "n_test": len(split.test),
        "n_features": int(inputs.shape[1]) if np.ndim(inputs) == 2 else None,  # noqa: PLR2004
    }
    if record.epochs:
        known["n_epochs"] = len(record.epochs)
    if hasattr(fitted.estimator, "n_parameters_"):
        known["n_parameters"] = int(fitted.estimator.n_parameters_)
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
    _save(folder / job.trial.id / "predictions.npz", kept)
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
