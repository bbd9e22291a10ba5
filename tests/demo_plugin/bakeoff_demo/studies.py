"""A study."""

from __future__ import annotations

from bakeoff.interfaces import Subject, Variant


class Softness:
    """Study of the midpoint's softness of votes.

    Args:
        values: softness of each variant; the first is the control.
    """

    def __init__(self, values: tuple[float, ...] = (1.0, 4.0)) -> None:
        self.values = values

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return one variant per value, for methods that end in the midpoint."""
        if not subject.method.endswith("midpoint"):
            return ()
        control = f"softness={self.values[0]}"
        return tuple(
            Variant(
                name=f"softness={value}",
                params={"softness": value},
                protocol={},
                control=control,
                factor="softness",
                level=value,
            )
            for value in self.values
        )
