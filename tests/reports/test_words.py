"""How numbers, seconds and long names are written."""

from __future__ import annotations

import math

import pytest

from bakeoff_report import words


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-0.04, "0.0"), (-1.25, "\N{MINUS SIGN}1.2"), (3.14, "+3.1"), (math.nan, "\N{EN DASH}")],
)
def test_numbers_are_set_as_people_read_them(value: float, expected: str) -> None:
    """A real minus, no negative zero, a dash for nothing."""
    assert words.number(value, 1, signed=True) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0123, "0.012 s"), (0.5, "0.50 s"), (12.34, "12.3 s"), (90, "1.5 min"), (5400, "1.5 h")],
)
def test_seconds_take_the_unit_that_fits(value: float, expected: str) -> None:
    """Milliseconds to hours."""
    assert words.seconds(value) == expected


def test_long_names_stay_apart() -> None:
    """Two that share beginning and end get different short forms."""
    names = words.Names()
    one, two = ("a" * 60 + middle + "z" * 60 for middle in "bc")

    assert names(one) != names(two)
    assert names.full[names(one)] == one
