"""Run one trial in this process, from loading the data to storing predictions and scores."""

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
    from bakeoff.data.splits import Rows, Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Trial
    from bakeoff.registry.catalogue import MetricComponent
    from bakeoff.trial.fit import Fitted

MAX_TRAIN_PREDICTIONS = 20_000
"""Maximum number of training rows whose predictions are stored."""

NEAR_ZERO = 1e-6
"""A coefficient is near zero at or below this share of the largest; chosen here."""

MetricPairs = list[tuple["MetricComponent", Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A trial with its data and folders.

    Args:
        trial: the trial to run.
        prepared: its prepared dataset.
        artifacts: folder of the run for predictions and other artifacts.
        scratch: folder of the run for temporary files and feature matrices.
        concurrency: number of trials that run at the same time, this one included.
    """

    trial: Trial
    prepared: Prepared
    artifacts: str
    scratch: str
    concurrency: int = 1


def evaluate(job: Job, metrics: MetricPairs, record: TrainingRecord) -> Result:
    """Run a trial: fit, predict, score, and store its artifacts.

    Args:
        job: the trial with its data and folders.
        metrics: every metric of the problem type, loaded.
        record: training record for learners that accept one.

    Raises:
        Exception: any exception that the method raises.
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
        part: scoring.score(predicted, y[part], metrics, trial.task, fitted.X[part])
        for part, predicted in predictions.items()
    }
    if isinstance(fitted.estimator, Examined):
        fitted.estimator.examine(fitted.X, record)
    store_predictions(predictions, split, y, data, job)
    if occlusion_maps.are_requested(trial) and predictions["test"].proba is not None:
        _store_maps(fitted.estimator, data, split, predictions["test"].proba, job)
    if trial.task.protocol.latency:
        seen = visible(data, trial.task)
        seconds = prediction_latency.measure(fitted.estimator, seen, split, trial, record)
        record.arrays.update(seconds)
    _store_record(record, Path(job.artifacts) / trial.id)
    return Result(
        trial=trial.id,
        state=TrialState.COMPLETE,
        reason=undefined_reason(values, trial),
        scores=_scores(values, metrics),
        timings=timings,
        counts=counts,
        epochs=tuple(record.epochs),
        notes=_weight_notes(fitted.estimator) | record.notes,
    )


def _timings(fitted: Fitted, load_s: float, record: TrainingRecord) -> Timings:
    """Return the wall-clock seconds of each phase."""
    timings = Timings(
        load_s=load_s,
        search_s=record.search_s,
        compile_s=fitted.compile_s,
        fit_s=fitted.fit_s,
        predict_s=fitted.predict_s.get("test", 0.0),
    )
    matrices = fitted.matrices
    if matrices is None:
        return timings
    return replace(
        timings,
        featurize_s=matrices.featurize_s,
        reused_featurize=matrices.reused,
        compile_s=matrices.compile_s + fitted.compile_s,
    )


def _refit(data: Data, split: Split, job: Job, before: Any, best_epoch: int | None) -> Fitted:
    """Fit again on training plus validation rows.

    A learner that stopped early runs for its best number of epochs, without early stopping.
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


def _store_maps(estimator: Any, data: Data, split: Split, proba: np.ndarray, job: Job) -> None:
    """Compute and write occlusion maps of some test images."""
    maps = occlusion_maps.compute_maps(estimator, data, split, proba, job.trial)
    _save(Path(job.artifacts) / job.trial.id / "looking.npz", maps)


def _scores(
    values: dict[str, dict[str, float | None]], metrics: MetricPairs
) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Return train, validation and test score of each metric; None if a part has no score."""
    return {
        component.name: (
            values.get("train", {}).get(component.name),
            values.get("validation", {}).get(component.name),
            values["test"][component.name],
        )
        for component, _ in metrics
    }


def _store_record(record: TrainingRecord, folder: Path) -> None:
    """Write the arrays and files of a training record."""
    if record.arrays:
        _save(folder / "training.npz", record.arrays)
    for name, content in record.files.items():
        with write_whole(folder / name, sync=False) as temporary:
            temporary.write_bytes(content)


def _weight_notes(estimator: Any) -> dict[str, str]:
    """Return norm and share of near-zero coefficients of a linear learner; empty for others."""
    coefficients = getattr(estimator, "coef_", None)
    if not isinstance(coefficients, np.ndarray) or not coefficients.size:
        return {}
    size = np.abs(coefficients)
    near_zero = float((size <= NEAR_ZERO * size.max()).mean())
    return {"weight_norm": repr(float(np.linalg.norm(size))), "near_zero": repr(near_zero)}


def undefined_reason(values: dict[str, dict[str, float | None]], trial: Trial) -> str:
    """Return the reason why primary scores are undefined; empty if all are defined."""
    undefined = [part for part, scores in values.items() if scores[trial.task.metric] is None]
    if not undefined:
        return ""
    parts = ", ".join(undefined)
    return f"{trial.task.metric} is not defined on these rows or predictions: {parts}"


def _counts(fitted: Fitted, split: Split, record: TrainingRecord) -> Counts:
    """Return the numbers of rows, features, epochs and parameters of a fit."""
    inputs = fitted.X["train"]
    counts = {
        "n_train": len(split.train),
        "n_validation": len(split.validation),
        "n_test": len(split.test),
        "n_features": int(inputs.shape[1]) if np.ndim(inputs) == 2 else None,  # noqa: PLR2004
    }
    if record.epochs:
        counts["n_epochs"] = len(record.epochs)
    if hasattr(fitted.estimator, "n_parameters_"):
        counts["n_parameters"] = int(fitted.estimator.n_parameters_)
    return Counts(**{**counts, **record.counts})


def store_predictions(
    predictions: dict[str, scoring.Predictions],
    split: Split,
    y: dict[str, Any],
    data: Data,
    job: Job,
) -> None:
    """Write a trial's predictions, and the targets of its split unless another trial did."""
    folder, task = Path(job.artifacts), job.trial.task
    problem = problem_of(task.problem_type)
    arrays: dict[str, Any] = {}
    for part, predicted in predictions.items():
        if part != "train" or len(split.train) <= MAX_TRAIN_PREDICTIONS:
            arrays |= problem.kept_predictions(part, predicted, y[part], task.n_classes)
    _save(folder / job.trial.id / "predictions.npz", arrays)
    targets_path = folder / "splits" / f"{split_file(job.trial)}.npz"
    if not targets_path.exists():
        true_arrays: dict[str, Any] = {}
        for part, rows in split.parts().items():
            if rows is not None:
                true_arrays |= problem.kept_truths(part, y[part], data.X, rows)
                true_arrays |= _row_facts(part, data, rows)
        _save(targets_path, true_arrays)


def _row_facts(part: str, data: Data, rows: Rows) -> dict[str, np.ndarray]:
    """Return the indices of a part's rows, and their groups and ranks in time if they have any."""
    facts = {f"{part}_rows": rows}
    for name, values in (("groups", data.groups), ("times", data.times)):
        if values is not None:
            codes = np.unique(values, return_inverse=True)[1]
            facts[f"{part}_{name}"] = codes[rows].astype(np.int64)
    return facts


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with write_whole(path, sync=False) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)
