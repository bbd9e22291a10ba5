"""Study of any one parameter of a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant
from bakeoff.studies.common import level_of, name_of

if TYPE_CHECKING:
    from bakeoff.interfaces import Subject


class Vary:
    """Values of one parameter of a method, each compared with the control.

    Args:
        param: parameter as a suite would write it, `C` or `learner__C`.
        values: at least two values; the first is the control unless `control` names another.
        control: the value that the others are compared with.

    Raises:
        ValueError: fewer than two values, equal values, or a control that is none of them.
    """

    def __init__(self, param: str, values: list[Any], control: Any = None) -> None:
        names = [name_of(param, value) for value in values]
        if len(values) < 2 or len(set(names)) != len(names):  # noqa: PLR2004  a pair
            message = f"expected two or more different values; got {values!r}."
            raise ValueError(message)
        self.control = name_of(param, values[0] if control is None else control)
        if self.control not in names:
            message = f"expected the control to be one of {values!r}; got {control!r}."
            raise ValueError(message)
        self.factors = (param,)
        self.param = param
        self.values = values

    def variants(self, subject: Subject) -> tuple[Variant, ...]:  # noqa: ARG002  the same for each
        """Return one variant for each value, the control first."""
        variants = [
            Variant(
                name=name_of(self.param, value),
                params={self.param: value},
                protocol={},
                control=self.control,
                factor=self.param,
                level=level_of(value),
            )
            for value in self.values
        ]
        return tuple(sorted(variants, key=lambda variant: variant.name != self.control))
