"""Decide whether a method overfits or underfits a task, from intervals of gap and train score.

Both may hold. Scores are signed so that higher is better, whatever the metric's direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval

NEARLY_ALL = 0.8
"""Minimum gap of an interpolating learner, as a share of the distance of its test score from a
perfect one. Chosen here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Two answers on the fit of one method on one task; both may be yes.

    Args:
        overfits: whether the gap is clearly wider than the band of practical equivalence.
        underfits: whether the train score is clearly below the reference by more than the band.
        at_most: widest gap that the data leave room for; NaN if there is no interval.
        is_small: whether the data leave no room for a gap wider than the band.
    """

    overfits: bool
    underfits: bool
    at_most: float
    is_small: bool


def judge(gap: Interval, train: Interval, *, reference: float, band: float) -> Verdict:
    """Return the verdict on one method on one task.

    Args:
        gap: train minus test score.
        train: train score.
        reference: test score of the method with the best validation score; NaN if unknown, then
            no method underfits.
        band: half width of the band of practical equivalence, at least 0. All are in the metric's
            unit.
    """
    return Verdict(
        overfits=gap.lies_above(band),
        underfits=train.is_known and train.high < reference - band,
        at_most=gap.high,
        is_small=gap.is_known and gap.high <= band,
    )


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
