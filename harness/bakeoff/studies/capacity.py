"""Study of model capacity: its effect on the gap between training and test, and on the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant
from bakeoff.studies.common import level_of, name_of, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakeoff.interfaces import Subject


class Capacity:
    """Method without regularisation at several depths, widths or tree depths.

    The smallest value of each parameter is the control of the others.

    Args:
        params: parameters with their values, smallest first; None for what a method declares.
        regularised: whether the method keeps its own regularisation; else it trains as the
            control of the study `overfitting` does.

    Raises:
        ValueError: a parameter with fewer than two different values.
    """

    def __init__(
        self,
        *,
        params: Mapping[str, Sequence[Any]] | None = None,
        regularised: bool = False,
    ) -> None:
        for param, values in (params or {}).items():
            if not isinstance(values, list | tuple) or len({repr(v) for v in values}) < 2:  # noqa: PLR2004  a pair
                message = f"expected two or more different values of {param}; got {values!r}."
                raise ValueError(message)
        self.params = params
        self.regularised = regularised

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return one variant for each value of each parameter."""
        declared = {} if subject.remedies is None else dict(subject.remedies.capacity)
        values_by_param = declared if self.params is None else dict(self.params)
        base: dict[str, Any] = {}
        if subject.remedies is not None and not self.regularised:
            base = dict(subject.remedies.control)
        variants = []
        for param, values in values_by_param.items():
            address = next((name for name in declared if short(name) == param), param)
            variants += [
                Variant(
                    name=name_of(param, value),
                    params=base | {address: value},
                    protocol={},
                    control=name_of(param, values[0]),
                    factor=short(param),
                    level=level_of(value),
                )
                for value in values
            ]
        return tuple(variants)
