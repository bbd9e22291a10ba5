"""One configuration of a search: fitted, scored, and stopped in time."""

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

    Tell = Callable[[int, float], bool]

TIME_UP = "the time for searching was up"
"""Reason of a configuration that was stopped."""


class Evaluator:
    """Evaluates configurations of one trial in this process, one at a time.

    Args:
        context: where it works.
        metrics: every metric of the problem type, loaded.
        threads: threads that a fit may use.
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
        """Targets of some rows."""
        return targets_of(self._data, rows)

    @cached_property
    def shares(self) -> Any:
        """Shares of the classes in the training part, float64 (n_classes,)."""
        return np.bincount(self.truth(self.split.train), minlength=self._task.n_classes) / len(
            self.split.train
        )

    @cached_property
    def objective(self) -> Objective:
        """How answers are judged on the validation part."""
        return Objective(
            task=self._task,
            metric=self._metric,
            y=self.truth(self.split.validation),
            shares=self.shares if self._task.n_classes else None,
        )

    def constant_score(self) -> float:
        """Validation score of the training part's class shares or mean."""
        n_rows = len(self.split.validation)
        if not self._task.n_classes:
            raw = np.full(n_rows, float(np.mean(self.truth(self.split.train))))
        else:
            raw = np.tile(self.shares, (n_rows, 1))
        return self.objective.score(self.objective.answer(raw, even=False))

    def evaluate(self, request: EvaluationRequest, tell: Tell) -> ConfigResult:
        """Fit and score; whatever the method does becomes a state.

        Args:
            request: what to evaluate.
            tell: told each round and its value; True ends the fit.
        """
        started = time.perf_counter()
        searched = _search(self._context.trial).arms[request.method]
        name = searched.method.name
        result = ConfigResult(number=request.number, method=name, config=request.config)
        try:
            with alarm(request.deadline):
                found = self._evaluate(request, searched, tell)
            result = replace(result, **found)
        except TimeUp:
            result = replace(result, state="stopped", reason=TIME_UP)
        except MemoryError:
            result = replace(result, state="failed", reason="the method ran out of memory")
        except Exception as error:  # noqa: BLE001  a configuration's failure is data
            reason = f"{type(error).__name__}: {error}"[:300]
            result = replace(result, state="failed", reason=reason)
        return replace(result, wall_s=time.perf_counter() - started)

    def _evaluate(
        self, request: EvaluationRequest, searched: SearchedMethod, tell: Tell
    ) -> dict[str, Any]:
        method = configured(searched.method, request.config)
        trial = replace(self._context.trial, method=method, seeds=searched.seeds, task=self._task)
        search = _search(self._context.trial)
        if request.refit:
            return self._refit(trial, request)
        if search.folds:
            return self._cross_validate(trial, search.folds)
        return self._validate(trial, request, tell, across=search.across)

    def _validate(
        self, trial: Trial, request: EvaluationRequest, tell: Tell, *, across: bool
    ) -> dict[str, Any]:
        """Fit on the training part and score on the validation part."""
        record = _Rounds(request.deadline, tell, self._sign)
        fitted = self._fit(trial, self.split, "", record if request.watched else None)
        answers = {"validation": fitted.predict("validation")}
        score, loss = self._score(answers["validation"], across=across)
        signed, (above, least) = self._sign * score, (request.leads_above, request.kept_above)
        leads = above is None or signed > self._sign * above
        kept = least is not None and signed >= self._sign * least
        test_score = None
        if (leads or kept) and not record.pruned:
            answers["test"] = fitted.predict("test")
            y = self.truth(self.split.test)
            test_score = scoring.score(answers["test"], y, self._metric, self._task)[
                self._task.metric
            ]
        if kept:
            answers["train"] = fitted.predict("train")
            self._keep(f"{request.number}.npz", answers)
        return {
            "state": "pruned" if record.pruned else "complete",
            "score": score,
            "loss": loss,
            "test_score": test_score if leads else None,
            "fit_s": fitted.fit_s + fitted.compile_s,
            "n_rounds": len(record.epochs),
        }

    def _score(self, answer: scoring.Predictions, *, across: bool) -> tuple[float, float | None]:
        objective = self.objective
        score = objective.score(answer)
        if not across:
            return score, None
        raw = self._raw(answer)
        return max(
            (objective.score(objective.answer(raw, even=e)) for e in objective.decisions),
            key=lambda value: self._sign * value,
        ), objective.loss(raw)

    def _raw(self, answer: scoring.Predictions) -> Any:
        """What can be averaged: values or probabilities, certain ones where there are labels."""
        if answer.proba is None and answer.labels is not None:
            return np.eye(self._task.n_classes, dtype=np.float32)[answer.labels]
        return answer.stored

    def _cross_validate(self, trial: Trial, folds: int) -> dict[str, Any]:
        scores, fit_s = [], 0.0
        for index in range(folds):
            inner = inner_split(self._data, self.split.train, trial, folds=folds, fold=index)
            fitted = self._fit(trial, inner, f"inner-{folds}-{index}")
            fit_s += fitted.fit_s + fitted.compile_s
            y = self.truth(inner.validation)
            answer = fitted.predict("validation")
            scores.append(scoring.score(answer, y, self._metric, self._task)[self._task.metric])
        known = [score for score in scores if score is not None]
        if len(known) < folds:
            raise ValueError(f"{self._task.metric} is not defined on every inner fold.")
        return {"score": float(np.mean(known)), "fit_s": fit_s}

    def _refit(self, trial: Trial, request: EvaluationRequest) -> dict[str, Any]:
        fitted = self._fit(trial, joined(self.split), "refit")
        self._keep(f"refit-{request.number}.npz", {"test": fitted.predict("test")})
        return {"fit_s": fitted.fit_s + fitted.compile_s}

    def _fit(
        self, trial: Trial, split: Split, purpose: str, record: TrainingRecord | None = None
    ) -> Fitted:
        """Features and learner, fitted on a split's training part."""
        scratch = Path(self._context.scratch)
        return fit_once(
            self._data,
            split,
            trial,
            make_matrices=partial(featurize, scratch=scratch, purpose=purpose),
            record=record,
            sets_aside=True,
        )

    def _keep(self, name: str, answers: dict[str, scoring.Predictions]) -> None:
        with write_whole(self._folder / name, sync=False) as path, path.open("wb") as stream:
            stored = {part: self._raw(answer) for part, answer in answers.items()}
            np.savez(stream, allow_pickle=False, **stored)


class _Rounds(TrainingRecord):
    """A record that passes rounds on, and ends the fit when it is told so."""

    def __init__(self, deadline: float, tell: Tell, sign: float) -> None:
        super().__init__(deadline)
        self._tell = tell
        self._sign = sign
        self.pruned = False

    def epoch(self, **values: float) -> None:
        """Store the round and pass its validation loss on, signed like the metric."""
        super().epoch(**values)
        loss = values.get("validation_loss")
        if loss is not None and not self.pruned:
            self.pruned = self._tell(len(self.epochs), -self._sign * loss)

    def should_stop(self) -> bool:
        """Whether it was pruned, or time is up."""
        return self.pruned or super().should_stop()


def _search(trial: Trial) -> Search:
    if trial.search is None:
        raise ValueError("expected a trial with a search.")
    return trial.search
