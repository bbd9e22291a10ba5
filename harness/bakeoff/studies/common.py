"""Name variants, and check numbers that a suite gives, for all studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_of(param: str, value: Any) -> str:
    """Return the name of a variant that sets one parameter, without the component's prefix.

    >>> name_of("learner__C", 0.1)
    'C=0.1'
    """
    return f"{short(param)}={value}"


def short(param: str) -> str:
    """Return a parameter's name without the prefix of its component."""
    return param.rpartition("__")[2]


def level_of(value: Any) -> float | None:
    """Return a setting as a number; None if it is not one."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def check_numbers(
    name: str,
    values: Sequence[Any],
    *,
    low: float,
    high: float = float("inf"),
    whole: bool = False,
    least: int = 2,
) -> None:
    """Raise an error unless a list from a suite holds different numbers in (low, high].

    Raises:
        ValueError: it is no list, too short, repeats itself, or has a number out of range.
    """
    is_list = isinstance(values, list | tuple)
    good = [
        v
        for v in (values if is_list else ())
        if isinstance(v, int if whole else int | float) and not isinstance(v, bool)
    ]
    fits = is_list and len(good) == len(values) and all(low < v <= high for v in good)
    if not fits or len(set(good)) != len(good) or len(good) < least:
        kind = "whole numbers" if whole else "numbers"
        top = "" if high == float("inf") else f" and at most {high:g}"
        message = f"expected {name} as {least} or more different {kind} above {low:g}{top}"
        raise ValueError(f"{message}; got {values!r}.")
