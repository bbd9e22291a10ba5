"""Rows of unequal length as two plain arrays, so that nothing has to be pickled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


def pack(
    rows: Sequence[Any] | npt.NDArray[np.object_],
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return the rows concatenated, with the offset of each.

    Args:
        rows: arrays (n_i, n_columns) of one type and one number of columns, at least one.

    Returns:
        Array (sum of n_i, n_columns), and int64 (n_samples + 1,): row i lies in
        `offsets[i]:offsets[i + 1]`.
    """
    lengths = [len(row) for row in rows]
    return np.concatenate(list(rows)), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def unpack(flat: npt.NDArray[Any], offsets: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """Return views (n_i, n_columns) of the rows, object (n_samples,): the inverse of `pack`.

    >>> unpack(*pack([np.zeros((2, 5)), np.zeros((0, 5))]))[1].shape
    (0, 5)
    """
    rows = np.empty(len(offsets) - 1, dtype=object)
    for i in range(len(rows)):
        rows[i] = flat[offsets[i] : offsets[i + 1]]
    return rows
