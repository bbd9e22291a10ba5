"""Study of prediction time by the number of rows that are predicted at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.interfaces import Variant
from bakeoff.studies.common import check_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.interfaces import Subject

MOST_ROWS = 1_000_000
TIMED = "timed"
"""Name of the study's only variant."""


class Latency:
    """Unchanged method whose predictions are timed after the fit.

    Args:
        batch_sizes: rows of a call, smallest first.

    Raises:
        ValueError: sizes that are not whole, below 1, equal or not in order.
    """

    def __init__(self, *, batch_sizes: Sequence[int] = (1, 10, 100, 1000)) -> None:
        check_numbers("batch_sizes", batch_sizes, low=0, high=MOST_ROWS, whole=True, least=1)
        if list(batch_sizes) != sorted(batch_sizes):
            raise ValueError(f"expected batch_sizes smallest first; got {batch_sizes!r}.")
        self.batch_sizes = tuple(batch_sizes)

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return one variant, its own control; none for clustering, where many lack `predict`."""
        if subject.task.problem_type == "clustering":
            return ()
        return (
            Variant(
                name=TIMED,
                params={},
                protocol={"latency": self.batch_sizes},
                control=TIMED,
                factor="batch_size",
            ),
        )
