"""Numeric values of any input kind, the default features for clustering."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

N_HASHED = 2_048
"""Columns that words of texts are hashed to; chosen here."""


class PlainRows(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Numbers and one-hot categories of tables, pixels, hashed words of texts, values of series.

    Missing values become the column's median; categories that training lacks are all zeros.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn columns, categories and medians from training rows."""
        self.length_ = 0 if np.ndim(X) != 3 else X.shape[2]  # noqa: PLR2004  series
        if hasattr(X, "iloc"):
            self.numbers_ = X.select_dtypes(["number", "bool"]).columns
            category_columns = X.columns.difference(self.numbers_, sort=False)
            self.words_ = {c: sorted(set(X[c].dropna().astype(str)))[:50] for c in category_columns}
            values = X[self.numbers_].to_numpy(np.float64, na_value=np.nan)
            has_value = ~np.isnan(values).all(axis=0)
            self.medians_ = np.zeros(values.shape[1])
            self.medians_[has_value] = np.nanmedian(values[:, has_value], axis=0)
        return self

    def transform(self, X: Any) -> Any:
        """Return float32 (n_samples, n_features), CSR for texts."""
        if hasattr(X, "iloc"):
            return self._table(X)
        if np.ndim(X) == 1:
            from sklearn.feature_extraction.text import HashingVectorizer

            hashed = HashingVectorizer(n_features=N_HASHED, alternate_sign=False)
            return sparse.csr_matrix(hashed.transform(list(X)), dtype=np.float32)
        rows = np.asarray(X, np.float32).reshape(len(X), -1)
        if self.length_:
            rows = _stretched(np.asarray(X, np.float32), self.length_)
        return np.nan_to_num(rows)

    def _table(self, X: Any) -> Any:
        values = X[self.numbers_].to_numpy(np.float64, na_value=np.nan)
        blocks = [np.where(np.isfinite(values), values, self.medians_)]
        for column, categories in self.words_.items():
            codes = X[column].astype(str).to_numpy()[:, None] == np.array([categories or [""]])
            blocks.append(codes.reshape(len(X), -1))
        return np.concatenate(blocks, axis=1).astype(np.float32)


def _stretched(series: Any, length: int) -> Any:
    """Truncate series, or pad them with NaN, to the length of training's."""
    rows = np.full((*series.shape[:2], length), np.nan, np.float32)
    n_kept = min(length, series.shape[2])
    rows[:, :, :n_kept] = series[:, :, :n_kept]
    return rows.reshape(len(series), -1)
