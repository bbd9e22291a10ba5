"""Rows of a part as network inputs, as a whole or in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 2**20
Arrays = tuple[npt.NDArray[Any], ...]


class InputRows:
    """Network inputs of a part: arrays, memory maps or sparse matrices with equal numbers of rows.

    Args:
        parts: one per network input.
        ready: preprocesses dense blocks of `parts`; None for no preprocessing.
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
        """Return contiguous dense arrays of some rows, one per network input."""
        arrays = tuple(_dense(part[rows]) for part in self._parts)
        return arrays if self._ready is None else self._ready(arrays)

    def all(self) -> Arrays:
        """Return dense arrays of all rows."""
        return self.take(slice(None))


def _dense(part: Any) -> npt.NDArray[Any]:
    return np.ascontiguousarray(part.toarray() if hasattr(part, "toarray") else part)
