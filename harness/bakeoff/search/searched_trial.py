"""A trial with a search: the search, then the trial with what it chose."""

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
from bakeoff.trial.evaluate import evaluate, keep, reason
from bakeoff.trial.fit import split_data, targets

if TYPE_CHECKING:
    from bakeoff.records import Search
    from bakeoff.search.loop import Outcome
    from bakeoff.spaces import Config
    from bakeoff.training import TrainingRecord
    from bakeoff.trial.evaluate import Job, MetricPairs


def run_trial(job: Job, metrics: MetricPairs, record: TrainingRecord) -> Result:
    """Do a trial's work, its search first if it has one.

    Args:
        job: the trial and where things lie.
        metrics: every metric of the problem type, loaded.
        record: handed to learners that take it.

    Raises:
        Exception: whatever the method raises.
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
    outcome = SearchLoop(context, metrics, record).run()
    note_outcome(outcome, record)
    if search.across:
        result = _of_choice(job, metrics, outcome, record)
    else:
        chosen = replace(job, trial=replace(job.trial, method=outcome.method))
        result = evaluate(chosen, metrics, record)
        result = replace(result, timings=replace(result.timings, search_s=outcome.seconds))
    shutil.rmtree(Path(context.folder) / PREDICTIONS, ignore_errors=True)
    return result


def _budget(job: Job, search: Search, metrics: MetricPairs) -> SearchBudget:
    """Budget, metric and journal for a method that searches by itself."""
    task = job.trial.task
    pairs = [pair for pair in metrics if pair[0].name == task.metric]
    folder = Path(job.artifacts) / job.trial.id
    shutil.rmtree(folder, ignore_errors=True)  # it can't go on from what it began
    journal = Journal(folder)

    def value(y_true: Any, answer: Any, classes: Any) -> float:
        columns = SimpleNamespace() if classes is None else SimpleNamespace(classes_=classes)
        checked = scoring.check(answer, columns, task, len(y_true))
        found = scoring.score(checked, y_true, pairs, task)[task.metric]
        return math.nan if found is None else found

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


def note_outcome(outcome: Outcome, record: TrainingRecord) -> None:
    """Note what a search chose, for the row of its trial."""
    states = [tried.state for tried in outcome.tried]
    record.note("search_configs", len(states))
    if outcome.best is None:
        record.note("search_chosen", "{}", "no configuration was scored in time: the default one")
        return
    record.note("search_method", outcome.best.method)
    record.note("search_chosen", json.dumps(outcome.best.config, sort_keys=True))
    if outcome.choice is not None:
        record.note("ensemble", json.dumps(outcome.choice.weights))
        record.note("refitted", json.dumps(outcome.choice.refitted))
        record.note("decision", "even" if outcome.choice.even else "as predicted")


def _of_choice(job: Job, metrics: MetricPairs, outcome: Outcome, record: TrainingRecord) -> Result:
    """The row of a choice across methods: its predictions are those of the ensemble."""
    trial, choice = job.trial, outcome.choice
    if choice is None:
        raise ValueError("expected a choice across methods.")
    started = time.perf_counter()
    data = job.prepared.load()
    load_s = time.perf_counter() - started
    data, split = split_data(data, trial)
    y = targets(data, split)
    found = {part: choice.answers[part] for part in PARTS}
    values = {part: scoring.score(found[part], y[part], metrics, trial.task) for part in PARTS}
    keep(found, split, y, data.X, job)
    return Result(
        trial=trial.id,
        state=TrialState.COMPLETE,
        reason=reason(values, trial),
        scores={c.name: tuple(values[part][c.name] for part in PARTS) for c, _ in metrics},  # type: ignore[misc]  # three parts
        timings=Timings(load_s=load_s, search_s=outcome.seconds),
        counts=Counts(
            n_train=len(split.train),
            n_validation=len(split.validation),
            n_test=len(split.test),
            n_unused=len(data.X) - split.size,
            n_refit=len(split.train) + len(split.validation) if choice.refitted else None,
        ),
        notes=dict(record.notes),
    )
