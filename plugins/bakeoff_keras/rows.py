"""Rows of a part as a network's inputs, whole or block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 2**20
Arrays = tuple[npt.NDArray[Any], ...]


class Rows:
    """Inputs of a part; arrays, memory maps or sparse matrices of the same number of rows.

    Args:
        parts: one a network input.
        ready: turns dense blocks of `parts` into what the network takes; None for as they are.
    """

    def __init__(
        self, parts: tuple[Any, ...], ready: Callable[[Arrays], Arrays] | None = None
    ) -> None:
        self._parts = parts
        self._ready = ready

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._parts[0].shape[0])

    @property
    def row_mib(self) -> float:
        """Memory of one dense row, in MiB."""
        return sum(array.nbytes for array in self.take(np.arange(1))) / MIB

    @property
    def mib(self) -> float:
        """Memory of all rows as dense arrays, in MiB."""
        return self.row_mib * len(self)

    def take(self, rows: npt.NDArray[np.integer[Any]] | slice) -> Arrays:
        """Dense arrays of some rows, contiguous, one a network input."""
        found = tuple(_dense(part[rows]) for part in self._parts)
        return found if self._ready is None else self._ready(found)

    def all(self) -> Arrays:
        """Dense arrays of every row."""
        return self.take(slice(None))


def _dense(part: Any) -> npt.NDArray[Any]:
    return np.ascontiguousarray(part.toarray() if hasattr(part, "toarray") else part)
