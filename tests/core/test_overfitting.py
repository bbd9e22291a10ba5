"""Verdicts on overfitting, against hand-made cases."""

from __future__ import annotations

import math

import pytest

from bakeoff.statistics.intervals import NEW_DATA, Interval
from bakeoff.statistics.overfitting import interpolates, judge


def at(low: float, high: float) -> Interval:
    """An interval around the middle of two ends."""
    return Interval(
        estimate=(low + high) / 2, low=low, high=high, n=5, target=NEW_DATA, how="given"
    )


@pytest.mark.parametrize(
    ("gap", "train", "answers"),
    [
        (at(0.05, 0.09), at(0.95, 0.99), (True, False)),
        (at(-0.01, 0.01), at(0.89, 0.93), (False, False)),
        (at(-0.01, 0.01), at(0.85, 0.87), (False, True)),
        (at(-0.03, 0.05), at(0.80, 0.84), (False, True)),
        (at(0.01, 0.05), at(0.95, 0.99), (False, False)),
        (at(-0.01, 0.01), at(0.80, 0.95), (False, False)),
        (at(math.nan, math.nan), at(0.9, 0.95), (False, False)),
        (at(0.05, 0.09), at(0.70, 0.74), (True, True)),
    ],
)
def test_answers_follow_the_intervals(
    gap: Interval, train: Interval, answers: tuple[bool, bool]
) -> None:
    """The reference scores 0.9 and the band is 0.02."""
    verdict = judge(gap, train, reference=0.9, band=0.02)

    assert (verdict.overfits, verdict.underfits) == answers
    assert verdict.at_most == pytest.approx(gap.high, nan_ok=True)
    assert verdict.is_small == (gap.high <= 0.02)


def test_without_a_reference_nothing_underfits() -> None:
    """There is nothing to hold the train score against."""
    assert not judge(at(-0.01, 0.01), at(0.1, 0.2), reference=math.nan, band=0.0).underfits


def test_interpolating_is_declared_and_seen() -> None:
    """A forest that all but learns its rows by heart; five neighbours that don't."""
    assert interpolates(0.92, 0.42, 1.0, declared=True)
    assert not interpolates(0.92, 0.42, 1.0, declared=False)
    assert not interpolates(0.97, 0.96, 1.0, declared=True)
    assert not interpolates(-1.0, -2.0, math.inf, declared=True)
