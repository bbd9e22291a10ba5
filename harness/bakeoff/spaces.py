"""Search spaces: ranges and choices of parameters, declared by components.

A component that can be tuned has a class method `space()`, which returns a `Space` over parameters
of its constructor. Imports nothing but the standard library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCALES = ("linear", "log")
Scalar = str | int | float | bool | None
When = tuple[tuple[str, tuple[Scalar, ...]], ...]


@dataclass(frozen=True, slots=True)
class Real:
    """Range of real numbers, both ends included.

    Args:
        low: smallest value.
        high: largest value, above `low`.
        scale: `linear`, or `log` for values above 0 whose magnitude matters.
        when: conditions: pairs of another parameter and its values for which this one is active.

    Raises:
        ValueError: the range is empty, infinite, or has no logarithm.
    """

    low: float
    high: float
    scale: str = "linear"
    when: When = ()

    def __post_init__(self) -> None:
        """Raise an error if the range is not valid."""
        _check_range(self.low, self.high, self.scale)

    def contains(self, value: object) -> bool:
        """Return True if a value lies in the range."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high

    def __str__(self) -> str:
        """Return the range as text."""
        return _as_text(f"{self.low:g} to {self.high:g}", self.scale, self.when)


@dataclass(frozen=True, slots=True)
class Integer:
    """Range of whole numbers, both ends included; arguments are those of `Real`.

    Raises:
        ValueError: the range is empty or has no logarithm, or an end is no whole number.
    """

    low: int
    high: int
    scale: str = "linear"
    when: When = ()

    def __post_init__(self) -> None:
        """Raise an error if the range is not valid."""
        if not (_is_whole(self.low) and _is_whole(self.high)):
            raise ValueError(f"expected whole numbers; got {self.low!r} and {self.high!r}.")
        _check_range(self.low, self.high, self.scale)

    def contains(self, value: object) -> bool:
        """Return True if a value is a whole number of the range."""
        return _is_whole(value) and self.low <= value <= self.high  # type: ignore[operator]

    def __str__(self) -> str:
        """Return the range as text."""
        return _as_text(f"{self.low} to {self.high}, whole", self.scale, self.when)


@dataclass(frozen=True, slots=True)
class Choice:
    """Categorical dimension: values without order.

    Args:
        values: texts, numbers, booleans or None, each once.
        when: as for `Real`.

    Raises:
        ValueError: there is no value, or one occurs twice, or is no scalar.
    """

    values: tuple[Scalar, ...]
    when: When = ()

    def __post_init__(self) -> None:
        """Raise an error if the values are not valid."""
        invalid = [v for v in self.values if not isinstance(v, (str, int, float, bool, type(None)))]
        if not self.values or invalid:
            raise ValueError(f"expected at least one text, number or boolean; got {self.values!r}.")
        if len({repr(value) for value in self.values}) < len(self.values):
            raise ValueError(f"expected each value once; got {self.values!r}.")

    def contains(self, value: object) -> bool:
        """Return True if the value is one of them; True and 1 differ."""
        return any(value == allowed and type(value) is type(allowed) for allowed in self.values)

    def __str__(self) -> str:
        """Return the values as text."""
        return _as_text(" or ".join(map(repr, self.values)), "linear", self.when)


Dimension = Real | Integer | Choice
Config = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Space:
    """Search space of a component or of a method.

    Args:
        dimensions: by parameter.
        starts: configurations worth trying early, after the default one; a parameter that one
            leaves out keeps its default.
        source: where ranges and starts come from: author, title, year, or "chosen here".

    Raises:
        ValueError: a start or a condition names no dimension, or a start lies outside its range.
    """

    dimensions: dict[str, Dimension] = field(default_factory=dict)
    starts: tuple[Config, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        """Raise an error if a condition or a start does not fit the dimensions."""
        for name, dimension in self.dimensions.items():
            for parent, _ in dimension.when:
                if parent not in self.dimensions or parent == name:
                    raise ValueError(
                        f"{name}: expected a condition on a dimension; got {parent!r}."
                    )
        for start in self.starts:
            self.check(start)

    def __bool__(self) -> bool:
        """Return True if the space has a dimension."""
        return bool(self.dimensions)

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise an error if a configuration does not lie in the space.

        Raises:
            ValueError: it names a parameter that is no dimension, or a value lies outside.
        """
        for name, value in config.items():
            if name not in self.dimensions:
                names = ", ".join(sorted(self.dimensions)) or "none"
                raise ValueError(f"expected a parameter among {names}; got {name!r}.")
            if not self.dimensions[name].contains(value):
                raise ValueError(f"{name}: expected {self.dimensions[name]}; got {value!r}.")

    def active(self, name: str, config: Mapping[str, Any]) -> bool:
        """Return True if a dimension's conditions hold for a configuration's other values."""
        return all(config.get(parent) in values for parent, values in self.dimensions[name].when)

    def ordered(self) -> tuple[str, ...]:
        """Return the names in an order in which conditions come before what depends on them.

        Raises:
            ValueError: conditions are circular.
        """
        done: dict[str, None] = {}
        while len(done) < len(self.dimensions):
            ready = [
                name
                for name, dimension in self.dimensions.items()
                if name not in done and all(parent in done for parent, _ in dimension.when)
            ]
            if not ready:
                rest = ", ".join(sorted(set(self.dimensions) - set(done)))
                raise ValueError(f"expected conditions without a circle; got one in {rest}.")
            done |= dict.fromkeys(ready)
        return tuple(done)

    def without(self, names: Iterable[str]) -> Space:
        """Return the space without some parameters, and without conditions on them."""
        removed = set(names)
        return Space(
            {
                name: replace(d, when=tuple(w for w in d.when if w[0] not in removed))
                for name, d in self.dimensions.items()
                if name not in removed
            },
            tuple({n: v for n, v in s.items() if n not in removed} for s in self.starts),
            self.source,
        )

    def replaced(self, changes: Mapping[str, Dimension]) -> Space:
        """Return the space with dimensions replaced or added; starts outside it are dropped."""
        dimensions = {**self.dimensions, **changes}
        starts = tuple(
            start
            for start in self.starts
            if all(dimensions[name].contains(value) for name, value in start.items())
        )
        return Space(dimensions, starts, self.source)


def combine(spaces: Mapping[str, Space]) -> Space:
    """Return one space of several components, with names such as `learner__C`.

    Starts of the parts are taken one at a time: the other parts keep their defaults.

    >>> sorted(combine({"learner": Space({"C": Real(0.1, 10)})}).dimensions)
    ['learner__C']
    """
    dimensions: dict[str, Dimension] = {}
    starts: list[Config] = []
    for prefix, space in spaces.items():
        for name, dimension in space.dimensions.items():
            when = tuple((f"{prefix}__{parent}", values) for parent, values in dimension.when)
            dimensions[f"{prefix}__{name}"] = replace(dimension, when=when)
        starts += [{f"{prefix}__{n}": v for n, v in start.items()} for start in space.starts]
    sources = "; ".join(dict.fromkeys(s.source for s in spaces.values() if s.source))
    return Space(dimensions, tuple(starts), sources)


def parse(written: object) -> Dimension:
    """Return the dimension that an entry of a suite describes.

    Args:
        written: `{low: 0.1, high: 10, scale: log}`, whole numbers for whole values, or a list.

    Raises:
        ValueError: it is something else, or not valid.

    >>> parse({"low": 1, "high": 8}), parse(["l1", "l2"])
    (Integer(low=1, high=8, scale='linear', when=()), Choice(values=('l1', 'l2'), when=()))
    """
    if isinstance(written, (Real, Integer, Choice)):
        return written
    if isinstance(written, list):
        return Choice(tuple(written))
    if not isinstance(written, dict) or not {"low", "high"} <= set(written) <= _KEYS:
        raise ValueError(
            f"expected a list of values, or low and high with scale 'linear' or 'log'; "
            f"got {written!r}."
        )
    low, high, scale = written["low"], written["high"], written.get("scale", "linear")
    if _is_whole(low) and _is_whole(high):
        return Integer(low, high, scale)
    return Real(low, high, scale)


_KEYS = {"low", "high", "scale"}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_range(low: object, high: object, scale: str) -> None:
    numbers = (int, float)
    if not isinstance(low, numbers) or not isinstance(high, numbers):
        raise ValueError(f"expected numbers as low and high; got {low!r} and {high!r}.")  # noqa: TRY004  one error for a space that can't be
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"expected finite low < high; got low {low!r} and high {high!r}.")
    if scale not in SCALES:
        raise ValueError(f"expected scale 'linear' or 'log'; got {scale!r}.")
    if scale == "log" and low <= 0:
        raise ValueError(f"expected low > 0 with scale 'log'; got low {low!r}.")


def _as_text(text: str, scale: str, when: When) -> str:
    conditions = [f"{name} is {' or '.join(map(repr, values))}" for name, values in when]
    description = f"{text} (log)" if scale == "log" else text
    return f"{description}, if {' and '.join(conditions)}" if conditions else description
