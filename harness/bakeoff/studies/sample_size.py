"""Study of sample size: from how many training rows on learned features win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant
from bakeoff.studies.common import check_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.interfaces import Subject


class SampleSize:
    """Method on subsets of the training rows; smaller ones are subsets of larger ones.

    Training and validation rows shrink together, the test part stays. The method as it is, on all
    rows, is the last point of the curve and the control.

    Args:
        fractions: shares of the rows, in (0, 1].
        sizes: numbers of rows instead, training plus validation, at least 4.

    Raises:
        ValueError: shares or sizes out of range, equal ones, or both at once.
    """

    def __init__(
        self,
        *,
        fractions: Sequence[float] | None = None,
        sizes: Sequence[int] | None = None,
    ) -> None:
        if fractions is not None and sizes is not None:
            raise ValueError("expected either fractions or sizes; got both.")
        if sizes is not None:
            check_numbers("sizes", sizes, low=3, whole=True, least=1)
        elif fractions is None:
            fractions = (0.05, 0.1, 0.2, 0.5, 1.0)
        else:
            check_numbers("fractions", fractions, low=0, high=1, least=1)
        self.fractions = sorted(fractions or ())
        self.sizes = sorted(sizes or ())

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return one variant for each subset that is smaller than the whole."""
        whole = subject.task.protocol.train_fraction
        parts = [
            (f"fraction={f}", {"train_fraction": f * whole}, f) for f in self.fractions if f < 1
        ]
        parts += [
            (f"rows={n}", {"train_limit": n}, float(n)) for n in self.sizes if n < subject.n_rows
        ]
        return tuple(_variant(*part) for part in parts)


def _variant(name: str, protocol: dict[str, Any], level: float) -> Variant:
    return Variant(
        name=name,
        params={},
        protocol=protocol,
        control="default",
        factor="rows" if "train_limit" in protocol else "fraction",
        level=level,
    )
