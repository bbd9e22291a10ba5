"""Select the method of a search whose configuration is evaluated next.

Methods share the time by weight: the leading method has the largest, and each at least `FLOOR`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bakeoff.records import ConfigResult
    from bakeoff.search.searched_methods import MethodState

FLOOR = 0.04
"""Smallest weight of a method; that of the leading one is 1. Chosen here."""

_SLOPE = 0.03
"""Score difference to the leader at which a method's weight is 1/e, as a share of the leader's
difference to the constant method; chosen here."""


class Allocation:
    """Allocation of evaluation time to the methods of a search.

    Args:
        methods: methods of the search, at least one.
        constant_score: returns the validation score of the constant method.
    """

    def __init__(self, methods: Sequence[MethodState], constant_score: Callable[[], float]) -> None:
        self.methods = methods
        self._constant_score = constant_score

    @property
    def leader(self) -> MethodState | None:
        """Method with the best configuration; None before the first is complete."""
        scored = [method for method in self.methods if method.best is not None]
        return max(scored, key=lambda method: method.signed_best, default=None)

    @property
    def best(self) -> ConfigResult | None:
        """Result of the best configuration of all methods; None before the first is complete."""
        leader = self.leader
        return leader.best if leader else None

    def of(self, result: ConfigResult) -> MethodState:
        """Return the method that a result belongs to."""
        return next(method for method in self.methods if method.name == result.method)

    def next_method(self) -> MethodState | None:
        """Return the method with the least evaluation time relative to its weight.

        Methods whose default configuration is not evaluated yet come first. None if no search
        space has a further configuration.
        """
        ready = [method for method in self.methods if not method.is_exhausted]
        new = [m for m in ready if not m.spent_s and not m.n_under_way and m.first]
        if new:
            return new[0]
        return min(ready, key=self._weighted_s, default=None)

    def _weighted_s(self, method: MethodState) -> float:
        """Return the seconds of a method over its weight; running evaluations count as its mean."""
        mean_s = method.spent_s / max(1, len(method.scores))
        return (method.spent_s + method.n_under_way * mean_s) / self._weight(method)

    def _weight(self, method: MethodState) -> float:
        """Return the weight of a method in [FLOOR, 1]; 1 for the leading one."""
        best, own = self.best, method.best
        if best is None or best.score is None or own is None or own.score is None:
            return FLOOR
        lead = max(abs(best.score - self._constant_score()), 1e-9)
        return max(FLOOR, math.exp(-abs(best.score - own.score) / lead / _SLOPE))
