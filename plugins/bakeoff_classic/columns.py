"""Column kinds of a table (numbers, dates, categories), detected by dtypes and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

MISSING = "\x00missing"
"""Code for a missing category; texts read from files contain no NUL."""

_NUMBERS = ("integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty")
_MOMENTS = ("datetime", "datetime64", "date")
_DAY_NS = 86_400_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Positions of a table's numeric, date and categorical columns."""

    numbers: tuple[int, ...]
    moments: tuple[int, ...]
    categories: tuple[int, ...]


def sort_columns(frame: pd.DataFrame) -> Columns:
    """Detect column kinds by dtype; object columns by their values, mixed ones are categories."""
    kinds = [_kind(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return Columns(
        **{
            name: tuple(i for i, kind in enumerate(kinds) if kind == name)
            for name in ("numbers", "moments", "categories")
        },
    )


def _kind(column: pd.Series[Any]) -> str:
    dtype = column.dtype
    if types.is_bool_dtype(dtype) or types.is_numeric_dtype(dtype):
        return "numbers"
    if types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "moments"
    if types.is_timedelta64_dtype(dtype):
        return "numbers"
    if isinstance(dtype, pd.CategoricalDtype):
        return "categories"
    inferred = types.infer_dtype(column, skipna=True)
    if inferred in _NUMBERS:
        return "numbers"
    return "moments" if inferred in _MOMENTS else "categories"


def read_numbers(frame: pd.DataFrame, positions: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return numbers, float64 (n_samples, n_columns); NaN if missing, infinite or unreadable.

    Booleans are 0 and 1, time spans days.
    """
    values = [_as_number(frame.iloc[:, i]) for i in positions]
    table = np.column_stack(values) if values else np.empty((len(frame), 0))
    return np.where(np.isfinite(table), table, np.nan)


def _as_number(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    if types.is_timedelta64_dtype(column.dtype):
        return np.asarray(column.dt.total_seconds() / 86_400, dtype=np.float64)
    if not types.is_numeric_dtype(column.dtype):
        objects = column.astype(object)
        column = pd.to_numeric(objects.where(objects.notna(), np.nan), errors="coerce")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def read_moments(frame: pd.DataFrame, positions: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return dates as days since 1970 (UTC), float64 (n_samples, n_columns), NaN where missing."""
    values = [_as_days(as_moment(frame.iloc[:, i])) for i in positions]
    return np.column_stack(values) if values else np.empty((len(frame), 0))


def as_moment(column: pd.Series[Any]) -> pd.Series[Any]:
    """Convert dates to UTC without time zone; values that can't be parsed are missing."""
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    date_format = "mixed" if types.is_object_dtype(column.dtype) else None
    moments = pd.to_datetime(column, utc=True, errors="coerce", format=date_format)
    return moments.dt.tz_localize(None)


def _as_days(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    moments = column.to_numpy(dtype="datetime64[us]")
    days = moments.astype(np.int64) / (_DAY_NS / 1_000)
    return np.where(np.isnat(moments), np.nan, days)


def read_categories(frame: pd.DataFrame, positions: tuple[int, ...]) -> npt.NDArray[np.object_]:
    """Return categories as `str`, object (n_samples, n_columns), `MISSING` where missing."""
    table = np.empty((len(frame), len(positions)), dtype=object)
    for k, i in enumerate(positions):
        column = frame.iloc[:, i].astype(object)
        table[:, k] = [
            MISSING if is_missing else str(value)
            for value, is_missing in zip(column, column.isna(), strict=True)
        ]
    return table
