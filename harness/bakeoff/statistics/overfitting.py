"""Decide whether a method overfits or underfits a task, from intervals of gap and train score.

Scores are signed so that higher is better, whatever the metric's direction.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval

NEARLY_ALL = 0.8
"""Minimum gap of an interpolating learner, as a share of the distance of its test score from a
perfect one. Chosen here."""


class Verdict(StrEnum):
    """Verdict on the fit of one method on one task."""

    OVERFITS = "overfits"
    HEALTHY = "healthy"
    UNDERFITS = "underfits"
    UNDECIDED = "undecided"


def judge(gap: Interval, train: Interval, *, reference: float, band: float) -> Verdict:
    """Return the verdict on one method on one task.

    Args:
        gap: train minus test score.
        train: train score.
        reference: test score of the method with the best validation score; NaN if unknown, then
            neither `healthy` nor `underfits` is returned.
        band: half width of the band of practical equivalence, at least 0. All are in the metric's
            unit.

    Returns:
        `overfits` if the gap's interval is above the band; else `underfits` if the train score's
        interval is below the reference minus the band; `healthy` if the gap's interval is within
        the band and the train score is at least the reference minus the band; else `undecided`.
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
    """Return True if a large gap comes from a learner that fits training rows perfectly by design.

    Args:
        train: mean train score.
        test: mean test score.
        perfect: score of a perfect prediction; infinite or NaN if the metric has none.
        declared: whether the learner declares that it interpolates, see `interfaces.Remedies`.
    """
    if not declared or not math.isfinite(perfect) or train <= test:
        return False
    return train - test >= NEARLY_ALL * (perfect - test)
