"""Fit and score single configurations of a search, each within its deadline."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.inner_splits import inner_split, joined
from bakeoff.fetch.cache import write_whole
from bakeoff.problems import scoring
from bakeoff.records import ConfigResult
from bakeoff.search.objective import Objective
from bakeoff.search.requests import PREDICTIONS, EvaluationRequest, TrialContext, configured
from bakeoff.training import TimeUp, TrainingRecord, alarm
from bakeoff.trial.feature_matrices import featurize
from bakeoff.trial.fit import fit_once, split_data, targets_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.data.splits import Split
    from bakeoff.records import Search, SearchedMethod, Trial
    from bakeoff.search.objective import MetricPairs
    from bakeoff.trial.fit import Fitted

    ReportRound = Callable[[int, float], bool]

TIME_UP = "the time for searching was up"
"""Reason of a configuration that was stopped at its deadline."""


class Evaluator:
    """Evaluator of one trial's configurations in this process, one at a time.

    Args:
        context: the trial, its data and its folders.
        metrics: every metric of the problem type, loaded.
        threads: number of threads of a fit.
    """

    def __init__(self, context: TrialContext, metrics: MetricPairs, threads: int) -> None:
        trial = context.trial
        self._context = context
        self._task = replace(trial.task, protocol=replace(trial.task.protocol, threads=threads))
        self._metric = [pair for pair in metrics if pair[0].name == trial.task.metric]
        self._sign = 1.0 if trial.task.direction == "maximize" else -1.0
        self._data, self.split = split_data(context.prepared.load(), trial)
        self._folder = Path(context.folder) / PREDICTIONS

    def truth(self, rows: Any) -> Any:
        """Return the targets of some rows."""
        return targets_of(self._data, rows)

    @cached_property
    def shares(self) -> Any:
        """Shares of the classes in the training part, float64 (n_classes,)."""
        return np.bincount(self.truth(self.split.train), minlength=self._task.n_classes) / len(
            self.split.train
        )

    @cached_property
    def objective(self) -> Objective:
        """Loss and score of predictions for the validation part."""
        return Objective(
            task=self._task,
            metric=self._metric,
            y=self.truth(self.split.validation),
            shares=self.shares if self._task.n_classes else None,
        )

    def constant_score(self) -> float:
        """Return the validation score of predicting the training part's class shares or mean."""
        n_rows = len(self.split.validation)
        if not self._task.n_classes:
            raw = np.full(n_rows, float(np.mean(self.truth(self.split.train))))
        else:
            raw = np.tile(self.shares, (n_rows, 1))
        return self.objective.score(self.objective.predictions(raw, equal_priors=False))

    def evaluate(self, request: EvaluationRequest, report_round: ReportRound) -> ConfigResult:
        """Fit and score a configuration; errors of the method become a state of the result.

        Args:
            request: what to evaluate.
            report_round: called with each round and its value; returns True to end the fit.
        """
        started = time.perf_counter()
        searched = _search(self._context.trial).arms[request.method]
        name = searched.method.name
        result = ConfigResult(number=request.number, method=name, config=request.config)
        try:
            with alarm(request.deadline):
                facts = self._evaluate(request, searched, report_round)
            result = replace(result, **facts)
        except TimeUp:
            result = replace(result, state="stopped", reason=TIME_UP)
        except MemoryError:
            result = replace(result, state="failed", reason="the method ran out of memory")
        except Exception as error:  # noqa: BLE001  a configuration's failure is data
            reason = f"{type(error).__name__}: {error}"[:300]
            result = replace(result, state="failed", reason=reason)
        return replace(result, wall_s=time.perf_counter() - started)

    def _evaluate(
        self, request: EvaluationRequest, searched: SearchedMethod, report_round: ReportRound
    ) -> dict[str, Any]:
        """Fit and score a configuration; return fields of its `ConfigResult`."""
        method = configured(searched.method, request.config)
        trial = replace(self._context.trial, method=method, seeds=searched.seeds, task=self._task)
        search = _search(self._context.trial)
        if request.refit:
            return self._refit(trial, request)
        if search.folds:
            return self._cross_validate(trial, search.folds)
        return self._validate(trial, request, report_round, across=search.across)

    def _validate(
        self, trial: Trial, request: EvaluationRequest, report_round: ReportRound, *, across: bool
    ) -> dict[str, Any]:
        """Fit on the training part and score on the validation part."""
        record = _PruningRecord(request.deadline, report_round, self._sign)
        fitted = self._fit(trial, self.split, "", record if request.watched else None)
        predictions = {"validation": fitted.predict("validation")}
        score, loss = self._score(predictions["validation"], across=across)
        signed = self._sign * score
        best_before, least = request.leads_above, request.kept_above
        leads = best_before is None or signed > self._sign * best_before
        is_stored = least is not None and signed >= self._sign * least
        test_score = None
        if (leads or is_stored) and not record.pruned:
            predictions["test"] = fitted.predict("test")
            y = self.truth(self.split.test)
            test_score = scoring.score(predictions["test"], y, self._metric, self._task)[
                self._task.metric
            ]
        if is_stored:
            predictions["train"] = fitted.predict("train")
            self._store(f"{request.number}.npz", predictions)
        return {
            "state": "pruned" if record.pruned else "complete",
            "score": score,
            "loss": loss,
            "test_score": test_score if leads else None,
            "fit_s": fitted.fit_s + fitted.compile_s,
            "n_rounds": len(record.epochs),
        }

    def _score(self, predicted: scoring.Predictions, *, across: bool) -> tuple[float, float | None]:
        """Return validation score and, in a search across methods, loss."""
        objective = self.objective
        score = objective.score(predicted)
        if not across:
            return score, None
        raw = self._raw(predicted)
        return max(
            (
                objective.score(objective.predictions(raw, equal_priors=equal))
                for equal in objective.prior_options
            ),
            key=lambda value: self._sign * value,
        ), objective.loss(raw)

    def _raw(self, predicted: scoring.Predictions) -> Any:
        """Return an array that can be averaged: values, probabilities, or one-hot labels."""
        if predicted.proba is None and predicted.labels is not None:
            return np.eye(self._task.n_classes, dtype=np.float32)[predicted.labels]
        return predicted.stored

    def _cross_validate(self, trial: Trial, folds: int) -> dict[str, Any]:
        """Fit and score on inner folds of the training part."""
        scores, fit_s = [], 0.0
        for index in range(folds):
            inner = inner_split(self._data, self.split.train, trial, folds=folds, fold=index)
            fitted = self._fit(trial, inner, f"inner-{folds}-{index}")
            fit_s += fitted.fit_s + fitted.compile_s
            y = self.truth(inner.validation)
            predicted = fitted.predict("validation")
            scores.append(scoring.score(predicted, y, self._metric, self._task)[self._task.metric])
        defined = [score for score in scores if score is not None]
        if len(defined) < folds:
            raise ValueError(f"{self._task.metric} is not defined on every inner fold.")
        return {"score": float(np.mean(defined)), "fit_s": fit_s}

    def _refit(self, trial: Trial, request: EvaluationRequest) -> dict[str, Any]:
        """Fit on training plus validation rows and store predictions of the test part."""
        fitted = self._fit(trial, joined(self.split), "refit")
        self._store(f"refit-{request.number}.npz", {"test": fitted.predict("test")})
        return {"fit_s": fitted.fit_s + fitted.compile_s}

    def _fit(
        self, trial: Trial, split: Split, purpose: str, record: TrainingRecord | None = None
    ) -> Fitted:
        """Fit features and learner on a split's training part."""
        scratch = Path(self._context.scratch)
        return fit_once(
            self._data,
            split,
            trial,
            make_matrices=partial(featurize, scratch=scratch, purpose=purpose),
            record=record,
            sets_aside=True,
        )

    def _store(self, name: str, predictions: dict[str, scoring.Predictions]) -> None:
        """Write predictions by part to a file in the trial's folder."""
        with write_whole(self._folder / name, sync=False) as path, path.open("wb") as stream:
            arrays = {part: self._raw(predicted) for part, predicted in predictions.items()}
            np.savez(stream, allow_pickle=False, **arrays)


class _PruningRecord(TrainingRecord):
    """Training record that reports each round, and stops the fit when the searcher prunes it."""

    def __init__(self, deadline: float, report_round: ReportRound, sign: float) -> None:
        super().__init__(deadline)
        self._report_round = report_round
        self._sign = sign
        self.pruned = False

    def epoch(self, **values: float) -> None:
        """Store the round and report its validation loss, signed like the metric."""
        super().epoch(**values)
        loss = values.get("validation_loss")
        if loss is not None and not self.pruned:
            self.pruned = self._report_round(len(self.epochs), -self._sign * loss)

    def should_stop(self) -> bool:
        """Return True if the configuration was pruned, or its time is up."""
        return self.pruned or super().should_stop()


def _search(trial: Trial) -> Search:
    if trial.search is None:
        raise ValueError("expected a trial with a search.")
    return trial.search
