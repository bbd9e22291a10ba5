"""When a search ends: its seconds and configurations, and the time kept for fits after it.

A search stops in time by three means. No configuration is begun after `deadline`, which leaves room
to fit what was chosen. Each one under way is ended at the deadline that it was begun with. And what
outlasts `end` is cancelled by whoever asks `is_over`.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.records import ConfigResult, Search
    from bakeoff.training import TrainingRecord

LEAST_PATIENCE_S = 60.0
"""Seconds past its budget that a choice waits for its first configuration, at least."""

_LIMIT_SHARE = 0.9
"""Share of the trial's remaining time that a search may take; chosen here."""

_RESERVE_SHARE = 0.3
"""Most of the search's time that is kept for fits after it; chosen here."""

_MARGIN = 1.25
"""By how much a fit may take longer than the one before; chosen here."""


class Budget:
    """What a search may still spend.

    Args:
        search: configurations and seconds that it may take, and what is fitted after it.
        record: of the trial, for the time that its limit leaves.
        earlier_s: wall-clock seconds of earlier calls, which an interruption ended.
    """

    def __init__(self, search: Search, record: TrainingRecord, earlier_s: float) -> None:
        self._search, self._record, self._earlier_s = search, record, earlier_s
        self.start()

    def start(self) -> None:
        """Start the clock, anew if it ran: imports are no part of a search, as of no fit."""
        search = self._search
        self._started = time.monotonic()
        left = self._record.seconds_left()
        seconds = math.inf if search.seconds is None else search.seconds - self._earlier_s
        self.end = self._started + min(seconds, left if math.isinf(left) else _LIMIT_SHARE * left)
        self._patience = self.end
        if search.across and search.seconds is not None:
            longer = self.end + max(search.seconds, LEAST_PATIENCE_S)
            self._patience = min(longer, self._started + _LIMIT_SHARE * left)

    @property
    def elapsed_s(self) -> float:
        """Wall-clock seconds of the search so far, over all calls."""
        return self._earlier_s + time.monotonic() - self._started

    def configs_left(self, n_done: int) -> int | None:
        """Configurations that may still be evaluated, at least one; None without a limit."""
        return None if self._search.configs is None else max(1, self._search.configs - n_done)

    def allows_another(self, n_begun: int, best: ConfigResult | None) -> bool:
        """Whether another configuration may be begun.

        Args:
            n_begun: configurations so far, those under way included.
            best: the leading one, which says how long fits after the search take.
        """
        if self._search.configs is not None and n_begun >= self._search.configs:
            return False
        if self._search.across and not n_begun:
            return True  # a choice needs one configuration, however late
        return time.monotonic() < self.deadline(best)

    def deadline(self, best: ConfigResult | None) -> float:
        """When searching ends, so that what was chosen can still be fitted within the budget.

        Returns:
            `time.monotonic` value.
        """
        if math.isinf(self.end) or best is None:
            return self.end
        search = self._search
        fits = 1.0 if not search.refit else 2.25
        if search.across:
            # The heaviest members are fitted side by side, on about a third more rows.
            fits = 4 / 3 if search.refit else 0.5
        reserve = _MARGIN * fits * best.fit_s / max(1, search.folds)
        most = _RESERVE_SHARE * (self.end - self._started + self._earlier_s)
        return self.end - min(reserve, most)

    def deadline_of(self, number: int, best: ConfigResult | None) -> float:
        """When a configuration is stopped: a choice waits for its first, as it has no other."""
        return self._patience if number == 0 else self.deadline(best)

    def is_over(self, *, grace_s: float = 0.0) -> bool:
        """Whether time is up, and some seconds more."""
        return time.monotonic() > self.end + grace_s

    def has_time_for(self, seconds: float) -> bool:
        """Whether a fit of so many seconds ends within the budget."""
        return time.monotonic() + seconds < self.end
