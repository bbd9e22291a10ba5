"""Which method of a search gets the next configuration.

Time is given to the method that promises most: each has a floor, and above it the share of the one
that leads is largest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bakeoff.records import ConfigResult
    from bakeoff.search.searched_methods import MethodState

FLOOR = 0.04
"""Least weight of a method in a choice, beside 1 for the one that leads; chosen here."""

_SLOPE = 0.03
"""Distance from the leader, as a share of its lead over the constant method, at which a method's
weight is 1/e; chosen here."""


class Allocation:
    """The methods of a search, and whose turn it is.

    Args:
        methods: those of the search, at least one.
        constant_score: validation score of the constant method, by which a lead is measured.
    """

    def __init__(self, methods: Sequence[MethodState], constant_score: Callable[[], float]) -> None:
        self.methods = methods
        self._constant_score = constant_score

    @property
    def leader(self) -> MethodState | None:
        """The method with the best configuration; None before the first is complete."""
        known = [method for method in self.methods if method.best is not None]
        return max(known, key=lambda method: method.signed_best, default=None)

    @property
    def best(self) -> ConfigResult | None:
        """The best configuration of all methods."""
        leader = self.leader
        return leader.best if leader else None

    def of(self, result: ConfigResult) -> MethodState:
        """The method to which a configuration belongs."""
        return next(method for method in self.methods if method.name == result.method)

    def next_method(self) -> MethodState | None:
        """The method that has had the least time for its weight; defaults come first.

        None where no space holds a further configuration.
        """
        ready = [method for method in self.methods if not method.is_exhausted]
        new = [m for m in ready if not m.spent_s and not m.n_under_way and m.first]
        if new:
            return new[0]
        return min(ready, key=self._weighed_s, default=None)

    def _weighed_s(self, method: MethodState) -> float:
        """Seconds that a method has had, those under way at its mean, over its weight."""
        mean_s = method.spent_s / max(1, len(method.scores))
        return (method.spent_s + method.n_under_way * mean_s) / self._weight(method)

    def _weight(self, method: MethodState) -> float:
        """1 for the method that leads, less for those behind it, never less than `FLOOR`."""
        top, own = self.best, method.best
        if top is None or top.score is None or own is None or own.score is None:
            return FLOOR
        lead = max(abs(top.score - self._constant_score()), 1e-9)
        return max(FLOOR, math.exp(-abs(top.score - own.score) / lead / _SLOPE))
