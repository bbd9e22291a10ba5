"""Bases of learners that wrap a scikit-learn estimator and scale its input."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data


class Wrapped(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of learners: validates X, converts it to `_dtype` and fits the estimator of `_build`.

    float64, because solvers stop early or warn on the float32 of feature matrices.
    """

    _dtype: Any = np.float64

    def _build(self, X: Any, y: Any) -> Any:
        """Return the unfitted estimator for a training matrix."""
        raise NotImplementedError

    def _read(self, X: Any) -> Any:
        """Validate X against the training columns and return it."""
        check_is_fitted(self)
        return validate_data(self, X, accept_sparse="csr", dtype=self._dtype, reset=False)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes or values, (n_samples,)."""
        rows = self._read(X)
        return np.asarray(self.model_.predict(rows))

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags; sparse matrices are accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class WrappedClassifier(ClassifierMixin, Wrapped):  # type: ignore[misc]  # scikit-learn has no types
    """Base of classifiers; at least two classes are required.

    The wrapped estimator is fitted on consecutive codes 0..n_classes-1, whatever labels a training
    part has: boosters demand it, and scikit-learn's temperature scaling reads past its arrays
    without it.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on X float (n_samples, n_features) and class codes y (n_samples,)."""
        rows, codes = self._begin(X, y)
        self.model_ = self._build(rows, codes).fit(rows, codes)
        return self

    def _begin(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return validated training rows and class codes; learn `classes_`."""
        rows, labels = validate_data(self, X, y, accept_sparse="csr", dtype=self._dtype)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("expected at least two classes; got one class.")
        return rows, codes

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes, (n_samples,)."""
        codes = super().predict(X)
        return np.asarray(self.classes_[codes])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        rows = self._read(X)
        return np.asarray(self.model_.predict_proba(rows), dtype=np.float64)


class WrappedRegressor(RegressorMixin, Wrapped):  # type: ignore[misc]  # scikit-learn has no types
    """Base of regressors."""

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on X float (n_samples, n_features) and values y (n_samples,)."""
        rows, values = self._begin(X, y)
        self.model_ = self._build(rows, values).fit(rows, values)
        return self

    def _begin(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return validated training rows and target values."""
        rows, values = validate_data(
            self, X, y, accept_sparse="csr", dtype=self._dtype, y_numeric=True
        )
        return rows, np.asarray(values, dtype=np.float64)


class SparseScaler(MaxAbsScaler):  # type: ignore[misc]  # scikit-learn has no types
    """Scaler that divides columns by their largest magnitude where that exceeds 1.

    Columns whose values lie within 1 already, such as TF-IDF weights, are left alone: scaled up
    to a maximum of 1, rare terms would count as much as common ones.
    """

    scale_: npt.NDArray[np.float64]

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Update the largest magnitude of each column."""
        super().partial_fit(X, y)
        self.scale_ = np.maximum(self.scale_, 1.0)
        return self


def scaled(X: Any, estimator: Any) -> Pipeline:
    """Return a pipeline of `StandardScaler` (dense) or `SparseScaler` (sparse) and estimator."""
    scaler = SparseScaler() if sparse.issparse(X) else StandardScaler()
    return Pipeline([("scale", scaler), ("estimator", estimator)])


def standardised_target(regressor: Any) -> TransformedTargetRegressor:
    """Return a regressor that is fitted on the standardised target."""
    return TransformedTargetRegressor(regressor=regressor, transformer=StandardScaler())
