"""What the learners share that scale their input before a scikit-learn estimator sees it."""

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
    """Base: checks X, turns it into `_dtype` and fits what `_build` returns.

    float64, because solvers stop early or warn on the float32 that features hand over.
    """

    _dtype: Any = np.float64

    def _build(self, X: Any, y: Any) -> Any:
        """Unfitted estimator for that training matrix."""
        raise NotImplementedError

    def _read(self, X: Any) -> Any:
        """Return X checked against the training rows."""
        check_is_fitted(self)
        return validate_data(self, X, accept_sparse="csr", dtype=self._dtype, reset=False)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Class codes or values, (n_samples,)."""
        rows = self._read(X)
        return np.asarray(self.model_.predict(rows))

    def __sklearn_tags__(self) -> Any:
        """Say that sparse matrices are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class WrappedClassifier(ClassifierMixin, Wrapped):  # type: ignore[misc]  # scikit-learn has no types
    """Base of classifiers; needs two classes or more.

    Models see codes 0..n_classes-1 without holes, whatever labels a training part has: boosters
    demand it, and scikit-learn's temperature scaling reads past its arrays without it.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on X float (n_samples, n_features) and class codes y (n_samples,)."""
        rows, codes = self._begin(X, y)
        self.model_ = self._build(rows, codes).fit(rows, codes)
        return self

    def _begin(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return checked training rows and each label's place in `classes_`, which it learns."""
        rows, labels = validate_data(self, X, y, accept_sparse="csr", dtype=self._dtype)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("expected at least two classes; got one class.")
        return rows, codes

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Class codes, (n_samples,)."""
        places = super().predict(X)
        return np.asarray(self.classes_[places])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
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
        """Return checked training rows and values."""
        rows, values = validate_data(
            self, X, y, accept_sparse="csr", dtype=self._dtype, y_numeric=True
        )
        return rows, np.asarray(values, dtype=np.float64)


class SparseScaler(MaxAbsScaler):  # type: ignore[misc]  # scikit-learn has no types
    """Divides columns by their largest magnitude where it exceeds 1, and leaves the others alone.

    Weights that lie within 1 already, such as TF-IDF, keep what they say about each other: blown up
    to 1 each, rare terms would count as much as common ones.
    """

    scale_: npt.NDArray[np.float64]

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn the columns' largest magnitudes."""
        super().partial_fit(X, y)
        self.scale_ = np.maximum(self.scale_, 1.0)
        return self


def scaled(X: Any, estimator: Any) -> Pipeline:
    """Estimator behind a scaler: `StandardScaler` for dense columns, `SparseScaler` for sparse."""
    scaler = SparseScaler() if sparse.issparse(X) else StandardScaler()
    return Pipeline([("scale", scaler), ("estimator", estimator)])


def standardised_target(regressor: Any) -> TransformedTargetRegressor:
    """Regressor that is fitted on the target at mean 0 and standard deviation 1."""
    return TransformedTargetRegressor(regressor=regressor, transformer=StandardScaler())
