"""Record of one method over several tasks, shared by leaderboards and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Rank and scores of one method over some tasks.

    Args:
        method: its name.
        source: source of its features.
        means: mean test score by task, over the splits that it has a score on.
        normalised: mean normalised score over the tasks with a scale, equally weighted and
            adjusted for splits that it lacks; NaN unless it has a score on every task.
        rank: 1 for the best; methods that can lead come first, then those that failed on a split
            or lack a task. Equal methods share a rank.
        mean_rank: its rank on a task, 1 for the best, averaged over the tasks that it has a score
            on; equal methods share a rank.
        behind: paired difference, leader minus this method, on the normalised scale; None for the
            leader and without pairs.
        is_tied: whether the leader is not clearly ahead, corrected for all methods; None if it is
            unknown, and for methods that failed.
        train_s: median seconds to train over splits, summed over the tasks.
        complete: number of complete trials on these tasks.
        failed: number of trials on these tasks that the method itself failed.
        planned: number of planned trials on these tasks.
        is_whole: whether it has a score on every task.
    """

    method: str
    source: str
    means: dict[str, float]
    normalised: float
    rank: int
    mean_rank: float
    behind: Interval | None
    train_s: float
    complete: int = 0
    failed: int = 0
    planned: int = 0
    is_whole: bool = True
    is_tied: bool | None = None

    @property
    def can_lead(self) -> bool:
        """Whether it has a score on every task and failed on no split."""
        return self.is_whole and not self.failed
