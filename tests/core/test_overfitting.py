"""Verdicts on overfitting, against hand-made cases."""

from __future__ import annotations

import math

import pytest

from bakeoff.statistics.intervals import NEW_DATA, Interval
from bakeoff.statistics.overfitting import Verdict, interpolates, judge


def at(low: float, high: float) -> Interval:
    """An interval around the middle of two ends."""
    return Interval(
        estimate=(low + high) / 2, low=low, high=high, n=5, target=NEW_DATA, how="given"
    )


@pytest.mark.parametrize(
    ("gap", "train", "verdict"),
    [
        (at(0.05, 0.09), at(0.95, 0.99), Verdict.OVERFITS),
        (at(-0.01, 0.01), at(0.89, 0.93), Verdict.HEALTHY),
        (at(-0.01, 0.01), at(0.85, 0.87), Verdict.UNDERFITS),
        (at(-0.03, 0.05), at(0.80, 0.84), Verdict.UNDERFITS),
        (at(0.01, 0.05), at(0.95, 0.99), Verdict.UNDECIDED),
        (at(-0.01, 0.01), at(0.80, 0.95), Verdict.UNDECIDED),
        (at(math.nan, math.nan), at(0.9, 0.95), Verdict.UNDECIDED),
        (at(0.05, 0.09), at(0.70, 0.74), Verdict.OVERFITS),
    ],
)
def test_verdicts_follow_the_intervals(gap: Interval, train: Interval, verdict: Verdict) -> None:
    """The reference scores 0.9 and the band is 0.02."""
    assert judge(gap, train, reference=0.9, band=0.02) == verdict


def test_without_a_reference_nothing_underfits_and_nothing_is_healthy() -> None:
    """There is nothing to hold the train score against."""
    found = judge(at(-0.01, 0.01), at(0.1, 0.2), reference=math.nan, band=0.02)

    assert found == Verdict.UNDECIDED


def test_interpolating_is_declared_and_seen() -> None:
    """A forest that all but learns its rows by heart; five neighbours that don't."""
    assert interpolates(0.92, 0.42, 1.0, declared=True)
    assert not interpolates(0.92, 0.42, 1.0, declared=False)
    assert not interpolates(0.97, 0.96, 1.0, declared=True)
    assert not interpolates(-1.0, -2.0, math.inf, declared=True)
