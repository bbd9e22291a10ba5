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
from bakeoff.records import Tried
from bakeoff.search.objective import Rules
from bakeoff.search.requests import PREDICTIONS, Order, Place, configured
from bakeoff.training import TimeUp, TrainingRecord, alarm
from bakeoff.trial.feature_matrices import featurize
from bakeoff.trial.fit import fit_once, split_data, targets_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.data.splits import Split
    from bakeoff.records import Arm, Search, Trial
    from bakeoff.search.objective import MetricPairs
    from bakeoff.trial.fit import Fitted

TIME_UP = "the time for searching was up"
"""Reason of a configuration that was stopped."""


class Bench:
    """Evaluates configurations of one trial in this process, one at a time.

    Args:
        place: where it works.
        metrics: every metric of the problem type, loaded.
        threads: threads that a fit may use.
    """

    def __init__(self, place: Place, metrics: MetricPairs, threads: int) -> None:
        trial = place.trial
        self._place = place
        self._task = replace(trial.task, protocol=replace(trial.task.protocol, threads=threads))
        self._metric = [pair for pair in metrics if pair[0].name == trial.task.metric]
        self._sign = 1.0 if trial.task.direction == "maximize" else -1.0
        self._data, self.split = split_data(place.prepared.load(), trial)
        self._folder = Path(place.folder) / PREDICTIONS

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
    def rules(self) -> Rules:
        """How answers are judged on the validation part."""
        return Rules(
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
        return self.rules.score(self.rules.answer(raw, even=False))

    def evaluate(self, order: Order, tell: Callable[[int, float], bool]) -> Tried:
        """Fit and score; whatever the method does becomes a state.

        Args:
            order: what to evaluate.
            tell: told each round and its value; True ends the fit.
        """
        started = time.perf_counter()
        arm = _search(self._place.trial).arms[order.arm]
        tried = Tried(number=order.number, method=arm.method.name, config=order.config)
        try:
            with alarm(order.deadline):
                found = self._evaluate(order, arm, tell)
            tried = replace(tried, **found)
        except TimeUp:
            tried = replace(tried, state="stopped", reason=TIME_UP)
        except MemoryError:
            tried = replace(tried, state="failed", reason="the method ran out of memory")
        except Exception as error:  # noqa: BLE001  a configuration's failure is data
            reason = f"{type(error).__name__}: {error}"[:300]
            tried = replace(tried, state="failed", reason=reason)
        return replace(tried, wall_s=time.perf_counter() - started)

    def _evaluate(
        self, order: Order, arm: Arm, tell: Callable[[int, float], bool]
    ) -> dict[str, Any]:
        method = configured(arm.method, order.config)
        trial = replace(self._place.trial, method=method, seeds=arm.seeds, task=self._task)
        search = _search(self._place.trial)
        if order.refit:
            return self._refit(trial, order)
        if search.folds:
            return self._cross_validate(trial, search.folds)
        record = _Rounds(order.deadline, tell, self._sign)
        fitted = self._fit(trial, self.split, "", record if order.watched else None)
        answers = {"validation": fitted.predict("validation")}
        score, loss = self._score(answers["validation"], across=search.across)
        leads = order.leads_above is None or self._sign * score > self._sign * order.leads_above
        kept = order.kept_above is not None and (
            self._sign * score >= self._sign * order.kept_above
        )
        test_score = None
        if (leads or kept) and not record.pruned:
            answers["test"] = fitted.predict("test")
            y = self.truth(self.split.test)
            test_score = scoring.score(answers["test"], y, self._metric, self._task)[
                self._task.metric
            ]
        if kept:
            answers["train"] = fitted.predict("train")
            self._keep(f"{order.number}.npz", answers)
        return {
            "state": "pruned" if record.pruned else "complete",
            "score": score,
            "loss": loss,
            "test_score": test_score if leads else None,
            "fit_s": fitted.fit_s + fitted.compile_s,
            "n_rounds": len(record.epochs),
        }

    def _score(self, answer: scoring.Predictions, *, across: bool) -> tuple[float, float | None]:
        rules = self.rules
        score = rules.score(answer)
        if not across:
            return score, None
        raw = self._raw(answer)
        return max(
            (rules.score(rules.answer(raw, even=e)) for e in rules.decisions),
            key=lambda value: self._sign * value,
        ), rules.loss(raw)

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

    def _refit(self, trial: Trial, order: Order) -> dict[str, Any]:
        fitted = self._fit(trial, joined(self.split), "refit")
        self._keep(f"refit-{order.number}.npz", {"test": fitted.predict("test")})
        return {"fit_s": fitted.fit_s + fitted.compile_s}

    def _fit(
        self, trial: Trial, split: Split, purpose: str, record: TrainingRecord | None = None
    ) -> Fitted:
        """Features and learner, fitted on a split's training part."""
        scratch = Path(self._place.scratch)
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

    def __init__(self, deadline: float, tell: Callable[[int, float], bool], sign: float) -> None:
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
