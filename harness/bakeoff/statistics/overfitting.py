"""Whether a method overfits a task, from its gap and its train score, with the doubt that remains.

Scores here are signed so that more is better, whatever the metric's direction.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval

NEARLY_ALL = 0.8
"""An interpolating learner closes at least this share of what its test score lacks to perfection
on its training rows. Chosen here."""


class Verdict(StrEnum):
    """What the intervals allow to say."""

    OVERFITS = "overfits"
    HEALTHY = "healthy"
    UNDERFITS = "underfits"
    UNDECIDED = "undecided"


def judge(gap: Interval, train: Interval, *, reference: float, band: float) -> Verdict:
    """Judge one method on one task.

    Args:
        gap: train less test score.
        train: the train score.
        reference: test score of what validation chose among all methods; NaN where unknown, and
            then a healthy method can't be told from one that underfits.
        band: half width of practical equivalence, at least 0, all in the metric's unit.

    Returns:
        `overfits` where the gap's interval lies above the band; `underfits` where the train
        score's interval lies below the reference minus the band and the gap's interval does not
        lie above the band; `healthy` where the gap's interval lies within the band and the train
        score is not below the reference by more than it; else `undecided`.
    """
    if gap.lies_above(band):
        return Verdict.OVERFITS
    least = reference - band
    if train.is_known and train.high < least:
        return Verdict.UNDERFITS
    if gap.lies_within(band) and train.estimate >= least:
        return Verdict.HEALTHY
    return Verdict.UNDECIDED


def interpolates(train: float, test: float, perfect: float, *, declared: bool) -> bool:
    """Whether a large gap comes from a learner that learns its training rows by heart by design.

    Args:
        train: mean train score.
        test: mean test score.
        perfect: score of a perfect prediction; infinite or NaN where the metric has none.
        declared: the learner says that it interpolates, see `interfaces.Remedies`.
    """
    if not declared or not math.isfinite(perfect) or train <= test:
        return False
    return train - test >= NEARLY_ALL * (perfect - test)
