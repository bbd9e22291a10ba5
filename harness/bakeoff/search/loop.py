"""The search of a trial: which configuration next, until the budget is spent.

Searchers see configurations and validation scores alone. Time is given to the method that promises
most: each has a floor, and above it the share of the one that leads is largest. Whatever ended is
in the journal, so that a search that was killed goes on and evaluates nothing twice.
"""

from __future__ import annotations

import json
import math
import pkgutil
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.errors import BakeoffError
from bakeoff.provenance.seeds import seed_of
from bakeoff.search.evaluator import Bench
from bakeoff.search.evaluator_pool import GRACE_S, crew_for
from bakeoff.search.requests import Order, configured, defaults_of
from bakeoff.search.stored_predictions import Choice, Library
from bakeoff.store.search_journal import Journal

if TYPE_CHECKING:
    from bakeoff.interfaces import Searcher
    from bakeoff.records import Arm, Method, Search, Tried
    from bakeoff.search.evaluator_pool import Crew
    from bakeoff.search.objective import MetricPairs
    from bakeoff.search.requests import Place
    from bakeoff.spaces import Config
    from bakeoff.training import TrainingRecord

KEPT = 24
"""Configurations of a choice whose predictions are kept at a time; chosen here."""

FLOOR = 0.04
"""Least weight of a method in a choice, beside 1 for the one that leads; chosen here."""

_SLOPE = 0.03
"""Distance from the leader, as a share of its lead over the constant method, at which a method's
weight is 1/e; chosen here."""

LEAST_PATIENCE_S = 60.0
"""Seconds past its budget that a choice waits for its first configuration, at least."""

_MOST_REPEATS = 30
_MARGIN = 1.25
"""By how much a fit may take longer than the one before; chosen here."""


class SearchError(BakeoffError):
    """A search that could evaluate nothing."""


@dataclass(slots=True)
class _Pull:
    """One method of a search, with what was tried of it."""

    arm: Arm
    index: int
    searcher: Searcher
    fixed: Config
    queue: deque[Config]
    known: dict[str, float | None] = field(default_factory=dict)
    best: Tried | None = None
    spent_s: float = 0.0
    slowest_s: float = 0.0
    under_way: int = 0
    exhausted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a search chose.

    Args:
        tried: every configuration, in the order in which they ended.
        best: the one with the best validation score; None where none has one.
        method: the method with that configuration, or with its default one.
        seconds: wall-clock seconds, over all calls.
        choice: in a choice across methods, the ensemble.
    """

    tried: tuple[Tried, ...]
    best: Tried | None
    method: Method
    seconds: float
    choice: Choice | None = None


class Tuner:
    """The search of one trial.

    Args:
        place: the trial, its data and its folders.
        metrics: every metric of the problem type, loaded.
        record: of the trial, for the time that its limit leaves.
    """

    def __init__(self, place: Place, metrics: MetricPairs, record: TrainingRecord) -> None:
        trial = place.trial
        if trial.search is None:
            raise ValueError("expected a trial with a search.")
        self.search: Search = trial.search
        self.journal = Journal(Path(place.folder))
        self._place, self._metrics = place, metrics
        self._sign = 1.0 if trial.task.direction == "maximize" else -1.0
        self._before_s = self.journal.elapsed_s
        self._record = record
        self._start_clock()
        self._pulls = [self._pull(index, arm) for index, arm in enumerate(self.search.arms)]
        self._asked: dict[int, _Pull] = {}
        self._zero: float | None = None
        self._number = 1 + max((t.number for t in self.journal.tried), default=-1)
        for tried in self.journal.tried:
            self._learn(tried)

    def _start_clock(self) -> None:
        self._started = time.monotonic()
        left = self._record.seconds_left()
        budget = math.inf if self.search.seconds is None else self.search.seconds - self._before_s
        self._end = self._started + min(budget, left if math.isinf(left) else 0.9 * left)
        self._patience = self._end  # a choice waits for its first configuration if it has no other
        if self.search.across and self.search.seconds is not None:
            longer = self._end + max(self.search.seconds, LEAST_PATIENCE_S)
            self._patience = min(longer, self._started + 0.9 * left)

    def run(self) -> Outcome:
        """Evaluate configurations until the budget is spent.

        Raises:
            SearchError: a choice across methods has nothing to choose from.
        """
        threads = self._place.trial.task.protocol.threads
        left = self.search.configs
        most = None if left is None else max(1, left - len(self.journal.tried))
        if self._has_budget(0):
            crew = crew_for(self._place, self._metrics, threads, most)
            with closing(crew):
                crew.get_ready()
                self._start_clock()  # imports are no part of a search, as of no fit
                self._loop(crew)
                return self._outcome(crew)
        return self._outcome(None)

    def elapsed(self) -> float:
        """Seconds of the search so far, over all calls."""
        return self._before_s + time.monotonic() - self._started

    def _loop(self, crew: Crew) -> None:
        under_way = 0
        while True:
            while under_way < crew.size and self._has_budget(under_way):
                order = self._next()
                if order is None:
                    break
                crew.submit(order)
                under_way += 1
            if not under_way:
                return
            ended = crew.wait(self._prune)
            if not ended and time.monotonic() > self._end + GRACE_S and self._leader():
                ended = crew.cancel()
            for tried in ended:
                under_way -= 1
                self._end_one(tried)

    def _has_budget(self, under_way: int) -> bool:
        done = len(self.journal.tried) + under_way
        if self.search.configs is not None and done >= self.search.configs:
            return False
        if self.search.across and not done:
            return True  # a choice needs one configuration, however late
        return time.monotonic() < self._deadline()

    def _deadline(self) -> float:
        """When searching ends, so that what was chosen can still be fitted within the budget."""
        if math.isinf(self._end):
            return self._end
        best = self._leader()
        if best is None or best.best is None:
            return self._end
        fits = 1.0 if not self.search.refit else 2.25
        if self.search.across:
            # The heaviest members are fitted side by side, on about a third more rows.
            fits = 4 / 3 if self.search.refit else 0.5
        reserve = _MARGIN * fits * best.best.fit_s / max(1, self.search.folds)
        return self._end - min(reserve, 0.3 * (self._end - self._started + self._before_s))

    def _next(self) -> Order | None:
        """The next configuration, of the method whose turn it is."""
        while pull := self._turn():
            config = self._suggest(pull)
            if config is None:
                continue
            number, self._number = self._number, self._number + 1
            pull.under_way += 1
            self._asked[number] = pull
            return Order(
                number=number,
                arm=pull.index,
                config=config,
                deadline=self._patience if number == 0 else self._deadline(),
                leads_above=pull.best.score if pull.best else None,
                kept_above=self._bar() if self.search.across else None,
                watched=pull.searcher.watches and not self.search.folds,
            )
        return None

    def _suggest(self, pull: _Pull) -> Config | None:
        """A configuration that was not tried before; None where the space holds no more."""
        while pull.queue:
            config = pull.queue.popleft()
            if _key(pull, config) not in pull.known:
                pull.known[_key(pull, config)] = None
                return config
        for _ in range(_MOST_REPEATS):
            config = pull.searcher.ask(self._number)
            key = _key(pull, config)
            if key not in pull.known:
                pull.known[key] = None
                return config
            pull.searcher.tell(self._number, {**pull.fixed, **config}, pull.known[key], {})
            self._number += 1
        pull.exhausted = True
        return None

    def _turn(self) -> _Pull | None:
        """The method that has had the least time for its weight; defaults come first."""
        ready = [pull for pull in self._pulls if not pull.exhausted]
        fresh = [p for p in ready if not p.spent_s and not p.under_way and p.queue]
        if fresh:
            return fresh[0]
        return min(ready, key=self._claim, default=None)

    def _claim(self, pull: _Pull) -> float:
        typical = pull.spent_s / max(1, len(pull.known))
        return (pull.spent_s + pull.under_way * typical) / self._weight(pull)

    def _weight(self, pull: _Pull) -> float:
        """1 for the method that leads, less for those behind it, never less than `FLOOR`."""
        leader = self._leader()
        if leader is None or leader.best is None or pull.best is None:
            return FLOOR
        top, own = leader.best.score, pull.best.score
        if top is None or own is None:
            return FLOOR
        zero = self._constant()
        lead = max(abs(top - zero), 1e-9)
        return max(FLOOR, math.exp(-abs(top - own) / lead / _SLOPE))

    def _constant(self) -> float:
        """Validation score of the constant method."""
        if self._zero is None:
            bench = Bench(self._place, self._metrics, threads=1)
            self._zero = bench.constant_score() if not self.search.folds else 0.0
        return self._zero

    def _bar(self) -> float:
        """Score above which predictions are kept for an ensemble."""
        worst = -self._sign * math.inf
        scores = sorted(
            (self._sign * t.score for t in self.journal.tried if t.score is not None), reverse=True
        )
        return self._sign * scores[KEPT - 1] if len(scores) >= KEPT else worst

    def _leader(self) -> _Pull | None:
        known = [pull for pull in self._pulls if pull.best is not None]
        return max(known, key=lambda p: self._signed(p.best), default=None)

    def _signed(self, tried: Tried | None) -> float:
        return -math.inf if tried is None or tried.score is None else self._sign * tried.score

    def _prune(self, number: int, step: int, value: float) -> bool:
        """Ask the searcher whose configuration it is."""
        return self._asked[number].searcher.prune(number, step, value)

    def _end_one(self, tried: Tried) -> None:
        pull = self._of(tried)
        pull.under_way -= 1
        tried = replace(tried, at_s=self.elapsed())
        self.journal.add(self._learn(tried))

    def _learn(self, tried: Tried) -> Tried:
        """Tell the searcher; what it wants remembered goes into the journal."""
        pull = self._of(tried)
        pull.known[_key(pull, tried.config)] = tried.score
        pull.spent_s += tried.wall_s
        pull.slowest_s = max(pull.slowest_s, tried.fit_s)
        if tried.state == "complete" and self._signed(tried) > self._signed(pull.best):
            pull.best = tried
        config = {**pull.fixed, **tried.config}
        memo = pull.searcher.tell(tried.number, config, tried.score, tried.memo)
        return replace(tried, memo=memo)

    def _of(self, tried: Tried) -> _Pull:
        return next(pull for pull in self._pulls if pull.arm.method.name == tried.method)

    def _pull(self, index: int, arm: Arm) -> _Pull:
        factory = pkgutil.resolve_name(self.search.target)
        seed = seed_of("search", arm.method.name, *map(int, arm.seeds.values()))
        searcher: Any = factory(arm.space, direction=self._place.trial.task.direction, seed=seed)
        queue: deque[Config] = deque([{}, *arm.space.starts])
        return _Pull(arm, index, searcher, defaults_of(arm), queue)

    def _outcome(self, crew: Crew | None) -> Outcome:
        leader = self._leader()
        best = leader.best if leader else None
        if best is None and self.search.across:
            reasons = "; ".join(dict.fromkeys(t.reason for t in self.journal.tried if t.reason))
            raise SearchError(
                f"no configuration could be evaluated within the search's budget: "
                f"{reasons or 'it ended before the first'}."
            )
        arm = leader.arm if leader else self.search.arms[0]
        choice = self._choose(crew) if self.search.across else None
        return Outcome(
            tried=tuple(self.journal.tried),
            best=best,
            method=configured(arm.method, best.config if best else {}),
            seconds=self.elapsed(),
            choice=choice,
        )

    def _choose(self, crew: Crew | None) -> Choice:
        """The ensemble of the best, its members fitted once more where time allows."""
        bench = Bench(self._place, self._metrics, threads=1)
        library = Library(Path(self._place.folder), self.journal.tried, self._sign)
        choice = library.choose(bench.rules)
        if self.search.refit and crew is not None:
            self._refit(crew, choice)
        return library.answer(choice, bench)

    def _refit(self, crew: Crew, choice: Choice) -> None:
        """Fit members on training plus validation, the heaviest first; the rest stays as it was."""
        known = {tried.number: tried for tried in self.journal.tried}
        heaviest = sorted(choice.weights, key=lambda n: -choice.weights[n])
        waiting, under_way = deque(heaviest), 0
        while waiting or under_way:
            while waiting and under_way < crew.size:
                tried = known[waiting.popleft()]
                if time.monotonic() + tried.fit_s >= self._end:
                    continue
                arm = self._of(tried).index
                order = Order(
                    number=tried.number,
                    arm=arm,
                    config=tried.config,
                    deadline=self._end,
                    refit=True,
                )
                crew.submit(order)
                under_way += 1
            if under_way:
                under_way -= len(crew.wait(self._prune))


def _key(pull: _Pull, config: Config) -> str:
    """A name for a configuration, defaults filled in."""
    return json.dumps({**pull.fixed, **config}, sort_keys=True, default=str)
