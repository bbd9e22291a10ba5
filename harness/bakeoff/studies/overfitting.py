"""Vary regularisation: how much a method overfits without, and what each remedy changes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant
from bakeoff.records import CONTROL, MORE_DATA
from bakeoff.studies.common import level_of, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bakeoff.interfaces import Remedies, Subject

PAIR = " x "
"""Stands between the names of two crossed remedies."""


class Overfitting:
    """A control without any regularisation and with long training against each remedy.

    Every strength of a remedy's grid is run, and validation chooses among them when the results
    are read, apart for each split. The remedy `more_data` is the control itself, beside one that
    met half of the training rows.

    Args:
        remedies: names of the remedies to try; None for all that a method declares.
        pairs: pairs of remedies to cross, every strength of one with every one of the other.
        strengths: most strengths of a remedy to run, spread over its grid; None for all.
        control: parameters that replace the declared ones of the control, such as `epochs`.
        less_data: share of the training rows beside which `more_data` is seen, in (0, 1).

    Raises:
        ValueError: an argument that can't be.
    """

    def __init__(
        self,
        *,
        remedies: Sequence[str] | None = None,
        pairs: Sequence[Sequence[str]] = (),
        strengths: int | None = None,
        control: Mapping[str, Any] | None = None,
        less_data: float = 0.5,
    ) -> None:
        if remedies is not None and not (_are_names(remedies) and remedies):
            raise ValueError(f"expected remedies as a list of names; got {remedies!r}.")
        wrong = [p for p in pairs if not _are_names(p) or len(set(p)) != 2]  # noqa: PLR2004  a pair
        if not isinstance(pairs, list | tuple) or wrong:
            raise ValueError(f"expected pairs of two different remedies; got {pairs!r}.")
        if strengths is not None and (not isinstance(strengths, int) or strengths < 1):
            raise ValueError(f"expected strengths as an integer >= 1; got {strengths!r}.")
        if not 0 < less_data < 1:
            raise ValueError(f"expected 0 < less_data < 1; got {less_data!r}.")
        self.factors = (*(remedies or ()), *(PAIR.join(pair) for pair in pairs))
        self.remedies = remedies
        self.pairs = pairs
        self.strengths = strengths
        self.control = dict(control or {})
        self.less_data = less_data

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """The control, then each strength of each remedy; nothing where none is declared."""
        if subject.remedies is None:
            return ()
        base = {**subject.remedies.control, **self._control(subject.remedies)}
        found = [_variant(CONTROL, base)]
        for name, strengths in self._grids(subject.remedies).items():
            if self.remedies is None or name in self.remedies:
                found += [_variant(_name(name, s), base | s, name, _level(s)) for s in strengths]
        found += self._crossed(subject.remedies, base)
        if self.remedies is None or MORE_DATA in self.remedies:
            share = self.less_data * subject.task.protocol.train_fraction
            less = _variant(f"less_data={self.less_data}", base, MORE_DATA, self.less_data)
            found.append(replace(less, protocol={"train_fraction": share}))
        return tuple(found) if len(found) > 1 else ()

    def _control(self, remedies: Remedies) -> dict[str, Any]:
        """The suite's own parameters of the control, with the component's prefix if it has one."""
        known = {short(name): name for name in remedies.control}
        return {known.get(name, name): value for name, value in self.control.items()}

    def _grids(self, remedies: Remedies) -> dict[str, list[dict[str, Any]]]:
        return {name: _spread(grid, self.strengths) for name, grid in remedies.grids.items()}

    def _crossed(self, remedies: Remedies, base: dict[str, Any]) -> Iterator[Variant]:
        grids = self._grids(remedies)
        for one, other in self.pairs:
            if one in grids and other in grids:
                for first, second in product(grids[one], grids[other]):
                    name = f"{_name(one, first)}{PAIR}{_name(other, second)}"
                    yield _variant(name, base | first | second, f"{one}{PAIR}{other}")


def _variant(
    name: str, params: dict[str, Any], factor: str = "", level: float | None = None
) -> Variant:
    return Variant(
        name=name, params=params, protocol={}, control=CONTROL, factor=factor, level=level
    )


def _spread(grid: Sequence[Mapping[str, Any]], most: int | None) -> list[dict[str, Any]]:
    """At most that many strengths, evenly over the grid; one is the middle."""
    strengths = [dict(strength) for strength in grid]
    if most is None or most >= len(strengths):
        return strengths
    last = len(strengths) - 1
    places = [last // 2] if most == 1 else [round(i * last / (most - 1)) for i in range(most)]
    return [strengths[place] for place in places]


def _name(remedy: str, strength: Mapping[str, Any]) -> str:
    """`l1=0.001`; with several parameters all values, in order."""
    return f"{remedy}={','.join(str(value) for value in strength.values())}"


def _level(strength: Mapping[str, Any]) -> float | None:
    return level_of(next(iter(strength.values()))) if strength else None


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
