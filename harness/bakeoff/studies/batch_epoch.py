"""Study of batch size and number of epochs: their effect on updates, score and time."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bakeoff.interfaces import Variant
from bakeoff.studies.common import check_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.interfaces import Subject


class BatchEpoch:
    """Every batch size with every number of epochs, without early stopping.

    The first of each is the control.

    Args:
        batch_sizes: rows of an update.
        epochs: passes over the training rows.

    Raises:
        ValueError: numbers that are not whole, below 1 or equal.
    """

    def __init__(
        self,
        *,
        batch_sizes: Sequence[int] = (16, 64, 256),
        epochs: Sequence[int] = (5, 20, 80),
    ) -> None:
        check_numbers("batch_sizes", batch_sizes, low=0, whole=True, least=1)
        check_numbers("epochs", epochs, low=0, whole=True, least=1)
        if len(batch_sizes) * len(epochs) == 1:
            raise ValueError("expected two or more settings; got one.")
        self.batch_sizes = list(batch_sizes)
        self.epochs = list(epochs)

    def variants(self, subject: Subject) -> tuple[Variant, ...]:  # noqa: ARG002  the same for each
        """Return one variant for each pair of batch size and epochs."""
        return tuple(
            Variant(
                name=_name(batch, epochs),
                params={"batch_size": batch, "epochs": epochs, "early_stopping": None},
                protocol={},
                control=_name(self.batch_sizes[0], self.epochs[0]),
                factor=f"batch_size={batch}",
                level=float(epochs),
            )
            for batch, epochs in product(self.batch_sizes, self.epochs)
        )


def _name(batch: int, epochs: int) -> str:
    return f"batch_size={batch}, epochs={epochs}"
