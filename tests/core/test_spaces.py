"""What configurations are drawn from: ranges, choices, conditions, and how a suite writes them."""

from __future__ import annotations

from typing import Any

import pytest

from bakeoff.spaces import Choice, Integer, Real, Space, combine, parse


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"low": 1, "high": 8}, Integer(1, 8)),
        ({"low": 0.1, "high": 10, "scale": "log"}, Real(0.1, 10, "log")),
        (["l1", "l2"], Choice(("l1", "l2"))),
        ([None, 3], Choice((None, 3))),
    ],
)
def test_a_suite_writes_ranges_and_lists(written: Any, meant: Any) -> None:
    """Whole ends make a range of whole numbers."""
    assert parse(written) == meant


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"low": 3, "high": 3}, "expected finite low < high"),
        ({"low": 0, "high": 3, "scale": "log"}, "expected low > 0 with scale 'log'"),
        ({"low": 1, "high": 3, "scale": "cubic"}, "expected scale 'linear' or 'log'"),
        ({"low": 1, "hi": 3}, "expected a list of values, or low and high"),
        ({"low": 1, "high": float("inf")}, "expected finite low < high"),
        ({"low": "a", "high": 3}, "expected numbers as low and high"),
        ([], "expected at least one"),
        ([1, 1], "expected each value once"),
        ([[1]], "expected at least one text, number or boolean"),
        (7, "expected a list of values"),
    ],
)
def test_what_can_be_no_dimension_is_refused(written: Any, told: str) -> None:
    """With what was expected, since a person wrote it."""
    with pytest.raises(ValueError, match=told):
        parse(written)


def test_a_dimension_knows_its_values() -> None:
    """Both ends count; True is no 1 and 1.5 no whole number."""
    tried: list[tuple[Any, Any, bool]] = [
        (Real(0, 1), 0, True),
        (Real(0, 1), 1.01, False),
        (Integer(1, 3), 3, True),
        (Integer(1, 3), 1.5, False),
        (Integer(0, 3), True, False),
        (Choice((1, "a")), "a", True),
        (Choice((1, "a")), True, False),
    ]

    assert [d.contains(v) for d, v, _ in tried] == [expected for _, _, expected in tried]


def test_a_condition_decides_what_counts() -> None:
    """A momentum means nothing to an optimizer without one."""
    space = Space(
        {
            "momentum": Real(0, 0.99, when=(("optimizer", ("sgd",)),)),
            "optimizer": Choice(("adam", "sgd")),
        }
    )

    assert space.ordered() == ("optimizer", "momentum")
    assert [space.active("momentum", {"optimizer": o}) for o in ("adam", "sgd")] == [False, True]


def test_conditions_in_a_circle_are_refused() -> None:
    """There is no order in which to draw them."""
    space = Space({"a": Real(0, 1, when=(("b", (1,)),)), "b": Real(0, 1, when=(("a", (1,)),))})

    with pytest.raises(ValueError, match="without a circle; got one in a, b"):
        space.ordered()


def test_starts_and_conditions_must_fit_the_space() -> None:
    """An author's typing error shows when the module is imported."""
    with pytest.raises(ValueError, match=r"C: expected 0\.1 to 1; got 5"):
        Space({"C": Real(0.1, 1)}, starts=({"C": 5},))
    with pytest.raises(ValueError, match="expected a condition on a dimension; got 'kernel'"):
        Space({"C": Real(0.1, 1, when=(("kernel", ("rbf",)),))})


def test_parts_of_a_pipeline_keep_their_names_apart() -> None:
    """Conditions and starts follow their part."""
    tuned = Space(
        {"k": Choice(("a", "b")), "C": Real(1, 2, when=(("k", ("a",)),))}, starts=({"C": 1.5},)
    )
    both = combine({"features": Space({"bins": Integer(2, 8)}), "learner": tuned})

    assert set(both.dimensions) == {"features__bins", "learner__k", "learner__C"}
    assert both.dimensions["learner__C"].when == (("learner__k", ("a",)),)
    assert both.starts == ({"learner__C": 1.5},)


def test_what_a_suite_settles_is_searched_no_more() -> None:
    """Nor does anything wait for it."""
    space = Space(
        {"k": Choice(("a", "b")), "C": Real(1, 2, when=(("k", ("a",)),))}, starts=({"k": "b"},)
    ).without(["k"])

    assert space == Space({"C": Real(1, 2)}, starts=({},))


def test_a_replaced_dimension_drops_starts_outside_it() -> None:
    """The others stay."""
    space = Space({"C": Real(1, 9)}, starts=({"C": 2.0}, {"C": 8.0})).replaced({"C": Real(5, 9)})

    assert space.starts == ({"C": 8.0},)
