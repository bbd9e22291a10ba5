"""Random projections and principal components of raw features."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.utils.validation import check_is_fitted

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, dense, matrix


class Projected(FeatureTransformer):
    """Base: projection of the raw features of one input kind, standardised for tables."""

    scaled = False
    n_components: int
    random_state: int | None

    def _raw(self) -> FeatureTransformer:
        """Return the unfitted raw features of the input kind."""
        raise NotImplementedError

    def _projection(self, rows: Any) -> Any:
        """Return the unfitted projection for a raw matrix."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit raw features, scaler and projection on training rows."""
        self.raw_ = self._raw().fit(X, y)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.raw_, name):
                setattr(self, name, getattr(self.raw_, name))
        raw = self.raw_.transform(X)
        self.scaler_ = StandardScaler().fit(_double(raw)) if self.scaled else None
        rows = self._scale(raw)
        with np.errstate(invalid="ignore"):  # equal rows: a share of no variance is not defined
            self.projection_ = self._projection(rows).fit(rows)
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return the projection, float32 (n_samples, at most n_components)."""
        check_is_fitted(self)
        projected = self.projection_.transform(self._scale(self.raw_.transform(X)))
        return matrix(dense(projected))

    def __sklearn_tags__(self) -> Any:
        """Return the tags of the raw features."""
        return self._raw().__sklearn_tags__()

    def _scale(self, raw: Any) -> Any:
        rows = _double(raw)
        return rows if self.scaler_ is None else self.scaler_.transform(rows)


def _double(raw: Any) -> Any:
    return raw.astype(np.float64)


class RandomProjection(Projected):
    """Random projection of raw features: the control for learned projections.

    Tables are standardised first. There are never more directions than raw features.

    Args:
        n_components: number of directions, at least 1.
        random_state: seed of the directions.

    Source:
        Bingham and Mannila, "Random projection in dimensionality reduction: applications to image
        and text data", KDD 2001; sparse directions for text after Li, Hastie and Church, "Very
        Sparse Random Projections", KDD 2006. The number of directions is chosen here.
    """

    def __init__(self, *, n_components: int = 256, random_state: int | None = None) -> None:
        self.n_components = n_components
        self.random_state = random_state

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"n_components": Integer(16, 1024, "log")}, source="chosen here")

    def _projection(self, rows: Any) -> Any:
        kind = SparseRandomProjection if sparse.issparse(rows) else GaussianRandomProjection
        count = min(self.n_components, rows.shape[1])
        return kind(n_components=count, random_state=self.random_state)


class PrincipalComponents(Projected):
    """Principal components of raw features, learned from the training rows.

    Tables are standardised first. There are never more components than rows or raw features, and
    one column of zeros where all training rows are alike.

    Args:
        n_components: number of components, at least 1.
        random_state: seed of the randomised solver that large matrices are given to.

    Source:
        Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space", 1901; Turk and
        Pentland, "Eigenfaces for Recognition", 1991. The number of components is chosen here.
    """

    def __init__(self, *, n_components: int = 64, random_state: int | None = None) -> None:
        self.n_components = n_components
        self.random_state = random_state

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"n_components": Integer(4, 256, "log")}, source="chosen here")

    def _projection(self, rows: Any) -> Any:
        if not np.ptp(rows, axis=0).any():
            return FunctionTransformer(_nothing)
        return PCA(n_components=min(self.n_components, *rows.shape), random_state=self.random_state)


def _nothing(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return one column of zeros, where all training rows are equal."""
    return np.zeros((len(rows), 1))


class _OfTable(Projected):
    scaled = True

    def _raw(self) -> FeatureTransformer:
        from bakeoff_classic.table import RawTable

        return RawTable()


class _OfImage(Projected):
    def _raw(self) -> FeatureTransformer:
        from bakeoff_classic.image import RawImage

        return RawImage()


class _OfText(Projected):
    def _raw(self) -> FeatureTransformer:
        from bakeoff_classic.text import RawText

        return RawText()


class _OfSequence(Projected):
    def _raw(self) -> FeatureTransformer:
        from bakeoff_classic.sequence import RawSequence

        return RawSequence()


class RandomTable(_OfTable, RandomProjection):
    """Random projection of a table's raw features."""


class RandomImage(_OfImage, RandomProjection):
    """Random projection of raw pixels."""


class RandomText(_OfText, RandomProjection):
    """Random projection of hashed word counts."""


class RandomSequence(_OfSequence, RandomProjection):
    """Random projection of a series' values."""


class PcaTable(_OfTable, PrincipalComponents):
    """Principal components of a table's raw features."""


class PcaImage(_OfImage, PrincipalComponents):
    """Principal components of raw pixels."""


class PcaSequence(_OfSequence, PrincipalComponents):
    """Principal components of a series' values."""
