"""Run the search of a trial, then the trial with the chosen configuration."""

from __future__ import annotations

import json
import math
import shutil
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bakeoff.problems import scoring
from bakeoff.records import PARTS, ConfigResult, Counts, Result, Timings, TrialState
from bakeoff.search.loop import SearchLoop
from bakeoff.search.requests import PREDICTIONS, TrialContext
from bakeoff.store.search_journal import Journal
from bakeoff.training import SearchBudget
from bakeoff.trial.evaluate import evaluate, store_predictions, undefined_reason
from bakeoff.trial.fit import split_data, targets

if TYPE_CHECKING:
    from bakeoff.records import Search
    from bakeoff.search.loop import SearchResult
    from bakeoff.spaces import Config
    from bakeoff.training import TrainingRecord
    from bakeoff.trial.evaluate import Job, MetricPairs


def run_trial(job: Job, metrics: MetricPairs, record: TrainingRecord) -> Result:
    """Run a trial, after its search if it has one.

    Args:
        job: the trial with its data and folders.
        metrics: every metric of the problem type, loaded.
        record: training record for learners that accept one.

    Raises:
        Exception: any exception that the method raises.
    """
    search = job.trial.search
    if search is None:
        return evaluate(job, metrics, record)
    if not search.arms:
        record.budget = _budget(job, search, metrics)
        return evaluate(job, metrics, record)
    context = TrialContext(
        trial=job.trial,
        prepared=job.prepared,
        folder=str(Path(job.artifacts) / job.trial.id),
        scratch=job.scratch,
    )
    searched = SearchLoop(context, metrics, record).run()
    note_search(searched, record)
    if search.across:
        result = _ensemble_result(job, metrics, searched, record)
    else:
        configured_job = replace(job, trial=replace(job.trial, method=searched.method))
        result = evaluate(configured_job, metrics, record)
        result = replace(result, timings=replace(result.timings, search_s=searched.seconds))
    shutil.rmtree(Path(context.folder) / PREDICTIONS, ignore_errors=True)
    return result


def _budget(job: Job, search: Search, metrics: MetricPairs) -> SearchBudget:
    """Return budget, metric and journal for a method that searches by itself."""
    task = job.trial.task
    pairs = [pair for pair in metrics if pair[0].name == task.metric]
    folder = Path(job.artifacts) / job.trial.id
    shutil.rmtree(folder, ignore_errors=True)  # such a method can't continue an earlier search
    journal = Journal(folder)

    def value(y_true: Any, raw: Any, classes: Any) -> float:
        estimator = SimpleNamespace() if classes is None else SimpleNamespace(classes_=classes)
        predicted = scoring.check(raw, estimator, task, len(y_true))
        score = scoring.score(predicted, y_true, pairs, task)[task.metric]
        return math.nan if score is None else score

    def tried(method: str, config: Config, score: float | None, at_s: float) -> None:
        state = "failed" if score is None else "complete"
        number = len(journal.tried)
        journal.add(
            ConfigResult(
                number=number, method=method, config=config, state=state, score=score, at_s=at_s
            )
        )

    return SearchBudget(
        configs=search.configs,
        seconds=search.seconds,
        refit=search.refit,
        metric=task.metric,
        direction=task.direction,
        value=value,
        tried=tried,
    )


def note_search(searched: SearchResult, record: TrainingRecord) -> None:
    """Add the chosen configuration to the trial's notes."""
    record.note("search_configs", len(searched.tried))
    if searched.best is None:
        record.note("search_chosen", "{}", "no configuration was scored in time: the default one")
        return
    record.note("search_method", searched.best.method)
    record.note("search_chosen", json.dumps(searched.best.config, sort_keys=True))
    if searched.ensemble is not None:
        record.note("ensemble", json.dumps(searched.ensemble.weights))
        record.note("refitted", json.dumps(searched.ensemble.refitted))
        record.note("decision", "even" if searched.ensemble.equal_priors else "as predicted")


def _ensemble_result(
    job: Job, metrics: MetricPairs, searched: SearchResult, record: TrainingRecord
) -> Result:
    """Score and store the predictions of an ensemble; return the result of its trial."""
    trial, ensemble = job.trial, searched.ensemble
    if ensemble is None:
        raise ValueError("expected a choice across methods.")
    started = time.perf_counter()
    data = job.prepared.load()
    load_s = time.perf_counter() - started
    data, split = split_data(data, trial)
    y = targets(data, split)
    predictions = {part: ensemble.predictions[part] for part in PARTS}
    values = {
        part: scoring.score(predictions[part], y[part], metrics, trial.task) for part in PARTS
    }
    store_predictions(predictions, split, y, data, job)
    return Result(
        trial=trial.id,
        state=TrialState.COMPLETE,
        reason=undefined_reason(values, trial),
        scores={c.name: tuple(values[part][c.name] for part in PARTS) for c, _ in metrics},  # type: ignore[misc]  # three parts
        timings=Timings(load_s=load_s, search_s=searched.seconds),
        counts=Counts(
            n_train=len(split.train),
            n_validation=len(split.validation),
            n_test=len(split.test),
            n_unused=len(data.X) - split.size,
            n_refit=len(split.train) + len(split.validation) if ensemble.refitted else None,
        ),
        notes=dict(record.notes),
    )
