"""The search loop of a trial: ask searchers for configurations, evaluate them, report the scores.

Searchers see configurations and validation scores alone. `budget` decides when the search ends,
`allocation` which method is next. Every result is written to the journal, so that a search that
was killed continues and evaluates no configuration twice.
"""

from __future__ import annotations

import math
from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError
from bakeoff.search.allocation import Allocation
from bakeoff.search.budget import RemainingBudget
from bakeoff.search.evaluator import Evaluator
from bakeoff.search.evaluator_pool import GRACE_S, pool_for
from bakeoff.search.requests import EvaluationRequest, configured
from bakeoff.search.searched_methods import states_of
from bakeoff.search.stored_predictions import Ensemble, StoredPredictions
from bakeoff.store.search_journal import Journal

if TYPE_CHECKING:
    from bakeoff.records import ConfigResult, Method, Search
    from bakeoff.search.evaluator_pool import EvaluatorPool
    from bakeoff.search.objective import MetricPairs
    from bakeoff.search.requests import TrialContext
    from bakeoff.search.searched_methods import MethodState
    from bakeoff.training import TrainingRecord

MAX_STORED = 24
"""Number of best configurations whose predictions are stored for an ensemble; chosen here."""


class SearchError(BakeoffError):
    """A search across methods in which no configuration could be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Result of a search: the chosen configuration and all that were evaluated.

    Args:
        tried: results of all configurations, in the order in which they ended.
        best: result with the best validation score; None if no configuration has a score.
        method: the method with that configuration, or with its default one.
        seconds: wall-clock seconds of the search, summed over all calls.
        ensemble: the ensemble of a search across methods; None for a search of one method.
    """

    tried: tuple[ConfigResult, ...]
    best: ConfigResult | None
    method: Method
    seconds: float
    ensemble: Ensemble | None = None


class SearchLoop:
    """Search of one trial.

    Args:
        context: the trial, its data and its folders.
        metrics: every metric of the problem type, loaded.
        record: training record of the trial; has the time left before the trial's limit.
    """

    def __init__(self, context: TrialContext, metrics: MetricPairs, record: TrainingRecord) -> None:
        trial = context.trial
        if trial.search is None:
            raise ValueError("expected a trial with a search.")
        self.search: Search = trial.search
        self.journal = Journal(Path(context.folder))
        self._context, self._metrics = context, metrics
        self._sign = 1.0 if trial.task.direction == "maximize" else -1.0
        self._budget = RemainingBudget(self.search, record, self.journal.elapsed_s)
        self._allocation = Allocation(states_of(trial, self.search), cache(self._constant_score))
        self._asked: dict[int, MethodState] = {}
        self._numbers = count(1 + max((t.number for t in self.journal.tried), default=-1))
        for result in self.journal.tried:
            self._allocation.of(result).learn(result)

    def run(self) -> SearchResult:
        """Evaluate configurations until the budget is spent, and return the result.

        Raises:
            SearchError: a search across methods has no scored configuration.
        """
        if not self._has_budget(0):
            return self._result(None)
        threads = self._context.trial.task.protocol.threads
        most = self._budget.configs_left(len(self.journal.tried))
        pool = pool_for(self._context, self._metrics, threads, most)
        with closing(pool):
            pool.get_ready()
            self._budget.start()
            self._evaluate(pool)
            return self._result(pool)

    def _evaluate(self, pool: EvaluatorPool) -> None:
        """Keep the pool busy until the budget or the search spaces are exhausted."""
        n_under_way = 0
        while True:
            while n_under_way < pool.size and self._has_budget(n_under_way):
                request = self._ask()
                if request is None:
                    break
                pool.submit(request)
                n_under_way += 1
            if not n_under_way:
                return
            ended = pool.wait(self._prune)
            if not ended and self._budget.is_over(grace_s=GRACE_S) and self._allocation.leader:
                ended = pool.cancel()
            for result in ended:
                n_under_way -= 1
                self._learn(result)

    def _has_budget(self, n_under_way: int) -> bool:
        n_begun = len(self.journal.tried) + n_under_way
        return self._budget.allows_another(n_begun, self._allocation.best)

    def _ask(self) -> EvaluationRequest | None:
        """Return a request for the next configuration; None if all spaces are exhausted."""
        while method := self._allocation.next_method():
            suggested = method.suggest(self._numbers)
            if suggested is None:
                continue
            number, config = suggested
            self._asked[number] = method
            return EvaluationRequest(
                number=number,
                method=method.index,
                config=config,
                deadline=self._budget.deadline_of(number, self._allocation.best),
                leads_above=method.best.score if method.best else None,
                kept_above=self._score_to_store() if self.search.across else None,
                watched=method.searcher.watches and not self.search.folds,
            )
        return None

    def _learn(self, result: ConfigResult) -> None:
        """Report a result to its searcher, and add it to the journal."""
        method = self._allocation.of(result)
        method.n_under_way -= 1
        self.journal.add(method.learn(replace(result, at_s=self._budget.elapsed_s)))

    def _prune(self, number: int, step: int, value: float) -> bool:
        """Return True if the searcher of a configuration prunes it."""
        return self._asked[number].searcher.prune(number, step, value)

    def _score_to_store(self) -> float:
        """Return the score from which on predictions are stored for an ensemble."""
        scores = sorted(
            (self._sign * t.score for t in self.journal.tried if t.score is not None), reverse=True
        )
        return self._sign * (scores[MAX_STORED - 1] if len(scores) >= MAX_STORED else -math.inf)

    def _constant_score(self) -> float:
        """Return the validation score of the constant method; 0 if scores are of inner folds."""
        evaluator = Evaluator(self._context, self._metrics, threads=1)
        return evaluator.constant_score() if not self.search.folds else 0.0

    def _result(self, pool: EvaluatorPool | None) -> SearchResult:
        """Return the result of the search; in a search across methods, build the ensemble."""
        leader = self._allocation.leader
        best = leader.best if leader else None
        if best is None and self.search.across:
            reasons = "; ".join(dict.fromkeys(t.reason for t in self.journal.tried if t.reason))
            raise SearchError(
                f"no configuration could be evaluated within the search's budget: "
                f"{reasons or 'it ended before the first'}."
            )
        searched = leader.searched if leader else self.search.arms[0]
        ensemble = self._ensemble(pool) if self.search.across else None
        return SearchResult(
            tried=tuple(self.journal.tried),
            best=best,
            method=configured(searched.method, best.config if best else {}),
            seconds=self._budget.elapsed_s,
            ensemble=ensemble,
        )

    def _ensemble(self, pool: EvaluatorPool | None) -> Ensemble:
        """Select an ensemble of the best configurations and refit its members if time allows."""
        evaluator = Evaluator(self._context, self._metrics, threads=1)
        stored = StoredPredictions(Path(self._context.folder), self.journal.tried, self._sign)
        ensemble = stored.select(evaluator.objective)
        if self.search.refit and pool is not None:
            self._refit(pool, ensemble)
        return stored.with_predictions(ensemble, evaluator.objective)

    def _refit(self, pool: EvaluatorPool, ensemble: Ensemble) -> None:
        """Fit members on training plus validation while time is left, largest weight first."""
        results = {result.number: result for result in self.journal.tried}
        waiting = deque(sorted(ensemble.weights, key=lambda number: -ensemble.weights[number]))
        n_under_way = 0
        while waiting or n_under_way:
            while waiting and n_under_way < pool.size:
                member = results[waiting.popleft()]
                if not self._budget.has_time_for(member.fit_s):
                    continue
                pool.submit(
                    EvaluationRequest(
                        number=member.number,
                        method=self._allocation.of(member).index,
                        config=member.config,
                        deadline=self._budget.end,
                        refit=True,
                    )
                )
                n_under_way += 1
            if n_under_way:
                n_under_way -= len(pool.wait(self._prune))
