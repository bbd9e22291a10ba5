"""Raw features of tables: numbers unchanged, categories one-hot, dates as numbers."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, matrix
from bakeoff_classic.columns import read_categories, read_moments, read_numbers, sort_columns


class TableFeatures(FeatureTransformer):
    """Base of table features; arrays are treated as tables without column names."""

    def _read(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """Validate X against the columns of `fit` and return it as a frame."""
        if isinstance(X, pd.DataFrame):
            if len(X) == 0:
                raise ValueError("expected at least one row; got 0.")
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        checked = check_array(X, dtype=None, ensure_all_finite=False, estimator=self)
        validate_data(self, X, reset=reset, skip_check_array=True)
        return pd.DataFrame(checked).infer_objects()

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags; missing values, strings and categories are accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


class RawTable(TableFeatures):
    """Numbers unchanged, categories one-hot, dates as days since the earliest one in training.

    A missing number or date becomes the training part's median, 0 where the column is empty. A
    missing category is a category of its own. Categories beyond the `max_categories` most
    frequent share one column; those that training lacks go there too, or have no column set.

    Args:
        max_categories: most one-hot columns of a category, at least 2.

    Source:
        Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2nd edition, 2009,
        section 9.6 (missing predictors) and 9.2.4 (categories). The limit is chosen here.
    """

    def __init__(self, *, max_categories: int = 50) -> None:
        self.max_categories = max_categories

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"max_categories": Integer(2, 200, "log")}, source="chosen here")

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn column kinds, medians and categories from a table (n_samples, n_columns)."""
        frame = self._read(X, reset=True)
        self.columns_ = sort_columns(frame)
        moments = read_moments(frame, self.columns_.moments)
        self.origin_ = _fold(np.min, moments)
        numbers = np.hstack([read_numbers(frame, self.columns_.numbers), moments - self.origin_])
        self.median_ = _fold(np.median, numbers)
        self.encoder_ = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=self.max_categories,
            sparse_output=False,
            dtype=np.float32,
        )
        if self.columns_.categories:
            self.encoder_.fit(read_categories(frame, self.columns_.categories))
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features): numbers, dates in days, one-hot categories."""
        check_is_fitted(self)
        frame = self._read(X, reset=False)
        moments = read_moments(frame, self.columns_.moments) - self.origin_
        numbers = np.hstack([read_numbers(frame, self.columns_.numbers), moments])
        blocks = [matrix(np.where(np.isnan(numbers), self.median_, numbers))]
        if self.columns_.categories:
            blocks.append(self.encoder_.transform(read_categories(frame, self.columns_.categories)))
        return np.hstack(blocks)


def _fold(function: Any, table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Apply a function to the present values of each column; 0 for an empty column."""
    present = [column[~np.isnan(column)] for column in table.T]
    return np.array([function(column) if len(column) else 0.0 for column in present], dtype=float)
