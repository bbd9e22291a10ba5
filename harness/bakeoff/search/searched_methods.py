"""State of each method in a search: its searcher, and the results of its configurations."""

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
"""Number of repeated suggestions in a row after which a search space counts as exhausted."""


@dataclass(slots=True, kw_only=True)
class MethodState:
    """A searched method with its searcher and the results of its configurations.

    Args:
        searched: the method with its search space and seeds.
        index: index of the method among the methods of the search.
        sign: 1 if higher scores are better, else -1.
        searcher: suggests configurations, and learns from validation scores alone.
        defaults: default values of parameters whose range contains them.
        first: configurations to evaluate before the searcher is asked.
        scores: validation score by configuration; None if it has none, or none yet.
        best: result of the complete configuration with the best score.
        spent_s: wall-clock seconds of evaluations.
        n_under_way: number of configurations that are being evaluated.
        is_exhausted: whether the space has no further configuration.
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
        """Name of the method."""
        return self.searched.method.name

    @property
    def signed_best(self) -> float:
        """Best score, signed so that higher is better; minus infinity without one."""
        return self.signed(self.best)

    def signed(self, result: ConfigResult | None) -> float:
        """Return the score of a result, signed so that higher is better; -inf without one."""
        return -math.inf if result is None or result.score is None else self.sign * result.score

    def suggest(self, numbers: Iterator[int]) -> tuple[int, Config] | None:
        """Return the number and values of a new configuration; None if the space is exhausted.

        Args:
            numbers: numbers of configurations; every suggestion takes one, repeated ones included.
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
        """Store a result and report it to the searcher.

        Returns:
            The result with the searcher's memo, which the journal stores.
        """
        self.scores[self._key(result.config)] = result.score
        self.spent_s += result.wall_s
        if result.state == "complete" and self.signed(result) > self.signed_best:
            self.best = result
        config = {**self.defaults, **result.config}
        memo = self.searcher.tell(result.number, config, result.score, result.memo)
        return replace(result, memo=memo)

    def _begin(self, number: int, config: Config) -> tuple[int, Config]:
        """Mark a configuration as being evaluated."""
        self.scores[self._key(config)] = None
        self.n_under_way += 1
        return number, config

    def _key(self, config: Config) -> str:
        """Return a key that is equal for equal configurations, with defaults filled in."""
        return json.dumps({**self.defaults, **config}, sort_keys=True, default=str)


def states_of(trial: Trial, search: Search) -> list[MethodState]:
    """Return the initial state of each method of a search."""
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
