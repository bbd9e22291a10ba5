"""Hashes and a small numeric matrix of rows of any input kind, for the audit alone.

The matrix is a coarse summary that shows copies and drift; no method is fitted on it.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

SIDE = 12
WORDS = 256
STEPS = 32
MOST_CATEGORIES = 20
MOST_COLUMNS = 200


def hashes(X: Any, input_kind: str) -> npt.NDArray[np.uint64]:
    """Return one hash for each row; equal rows have equal hashes, whatever their targets."""
    if input_kind == "table":
        from pandas.util import hash_pandas_object

        return np.asarray(hash_pandas_object(X, index=False), dtype=np.uint64)
    rows = (str(text).encode() for text in X) if input_kind == "text" else map(_bytes, X)
    return np.array([_hash(row) for row in rows], dtype=np.uint64)


def _bytes(row: Any) -> bytes:
    return bytes(np.ascontiguousarray(row).tobytes())


def _hash(row: bytes) -> int:
    return zlib.crc32(row) << 32 | zlib.adler32(row)


def audit_matrix(X: Any, input_kind: str) -> Floats:
    """Return a standardised matrix (n_samples, n_columns) of some hundred columns at most."""
    matrix = {"table": _table, "image": _image, "text": _text, "sequence": _sequence}[input_kind](X)
    return matrix if input_kind == "text" else standardise(matrix)


def standardise(columns: Floats) -> Floats:
    """Return columns with mean 0 and standard deviation 1; constant ones become 0."""
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0))


def columns_of(frame: pd.DataFrame, *, most: int) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of a table by name: numbers and dates as float64, others as text.

    Args:
        frame: the table.
        most: columns to take, evenly over the table.
    """
    from pandas.api import types

    columns: dict[str, npt.NDArray[Any]] = {}
    for index in _evenly(frame.shape[1], most):
        name, column = frame.columns[index], frame.iloc[:, index]
        if types.is_datetime64_any_dtype(column.dtype):
            days = column.astype("int64").to_numpy(dtype=np.float64)
            columns[str(name)] = np.where(column.isna(), np.nan, days)
        elif types.is_bool_dtype(column.dtype) or types.is_numeric_dtype(column.dtype):
            columns[str(name)] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            words = [
                "" if is_missing else str(word)
                for word, is_missing in zip(column, column.isna(), strict=True)
            ]
            columns[str(name)] = np.array(words, dtype=object)
    return columns


def _table(frame: pd.DataFrame) -> Floats:
    parts: list[Floats] = []
    for values in columns_of(frame, most=MOST_COLUMNS).values():
        if values.dtype == np.float64:
            is_missing = ~np.isfinite(values)
            mean = values[~is_missing].mean() if (~is_missing).any() else 0.0
            parts.append(np.where(is_missing, mean, values))
            if is_missing.any():
                parts.append(is_missing.astype(float))
        else:
            words, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
            common = np.argsort(-counts, kind="stable")[: min(MOST_CATEGORIES, len(words))]
            parts += [(codes == word).astype(float) for word in common]
    if not parts:
        return np.zeros((len(frame), 1))
    return np.column_stack([parts[index] for index in _evenly(len(parts), MOST_COLUMNS)])


def _evenly(n: int, most: int) -> list[int]:
    """Return at most `most` of the indices 0..n-1, evenly spaced."""
    return list(range(n)) if n <= most else np.linspace(0, n - 1, most).astype(int).tolist()


def _image(X: Any) -> Floats:
    """Return grey images of at most 12 by 12 pixels, each the mean of a block, one row each."""
    grey = np.asarray(X, dtype=np.float32).mean(axis=3)
    height, width = grey.shape[1:]
    rows = np.linspace(0, height, min(SIDE, height) + 1).astype(int)[:-1]
    columns = np.linspace(0, width, min(SIDE, width) + 1).astype(int)[:-1]
    blocks = np.add.reduceat(np.add.reduceat(grey, rows, axis=1), columns, axis=2)
    return blocks.reshape(len(grey), -1).astype(np.float64)


def _text(X: Any) -> Floats:
    """Return hashed word counts, scaled to rows of length 1, so that distances are directional."""
    table = np.zeros((len(X), WORDS))
    for row, text in enumerate(X):
        for word in str(text).lower().split():
            table[row, zlib.crc32(word.encode()) % WORDS] += 1.0
    table = np.sqrt(table)
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(np.divide(table, norms, out=np.zeros_like(table), where=norms > 0))


def _sequence(X: Any) -> Floats:
    """Return each channel at 32 time points, with its mean, spread, minimum and maximum."""
    x = np.asarray(X, dtype=np.float64)
    moments = np.linspace(0, x.shape[2] - 1, min(STEPS, x.shape[2])).round().astype(int)
    is_finite = np.isfinite(x)
    filled = np.where(is_finite, x, 0.0)
    count = np.maximum(1, is_finite.sum(axis=2))
    mean = filled.sum(axis=2) / count
    spread = np.sqrt((np.where(is_finite, x - mean[:, :, None], 0.0) ** 2).sum(axis=2) / count)
    ends = [np.where(is_finite, x, s * np.inf) for s in (1, -1)]
    low, high = ends[0].min(axis=2), ends[1].max(axis=2)
    facts = [mean, spread, np.where(np.isfinite(low), low, 0), np.where(np.isfinite(high), high, 0)]
    return np.column_stack([filled[:, :, moments].reshape(len(x), -1), *facts])
