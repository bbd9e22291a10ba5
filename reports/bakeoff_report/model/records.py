"""The record of one method over tasks, which leaderboards and figures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One method over some tasks.

    Args:
        method: its name.
        source: where its features come from.
        means: mean test score on each task that it has one on.
        normalised: mean normalised score, every task weighing the same; NaN unless it has a score
            on every task and every task has a scale.
        rank: 1 for the best; methods with a score on every task come first.
        mean_rank: its rank on a task, 1 for the best and shared between equals, averaged over the
            tasks that it has a score on.
        behind: leader minus this method on the normalised scale, paired; None for the leader and
            where nothing can be paired.
        is_tied: whether `behind`, corrected over the board, leaves room for 0; None unknown.
        train_s: mean seconds to train, summed over the tasks.
        complete: complete trials on these tasks.
        planned: trials of the plan on these tasks.
        is_whole: whether it has a score on every one of them.
    """

    method: str
    source: str
    means: dict[str, float]
    normalised: float
    rank: int
    mean_rank: float
    behind: Interval | None
    is_tied: bool | None
    train_s: float
    complete: int = 0
    planned: int = 0
    is_whole: bool = True
