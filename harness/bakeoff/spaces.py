"""What configurations are drawn from: ranges and choices, declared by components.

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
    """A range of real numbers, both ends included.

    Args:
        low: smallest value.
        high: largest value, above `low`.
        scale: `linear`, or `log` for values above 0 whose magnitude matters.
        when: pairs of another parameter and the values of it with which this one counts.

    Raises:
        ValueError: the range is empty, infinite, or has no logarithm.
    """

    low: float
    high: float
    scale: str = "linear"
    when: When = ()

    def __post_init__(self) -> None:
        """Hold the range to its rules."""
        _check_range(self.low, self.high, self.scale)

    def contains(self, value: object) -> bool:
        """Whether a value lies in the range."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high

    def __str__(self) -> str:
        """The range for people."""
        return _told(f"{self.low:g} to {self.high:g}", self.scale, self.when)


@dataclass(frozen=True, slots=True)
class Integer:
    """A range of whole numbers, both ends included; arguments are those of `Real`.

    Raises:
        ValueError: the range is empty or has no logarithm, or an end is no whole number.
    """

    low: int
    high: int
    scale: str = "linear"
    when: When = ()

    def __post_init__(self) -> None:
        """Hold the range to its rules."""
        if not (_is_whole(self.low) and _is_whole(self.high)):
            raise ValueError(f"expected whole numbers; got {self.low!r} and {self.high!r}.")
        _check_range(self.low, self.high, self.scale)

    def contains(self, value: object) -> bool:
        """Whether a value is a whole number of the range."""
        return _is_whole(value) and self.low <= value <= self.high  # type: ignore[operator]

    def __str__(self) -> str:
        """The range for people."""
        return _told(f"{self.low} to {self.high}, whole", self.scale, self.when)


@dataclass(frozen=True, slots=True)
class Choice:
    """Some values without order.

    Args:
        values: texts, numbers, booleans or None, each once.
        when: as for `Real`.

    Raises:
        ValueError: there is no value, or one stands twice, or is no scalar.
    """

    values: tuple[Scalar, ...]
    when: When = ()

    def __post_init__(self) -> None:
        """Hold the values to their rules."""
        odd = [v for v in self.values if not isinstance(v, (str, int, float, bool, type(None)))]
        if not self.values or odd:
            raise ValueError(f"expected at least one text, number or boolean; got {self.values!r}.")
        if len({repr(value) for value in self.values}) < len(self.values):
            raise ValueError(f"expected each value once; got {self.values!r}.")

    def contains(self, value: object) -> bool:
        """Whether the value is one of them; True and 1 differ."""
        return any(value == known and type(value) is type(known) for known in self.values)

    def __str__(self) -> str:
        """The values for people."""
        return _told(" or ".join(map(repr, self.values)), "linear", self.when)


Dimension = Real | Integer | Choice
Config = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Space:
    """What may be varied of a component or of a method.

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
        """Hold conditions and starts to the dimensions."""
        for name, dimension in self.dimensions.items():
            for other, _ in dimension.when:
                if other not in self.dimensions or other == name:
                    raise ValueError(f"{name}: expected a condition on a dimension; got {other!r}.")
        for start in self.starts:
            self.check(start)

    def __bool__(self) -> bool:
        """Whether there is anything to vary."""
        return bool(self.dimensions)

    def check(self, config: Mapping[str, Any]) -> None:
        """Hold a configuration to the space.

        Raises:
            ValueError: it names a parameter that is no dimension, or a value lies outside.
        """
        for name, value in config.items():
            if name not in self.dimensions:
                known = ", ".join(sorted(self.dimensions)) or "none"
                raise ValueError(f"expected a parameter among {known}; got {name!r}.")
            if not self.dimensions[name].contains(value):
                raise ValueError(f"{name}: expected {self.dimensions[name]}; got {value!r}.")

    def active(self, name: str, config: Mapping[str, Any]) -> bool:
        """Whether a dimension counts beside the values that a configuration has already."""
        return all(config.get(other) in values for other, values in self.dimensions[name].when)

    def ordered(self) -> tuple[str, ...]:
        """Names so that what a condition asks for comes before what depends on it.

        Raises:
            ValueError: conditions go round in a circle.
        """
        done: dict[str, None] = {}
        while len(done) < len(self.dimensions):
            ready = [
                name
                for name, dimension in self.dimensions.items()
                if name not in done and all(other in done for other, _ in dimension.when)
            ]
            if not ready:
                rest = ", ".join(sorted(set(self.dimensions) - set(done)))
                raise ValueError(f"expected conditions without a circle; got one in {rest}.")
            done |= dict.fromkeys(ready)
        return tuple(done)

    def without(self, names: Iterable[str]) -> Space:
        """The space of what is left when some parameters are settled."""
        gone = set(names)
        return Space(
            {
                name: replace(d, when=tuple(w for w in d.when if w[0] not in gone))
                for name, d in self.dimensions.items()
                if name not in gone
            },
            tuple({n: v for n, v in s.items() if n not in gone} for s in self.starts),
            self.source,
        )

    def replaced(self, changes: Mapping[str, Dimension]) -> Space:
        """The space with some dimensions replaced or added; starts outside them are dropped."""
        dimensions = {**self.dimensions, **changes}
        starts = tuple(
            start
            for start in self.starts
            if all(dimensions[name].contains(value) for name, value in start.items())
        )
        return Space(dimensions, starts, self.source)


def combine(spaces: Mapping[str, Space]) -> Space:
    """One space of several parts, as in `features__x` and `learner__y`.

    Starts of the parts are taken one at a time: the other parts keep their defaults.

    >>> sorted(combine({"learner": Space({"C": Real(0.1, 10)})}).dimensions)
    ['learner__C']
    """
    dimensions: dict[str, Dimension] = {}
    starts: list[Config] = []
    for prefix, space in spaces.items():
        for name, dimension in space.dimensions.items():
            when = tuple((f"{prefix}__{other}", values) for other, values in dimension.when)
            dimensions[f"{prefix}__{name}"] = replace(dimension, when=when)
        starts += [{f"{prefix}__{n}": v for n, v in start.items()} for start in space.starts]
    sources = "; ".join(dict.fromkeys(s.source for s in spaces.values() if s.source))
    return Space(dimensions, tuple(starts), sources)


def parse(written: object) -> Dimension:
    """A dimension as a suite writes it.

    Args:
        written: `{low: 0.1, high: 10, scale: log}`, whole numbers for whole values, or a list.

    Raises:
        ValueError: it is something else, or can't be.

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


def _told(text: str, scale: str, when: When) -> str:
    conditions = [f"{name} is {' or '.join(map(repr, values))}" for name, values in when]
    told = f"{text} (log)" if scale == "log" else text
    return f"{told}, if {' and '.join(conditions)}" if conditions else told
