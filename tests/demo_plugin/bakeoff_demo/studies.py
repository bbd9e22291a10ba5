"""A study."""

from __future__ import annotations

from bakeoff.interfaces import Variant


class Softness:
    """Hard votes of a midpoint against soft ones.

    Args:
        values: softness of each variant; the first is the control.
    """

    def __init__(self, values: tuple[float, ...] = (1.0, 4.0)) -> None:
        self.values = values

    def variants(self, method: str) -> tuple[Variant, ...]:
        """One variant a value, for methods that end in the midpoint."""
        if not method.endswith("midpoint"):
            return ()
        control = f"softness={self.values[0]}"
        return tuple(
            Variant(name=f"softness={v}", params={"softness": v}, protocol={}, control=control)
            for v in self.values
        )
