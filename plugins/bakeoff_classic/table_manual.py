"""Manual features of tables: skrub's vectorizer, and combinations of numeric columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.feature_selection import f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted
from skrub import DatetimeEncoder, StringEncoder, TableVectorizer

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import matrix
from bakeoff_classic.columns import (
    MISSING,
    as_moment,
    read_categories,
    read_numbers,
    sort_columns,
)
from bakeoff_classic.table import TableFeatures

TINY = 1e-9


@dataclass(kw_only=True, eq=False, repr=False)
class ManualTable(TableFeatures):
    """Encoded columns, missing-value flags, and logs, ratios, products and bins of numbers.

    skrub's vectorizer encodes every column: categories of few values one-hot, of many by the
    character sequences of their text, dates by their parts and by circular coding. Missing numbers
    become the training part's median and are marked. From the `n_combined` numeric columns most
    related to the target (F test on training rows; the first ones where there is no target) come
    signed logs, ratios and products of all pairs, and one-hot quantile bins. That bounds what is
    added to n * (1 + (n - 1) + n_bins) columns for n = n_combined: 72 by default. The target is
    used for that choice alone, never as a code.

    Args:
        n_combined: numeric columns that are combined, at least 0.
        n_bins: quantile bins of each, at least 2.
        n_components: columns for the text of a category of many values, at least 1.
        random_state: seed of the text encoder's decomposition.

    Source:
        Cerda and Varoquaux, "Encoding high-cardinality string categorical variables", IEEE TKDE
        34(3), 2022 (skrub); Kanter and Veeramachaneni, "Deep Feature Synthesis", DSAA 2015, and
        Zheng and Casari, "Feature Engineering for Machine Learning", 2018, chapters 2 and 3, for
        combinations, logs and bins. The sizes are chosen here.
    """

    n_combined: int = 6
    n_bins: int = 6
    n_components: int = 20
    random_state: int | None = None

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {
                "n_combined": Integer(0, 12),
                "n_bins": Integer(2, 12),
                "n_components": Integer(5, 50, "log"),
            },
            source="chosen here",
        )

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit encoders and imputers, and choose the columns to combine by their relation to y."""
        frame = self._read(X, reset=True)
        self.columns_ = sort_columns(frame)
        numbers = read_numbers(frame, self.columns_.numbers)
        self.vectorizer_ = self._vectorizer()
        encoded = self.vectorizer_.fit_transform(self._prepare(frame))
        self.imputer_ = SimpleImputer(strategy="median", keep_empty_features=True)
        self.imputer_.fit(matrix_with_gaps(encoded))
        self.marked_ = np.flatnonzero(np.isnan(numbers).any(axis=0))
        self.median_ = SimpleImputer(strategy="median", keep_empty_features=True)
        imputed = self.median_.fit_transform(numbers) if numbers.shape[1] else numbers
        self.combined_ = _most_related(imputed, y, self.n_combined)
        shares = np.linspace(0, 1, self.n_bins + 1)[1:-1]
        self.edges_ = [np.unique(np.quantile(imputed[:, i], shares)) for i in self.combined_]
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features): encoded columns, flags, combinations."""
        check_is_fitted(self)
        frame = self._read(X, reset=False)
        numbers = read_numbers(frame, self.columns_.numbers)
        encoded = self.imputer_.transform(
            matrix_with_gaps(self.vectorizer_.transform(self._prepare(frame)))
        )
        is_missing = np.isnan(numbers)
        imputed = self.median_.transform(numbers) if numbers.shape[1] else numbers
        blocks = [encoded, is_missing[:, self.marked_], is_missing.sum(axis=1, keepdims=True)]
        blocks += _combine(imputed[:, self.combined_], self.edges_)
        return np.hstack([matrix(block) for block in blocks])

    def _vectorizer(self) -> TableVectorizer:
        return TableVectorizer(
            low_cardinality=OneHotEncoder(
                handle_unknown="ignore", sparse_output=False, dtype=np.float32
            ),
            high_cardinality=StringEncoder(
                n_components=self.n_components, random_state=self.random_state
            ),
            datetime=DatetimeEncoder(add_weekday=True, periodic_encoding="circular"),
        )

    def _prepare(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with plain dtypes and column names, equal for every part."""
        numbers = read_numbers(frame, self.columns_.numbers)
        categories = read_categories(frame, self.columns_.categories)
        categories[categories == MISSING] = None
        plain: dict[str, Any] = {f"number_{k}": numbers[:, k] for k in range(numbers.shape[1])}
        for k, i in enumerate(self.columns_.moments):
            plain[f"moment_{k}"] = as_moment(frame.iloc[:, i]).to_numpy()
        for k in range(categories.shape[1]):
            plain[f"category_{k}"] = pd.Series(categories[:, k], dtype="str").to_numpy()
        return pd.DataFrame({"number": np.zeros(len(frame)), **plain})


def matrix_with_gaps(encoded: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Convert skrub's frame to float64 with NaN for missing values."""
    return encoded.to_numpy(dtype=np.float64, na_value=np.nan)


def _most_related(numbers: npt.NDArray[np.float64], y: Any, count: int) -> npt.NDArray[np.int64]:
    """Return the positions of the `count` varying columns of highest F statistic, ascending."""
    varying = np.flatnonzero(np.ptp(numbers, axis=0) > 0) if numbers.size else np.array([], int)
    if y is None or len(varying) <= count:
        return varying[:count]
    is_regression = np.asarray(y).dtype.kind == "f"
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = (f_regression if is_regression else f_classif)(numbers[:, varying], y)[0]
    order = np.argsort(-np.nan_to_num(strength, nan=0.0), kind="stable")
    return np.sort(varying[order[:count]])


def _combine(
    numbers: npt.NDArray[np.float64], edges: list[npt.NDArray[np.float64]]
) -> list[npt.NDArray[np.float64]]:
    """Return signed logs, products and ratios of pairs, one-hot bins; each (n_samples, columns)."""
    first, second = np.triu_indices(numbers.shape[1], 1)
    left, right = numbers[:, first], numbers[:, second]
    below = np.where(np.abs(right) > TINY, right, np.where(right < 0, -TINY, TINY))
    ratios = np.clip(left / below, -1e6, 1e6)
    bins = [
        np.eye(len(limits) + 1)[np.searchsorted(limits, numbers[:, k], side="right")]
        for k, limits in enumerate(edges)
    ]
    return [np.sign(numbers) * np.log1p(np.abs(numbers)), left * right, ratios, *bins]
