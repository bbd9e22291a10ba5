"""Front for tables: standardised numbers, missing-value flags, embedded categories."""

from __future__ import annotations

from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from bakeoff_deep.fronts import LIMIT, Front, Opening, at_least_one, jitter
from bakeoff_keras.errors import RowsError
from bakeoff_keras.rows import InputRows

UNSEEN, MISSING, FIRST = 0, 1, 2
"""Codes of a category column: not in training, missing, first category of training."""

MAX_WIDTH = 16
_DAY_US = 86_400_000_000


class TableFront(Front):
    """Front for tables: numbers and dates are standardised, categories are embedded.

    Numbers are clipped at `LIMIT` standard deviations. A missing number becomes the training mean
    and sets a flag, one for each column that had gaps in training. A missing category and one that
    training lacks have a vector each. All columns share the width of their vectors, which follows
    from the largest number of categories.

    Source:
        Guo and Berkhahn, "Entity Embeddings of Categorical Variables", 2016. The width,
        1.6 n^0.56 and at most 16, is chosen here.
    """

    augmentation = "noise of 0.1 standard deviations on every number"

    def fit(self, X: Any) -> Self:
        """Learn column kinds, scales and categories from a table (n_samples, n_columns)."""
        at_least_one(X)
        frame = _frame(X)
        self.columns_ = list(frame.columns)
        is_number = [_is_number(frame.iloc[:, i]) for i in range(frame.shape[1])]
        self.numbers_ = [i for i, is_numeric in enumerate(is_number) if is_numeric]
        self.categories_ = [i for i, is_numeric in enumerate(is_number) if not is_numeric]
        numbers = _numbers(frame, self.numbers_)
        is_missing = np.isnan(numbers)
        counts = np.maximum(1, (~is_missing).sum(axis=0))
        self.mean_ = np.where(is_missing, 0.0, numbers).sum(axis=0) / counts
        self.scale_ = np.sqrt(
            np.where(is_missing, 0.0, (numbers - self.mean_) ** 2).sum(axis=0) / counts
        )
        self.scale_[~(self.scale_ > 0)] = 1.0
        self.flagged_ = np.flatnonzero(is_missing.any(axis=0))
        self.known_ = [_known(frame.iloc[:, i]) for i in self.categories_]
        sizes = [len(codes) + FIRST for codes in self.known_]
        self.offsets_ = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        return self

    def rows(self, X: Any) -> InputRows:
        """Convert a table with the training table's columns to inputs."""
        frame = _frame(X)
        if list(frame.columns) != self.columns_:
            raise RowsError(f"expected columns {self.columns_!r}; got {list(frame.columns)!r}.")
        numbers = _numbers(frame, self.numbers_)
        is_missing = np.isnan(numbers)
        scaled = np.where(is_missing, 0.0, (numbers - self.mean_) / self.scale_).clip(-LIMIT, LIMIT)
        arrays: list[npt.NDArray[Any]] = [
            np.hstack([scaled, is_missing[:, self.flagged_]]).astype(np.float32)
        ]
        if self.categories_:
            arrays.append(self._codes(frame))
        return InputRows(tuple(arrays) if arrays[0].shape[1] else tuple(arrays[1:]))

    def _codes(self, frame: pd.DataFrame) -> npt.NDArray[np.int32]:
        codes = np.empty((len(frame), len(self.categories_)), np.int32)
        for k, (i, code_of) in enumerate(zip(self.categories_, self.known_, strict=True)):
            column = frame.iloc[:, i]
            column_codes = [code_of.get(str(value), UNSEEN) for value in column]
            codes[:, k] = np.where(column.isna(), MISSING, column_codes) + self.offsets_[k]
        return codes

    def open(self, *, augment: bool) -> Opening:
        """Build an input of numbers and flags, and one of category codes, if the table has them."""
        inputs, tensors = [], []
        if n_numbers := len(self.numbers_) + len(self.flagged_):
            inputs.append(keras.Input((n_numbers,), name="numbers"))
            tensors.append(jitter(inputs[-1], augment=augment))
        if self.categories_:
            inputs.append(keras.Input((len(self.categories_),), dtype="int32", name="categories"))
            most = max(len(codes) for codes in self.known_)
            width = max(1, min(MAX_WIDTH, round(1.6 * most**0.56)))
            embed = keras.layers.Embedding(int(self.offsets_[-1]), width, name="embedding")
            tensors.append(keras.layers.Flatten(name="flatten")(embed(inputs[-1])))
        joined = tensors[0]
        if len(tensors) > 1:
            joined = keras.layers.Concatenate(name="join")(tensors)
        return Opening(inputs=inputs, tensor=joined)


def _frame(X: Any) -> pd.DataFrame:
    return X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X)).infer_objects()


def _is_number(column: pd.Series[Any]) -> bool:
    dtype = column.dtype
    return bool(
        types.is_bool_dtype(dtype)
        or types.is_numeric_dtype(dtype)
        or types.is_datetime64_any_dtype(dtype)
        or types.is_timedelta64_dtype(dtype)
    )


def _numbers(frame: pd.DataFrame, positions: list[int]) -> npt.NDArray[np.float64]:
    """Return float64 (n_samples, n_columns), NaN if missing or infinite; dates in days."""
    table = np.empty((len(frame), len(positions)))
    for k, i in enumerate(positions):
        table[:, k] = _number(frame.iloc[:, i])
    return np.where(np.isfinite(table), table, np.nan)


def _number(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    if types.is_timedelta64_dtype(column.dtype):
        return np.asarray(column.dt.total_seconds() / 86_400, dtype=np.float64)
    if types.is_datetime64_any_dtype(column.dtype):
        moments = pd.to_datetime(column, utc=True).dt.tz_localize(None)
        days = moments.to_numpy(dtype="datetime64[us]").astype(np.int64) / _DAY_US
        return np.where(column.isna(), np.nan, days)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _known(column: pd.Series[Any]) -> dict[str, int]:
    """Return the code of each category that occurs."""
    categories = sorted({str(value) for value in column[column.notna()]})
    return {category: code for code, category in enumerate(categories, FIRST)}
