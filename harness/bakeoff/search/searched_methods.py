"""One method of a search: the configurations that its searcher suggests, and their results."""

from __future__ import annotations

import json
import math
import pkgutil
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bakeoff.provenance.seeds import seed_of
from bakeoff.search.requests import defaults_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.interfaces import Searcher
    from bakeoff.records import ConfigResult, Search, SearchedMethod, Trial
    from bakeoff.spaces import Config

_MOST_REPEATS = 30
"""Suggestions in a row that were evaluated before, after which a space counts as exhausted."""


@dataclass(slots=True, kw_only=True)
class MethodState:
    """A searched method with its searcher, and what was evaluated of it.

    Args:
        searched: the method with its space and seeds.
        index: of it among the methods of the search.
        sign: 1 where higher scores are better, else -1.
        searcher: suggests configurations, and learns from validation scores alone.
        defaults: the default configuration as far as it lies within the space.
        first: configurations to evaluate before the searcher is asked.
        scores: validation score by configuration; None while it is evaluated, and without one.
        best: the complete configuration with the best score.
        spent_s: wall-clock seconds of evaluations.
        n_under_way: configurations that are being evaluated.
        is_exhausted: whether the space holds no further configuration.
    """

    searched: SearchedMethod
    index: int
    sign: float
    searcher: Searcher
    defaults: Config
    first: deque[Config]
    scores: dict[str, float | None] = field(default_factory=dict)
    best: ConfigResult | None = None
    spent_s: float = 0.0
    n_under_way: int = 0
    is_exhausted: bool = False

    @property
    def name(self) -> str:
        """The method's name."""
        return self.searched.method.name

    @property
    def signed_best(self) -> float:
        """The best score, signed so that higher is better; minus infinity without one."""
        return self.signed(self.best)

    def signed(self, result: ConfigResult | None) -> float:
        """A score, signed so that higher is better; minus infinity without one."""
        return -math.inf if result is None or result.score is None else self.sign * result.score

    def suggest(self, numbers: Iterator[int]) -> tuple[int, Config] | None:
        """A number and a configuration that was not evaluated before; None if there is none.

        Args:
            numbers: of configurations; each suggestion takes one, repeated ones included.
        """
        while self.first:
            config = self.first.popleft()
            if self._key(config) not in self.scores:
                return self._begin(next(numbers), config)
        for _ in range(_MOST_REPEATS):
            number = next(numbers)
            config = self.searcher.ask(number)
            key = self._key(config)
            if key not in self.scores:
                return self._begin(number, config)
            self.searcher.tell(number, {**self.defaults, **config}, self.scores[key], {})
        self.is_exhausted = True
        return None

    def learn(self, result: ConfigResult) -> ConfigResult:
        """Take in a result and tell the searcher.

        Returns:
            The same result with what the searcher wants remembered in the journal.
        """
        self.scores[self._key(result.config)] = result.score
        self.spent_s += result.wall_s
        if result.state == "complete" and self.signed(result) > self.signed_best:
            self.best = result
        config = {**self.defaults, **result.config}
        memo = self.searcher.tell(result.number, config, result.score, result.memo)
        return replace(result, memo=memo)

    def _begin(self, number: int, config: Config) -> tuple[int, Config]:
        self.scores[self._key(config)] = None
        self.n_under_way += 1
        return number, config

    def _key(self, config: Config) -> str:
        """A name for a configuration, defaults filled in."""
        return json.dumps({**self.defaults, **config}, sort_keys=True, default=str)


def states_of(trial: Trial, search: Search) -> list[MethodState]:
    """Every method of a search, before anything was evaluated."""
    sign = 1.0 if trial.task.direction == "maximize" else -1.0
    factory = pkgutil.resolve_name(search.target)
    states = []
    for index, searched in enumerate(search.arms):
        seed = seed_of("search", searched.method.name, *map(int, searched.seeds.values()))
        searcher: Any = factory(searched.space, direction=trial.task.direction, seed=seed)
        state = MethodState(
            searched=searched,
            index=index,
            sign=sign,
            searcher=searcher,
            defaults=defaults_of(searched),
            first=deque([{}, *searched.space.starts]),
        )
        states.append(state)
    return states
