"""Naive Bayes, Gaussian or multinomial by the kind of matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn import naive_bayes
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from bakeoff.spaces import Real, Space
from bakeoff_classic._base import dense
from bakeoff_classic._wrapped import WrappedClassifier


class NaiveBayes(WrappedClassifier):
    """Gaussian naive Bayes for dense matrices, multinomial for sparse ones without negative values.

    A sparse matrix with negative values is made dense first. If all dense rows are
    equal, the class shares of the training part are predicted.

    Args:
        smoothing: share of the largest variance that is added to each (Gaussian), above 0.
        alpha: count that is added to each term (multinomial), above 0.

    Source:
        Maron, "Automatic Indexing: An Experimental Inquiry", 1961; McCallum and Nigam, "A
        Comparison of Event Models for Naive Bayes Text Classification", 1998.
    """

    def __init__(self, *, smoothing: float = 1e-9, alpha: float = 1.0) -> None:
        self.smoothing = smoothing
        self.alpha = alpha

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {"smoothing": Real(1e-12, 1.0, "log"), "alpha": Real(1e-3, 10.0, "log")},
            source="chosen here",
        )

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        if not sparse.issparse(X) and not np.ptp(X, axis=0).any():
            return DummyClassifier(strategy="prior")
        gaussian = naive_bayes.GaussianNB(var_smoothing=self.smoothing)
        if isinstance(X, np.ndarray):
            return gaussian
        if X.min() >= 0:
            return naive_bayes.MultinomialNB(alpha=self.alpha)
        return make_pipeline(FunctionTransformer(dense, accept_sparse=True), gaussian)
