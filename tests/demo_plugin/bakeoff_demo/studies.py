"""A study."""

from __future__ import annotations

from bakeoff.interfaces import Subject, Variant


class Softness:
    """Hard votes of a midpoint against soft ones.

    Args:
        values: softness of each variant; the first is the control.
    """

    def __init__(self, values: tuple[float, ...] = (1.0, 4.0)) -> None:
        self.values = values

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """One variant a value, for methods that end in the midpoint."""
        if not subject.method.endswith("midpoint"):
            return ()
        control = f"softness={self.values[0]}"
        return tuple(
            Variant(
                name=f"softness={v}",
                params={"softness": v},
                protocol={},
                control=control,
                factor="softness",
                level=v,
            )
            for v in self.values
        )
