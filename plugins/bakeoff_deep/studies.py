"""Study of gradients in recurrent networks; nothing heavy is imported, since planning loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.interfaces import Subject


class GradientFlow:
    """Study of recurrent networks' gradients and scores over the number of timesteps.

    Series are averaged over windows to at most that many steps; texts are truncated.

    Args:
        lengths: at least two numbers of steps, each at least 2; the shortest is the control.

    Raises:
        ValueError: fewer than two lengths, equal ones, or one below 2.
    """

    def __init__(self, lengths: Sequence[int] = (16, 64, 256)) -> None:
        invalid = [n for n in lengths if not isinstance(n, int) or isinstance(n, bool) or n < 2]  # noqa: PLR2004  a way back
        if invalid or len(set(lengths)) != len(lengths) or len(lengths) < 2:  # noqa: PLR2004  a pair
            message = f"expected two or more different lengths of at least 2; got {lengths!r}."
            raise ValueError(message)
        self.lengths = sorted(lengths)

    def variants(self, subject: Subject) -> tuple[Variant, ...]:  # noqa: ARG002  the same for each
        """Return one variant per length, the shortest first."""
        return tuple(
            Variant(
                name=f"steps={n}",
                params={"max_steps": n, "gradient_flow": True},
                protocol={},
                control=f"steps={self.lengths[0]}",
                factor="steps",
                level=float(n),
            )
            for n in self.lengths
        )
