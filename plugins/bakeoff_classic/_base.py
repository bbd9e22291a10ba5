"""What every features class of this plugin shares: its base class and its output's promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

LARGEST = float(np.finfo(np.float32).max)


class Features(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A transformer from one input kind to a float32 matrix without NaN.

    A row's features depend on that row and on what was fitted, never on its neighbours in
    `transform`. Subclasses that learn nothing need only `transform`.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn nothing but the number of rows, which must be at least one."""
        if len(X) == 0:
            raise ValueError("expected at least one row; got 0.")
        self.is_fitted_ = True
        return self

    def __sklearn_tags__(self) -> Any:
        """Say that the output is float32 whatever the input."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def matrix(values: Any) -> npt.NDArray[np.float32]:
    """Return float32 (n_samples, n_features): NaN becomes 0, what is too large is cut off."""
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
    """Put matrices of the same rows side by side: CSR if one of them is sparse, else an ndarray."""
    if any(sparse.issparse(block) for block in blocks):
        return sparse.csr_matrix(sparse.hstack(blocks, format="csr", dtype=np.float32))
    return np.concatenate([matrix(block) for block in blocks], axis=1)


class Union(Features):
    """Several features of one input kind side by side, in a fixed order."""

    def _members(self) -> tuple[Features, ...]:
        """Unfitted features, in the order of their columns."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit every member on the same training rows."""
        self.members_ = tuple(member.fit(X, y) for member in self._members())
        return self

    def transform(self, X: Any) -> Any:
        """Return the members' matrices side by side, (n_samples, n_features)."""
        return join([member.transform(X) for member in self.members_])
