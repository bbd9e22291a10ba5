"""Study of overfitting: how much a method overfits unregularised, and what each remedy changes."""

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
"""Separator of the names of two crossed remedies."""


class Overfitting:
    """Unregularised control with long training, compared with each remedy for overfitting.

    Every strength of a remedy's grid is run, and validation chooses among them when the results
    are read, apart for each split. The remedy `more_data` is the control itself, compared with a
    control on half of the training rows.

    Args:
        remedies: names of the remedies to try; None for all that a method declares.
        pairs: pairs of remedies to cross, every strength of one with every one of the other.
        strengths: most strengths of a remedy to run, spread over its grid; None for all.
        control: parameters that replace the declared ones of the control, such as `epochs`.
        less_data: share of the training rows that `more_data` is compared with, in (0, 1).

    Raises:
        ValueError: an argument is not valid.
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
        """Return the control, then each strength of each remedy; empty where none is declared."""
        if subject.remedies is None:
            return ()
        base = {**subject.remedies.control, **self._control(subject.remedies)}
        variants = [_variant(CONTROL, base)]
        for name, strengths in self._grids(subject.remedies).items():
            if self.remedies is None or name in self.remedies:
                variants += [_variant(_name(name, s), base | s, name, _level(s)) for s in strengths]
        variants += self._crossed(subject.remedies, base)
        if self.remedies is None or MORE_DATA in self.remedies:
            share = self.less_data * subject.task.protocol.train_fraction
            less = _variant(f"less_data={self.less_data}", base, MORE_DATA, self.less_data)
            variants.append(replace(less, protocol={"train_fraction": share}))
        return tuple(variants) if len(variants) > 1 else ()

    def _control(self, remedies: Remedies) -> dict[str, Any]:
        """Return the suite's parameters of the control, with the component's prefix if any."""
        full_names = {short(name): name for name in remedies.control}
        return {full_names.get(name, name): value for name, value in self.control.items()}

    def _grids(self, remedies: Remedies) -> dict[str, list[dict[str, Any]]]:
        return {name: _spread(grid, self.strengths) for name, grid in remedies.grids.items()}

    def _crossed(self, remedies: Remedies, base: dict[str, Any]) -> Iterator[Variant]:
        grids = self._grids(remedies)
        for left, right in self.pairs:
            if left in grids and right in grids:
                for first, second in product(grids[left], grids[right]):
                    name = f"{_name(left, first)}{PAIR}{_name(right, second)}"
                    yield _variant(name, base | first | second, f"{left}{PAIR}{right}")


def _variant(
    name: str, params: dict[str, Any], factor: str = "", level: float | None = None
) -> Variant:
    return Variant(
        name=name, params=params, protocol={}, control=CONTROL, factor=factor, level=level
    )


def _spread(grid: Sequence[Mapping[str, Any]], most: int | None) -> list[dict[str, Any]]:
    """Return at most `most` strengths, evenly spaced over the grid; a single one is the middle."""
    strengths = [dict(strength) for strength in grid]
    if most is None or most >= len(strengths):
        return strengths
    last = len(strengths) - 1
    indices = [last // 2] if most == 1 else [round(i * last / (most - 1)) for i in range(most)]
    return [strengths[index] for index in indices]


def _name(remedy: str, strength: Mapping[str, Any]) -> str:
    """Return `l1=0.001`; with several parameters all values, in order."""
    return f"{remedy}={','.join(str(value) for value in strength.values())}"


def _level(strength: Mapping[str, Any]) -> float | None:
    return level_of(next(iter(strength.values()))) if strength else None


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
