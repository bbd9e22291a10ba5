"""Base class of this plugin's feature extractors, and conversions of their output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

LARGEST = float(np.finfo(np.float32).max)


class FeatureTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of transformers from one input kind to a float32 matrix without NaN.

    A row's features depend on that row and on what was fitted, never on its neighbours in
    `transform`. Subclasses that learn nothing need only `transform`.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Check that there is at least one row; learn nothing else."""
        if len(X) == 0:
            raise ValueError("expected at least one row; got 0.")
        self.is_fitted_ = True
        return self

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags; the output is float32 for every input."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def matrix(values: Any) -> npt.NDArray[np.float32]:
    """Convert to float32 (n_samples, n_features): NaN becomes 0, larger values are clipped."""
    rows = np.asarray(values)
    if rows.dtype != np.float32:
        rows = np.clip(rows, -LARGEST, LARGEST).astype(np.float32)
    if np.isfinite(rows).all():
        return rows
    return np.asarray(np.nan_to_num(rows, nan=0.0, posinf=LARGEST, neginf=-LARGEST))


def dense(values: Any) -> npt.NDArray[Any]:
    """Return a sparse matrix as an ndarray, and an ndarray as it is."""
    return values if isinstance(values, np.ndarray) else np.asarray(values.toarray())


def join(blocks: Sequence[Any]) -> Any:
    """Concatenate feature matrices by column: CSR if one of them is sparse, else an ndarray."""
    if any(sparse.issparse(block) for block in blocks):
        return sparse.csr_matrix(sparse.hstack(blocks, format="csr", dtype=np.float32))
    return np.concatenate([matrix(block) for block in blocks], axis=1)


class Union(FeatureTransformer):
    """Base of unions: several feature extractors, columns concatenated in a fixed order."""

    def _members(self) -> tuple[FeatureTransformer, ...]:
        """Return the unfitted feature extractors in the order of their columns."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit every member on the same training rows."""
        self.members_ = tuple(member.fit(X, y) for member in self._members())
        return self

    def transform(self, X: Any) -> Any:
        """Return the members' columns side by side, (n_samples, n_features)."""
        return join([member.transform(X) for member in self.members_])
