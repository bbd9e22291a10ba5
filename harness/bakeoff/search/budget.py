"""Seconds and configurations that remain in a search, with time reserved for fits after it.

Three rules end a search in time. No evaluation starts after `deadline`, which reserves time to fit
the chosen configuration. Each evaluation is stopped at the deadline that was set at its start.
Evaluations that still run after `end` are cancelled by the caller of `is_over`.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.records import ConfigResult, Search
    from bakeoff.training import TrainingRecord

LEAST_PATIENCE_S = 60.0
"""Minimum seconds past its budget that a search across methods waits for its first result."""

_LIMIT_SHARE = 0.9
"""Maximum share of the trial's remaining time for its search; chosen here."""

_RESERVE_SHARE = 0.3
"""Maximum share of the search's time that is reserved for fits after it; chosen here."""

_MARGIN = 1.25
"""Factor by which a fit may take longer than the previous one; chosen here."""


class RemainingBudget:
    """Time and configurations that remain in a search.

    Args:
        search: maximum configurations and seconds, and what is fitted after the search.
        record: training record of the trial; has the time left before the trial's limit.
        earlier_s: wall-clock seconds of earlier calls that were interrupted.
    """

    def __init__(self, search: Search, record: TrainingRecord, earlier_s: float) -> None:
        self._search, self._record, self._earlier_s = search, record, earlier_s
        self.start()

    def start(self) -> None:
        """Start or restart the clock, so that imports don't count as search time."""
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
        """Wall-clock seconds of the search so far, summed over all calls."""
        return self._earlier_s + time.monotonic() - self._started

    def configs_left(self, n_done: int) -> int | None:
        """Return how many configurations may still be evaluated, at least 1; None if unlimited."""
        return None if self._search.configs is None else max(1, self._search.configs - n_done)

    def allows_another(self, n_begun: int, best: ConfigResult | None) -> bool:
        """Return True if another evaluation may start.

        Args:
            n_begun: number of configurations so far, including running evaluations.
            best: best result so far; its duration predicts that of fits after the search.
        """
        if self._search.configs is not None and n_begun >= self._search.configs:
            return False
        if self._search.across and not n_begun:
            return True  # a search across methods needs one result, however late
        return time.monotonic() < self.deadline(best)

    def deadline(self, best: ConfigResult | None) -> float:
        """Return the `time.monotonic` value at which evaluations end.

        It leaves enough of the budget to fit the chosen configurations.
        """
        if math.isinf(self.end) or best is None:
            return self.end
        search = self._search
        fits = 1.0 if not search.refit else 2.25
        if search.across:
            # The members with the largest weights are fitted in parallel, on a third more rows.
            fits = 4 / 3 if search.refit else 0.5
        reserve = _MARGIN * fits * best.fit_s / max(1, search.folds)
        most = _RESERVE_SHARE * (self.end - self._started + self._earlier_s)
        return self.end - min(reserve, most)

    def deadline_of(self, number: int, best: ConfigResult | None) -> float:
        """Return the deadline of an evaluation; the first of a search across methods may be late.

        Args:
            number: number of the configuration, from 0.
            best: best result so far.
        """
        return self._patience if number == 0 else self.deadline(best)

    def is_over(self, *, grace_s: float = 0.0) -> bool:
        """Return True if the search ended more than `grace_s` seconds ago."""
        return time.monotonic() > self.end + grace_s

    def has_time_for(self, seconds: float) -> bool:
        """Return True if a fit of that many seconds ends within the budget."""
        return time.monotonic() + seconds < self.end
