"""Recipes for images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC

from fair.recipes import learners
from fair.recipes.common import matrices, tuned
from fair.records import contests

if TYPE_CHECKING:
    from fair.records import Recipe, Rows


def _pixels() -> Any:
    """Return pixels in 0..1."""
    return FunctionTransformer(lambda X: np.asarray(X, np.float32).reshape(len(X), -1) / 255)


def _hog() -> Any:
    """Return histograms of oriented gradients by scikit-image, cells a seventh of the side.

    Source: Dalal and Triggs, CVPR 2005; scikit-image's example "Histogram of Oriented Gradients".
    """
    from skimage.feature import hog

    def describe(X: Any) -> Any:
        cell = (max(2, X.shape[1] // 7),) * 2
        options = {"pixels_per_cell": cell, "cells_per_block": (2, 2), "block_norm": "L2-Hys"}
        return np.array([hog(image, channel_axis=-1, **options) for image in X], np.float32)

    return FunctionTransformer(describe)


LINEAR = (0.01, 0.001, 0.1, 1.0)
"""Values of C on many standardised columns: 1 is too weak a penalty."""


def pixels_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on standardised pixels.

    Source: scikit-learn's example "MNIST classification using multinomial logistic".
    """
    return learners.logistic(learners.standardised(matrices(_pixels(), rows)), rows, LINEAR)


def _kernel(parts: Any, rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel and C = 10; pixels are not scaled.

    Source: the benchmark of the Fashion-MNIST repository (SVC, C=10, radial kernel: .897).
    """
    return tuned([SVC(C=10.0)], parts, rows)


def pixels_svm(rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel on pixels."""
    return _kernel(matrices(_pixels(), rows), rows)


def pixels_neighbours(rows: Rows) -> Any:
    """Let nearest neighbours vote on pixels as they are."""
    return learners.neighbours(matrices(_pixels(), rows), rows)


def pixels_bayes(rows: Rows) -> Any:
    """Fit a Gaussian naive Bayes on pixels."""
    return learners.gaussian_bayes(matrices(_pixels(), rows), rows)


def pixels_forest(rows: Rows) -> Any:
    """Fit a random forest on pixels."""
    return learners.forest(matrices(_pixels(), rows), rows)


def pixels_xgboost(rows: Rows) -> Any:
    """Fit boosted trees on pixels."""
    return learners.xgboost(matrices(_pixels(), rows), rows)


def hog_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on standardised HOG."""
    return learners.logistic(learners.standardised(matrices(_hog(), rows)), rows, LINEAR)


def hog_svm(rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel on HOG."""
    return _kernel(matrices(_hog(), rows), rows)


def hog_neighbours(rows: Rows) -> Any:
    """Let nearest neighbours vote on HOG as it is: its blocks have one scale already."""
    return learners.neighbours(matrices(_hog(), rows), rows)


def hog_forest(rows: Rows) -> Any:
    """Fit a random forest on HOG."""
    return learners.forest(matrices(_hog(), rows), rows)


def patterns_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on histograms of uniform binary patterns in 4 by 4 zones.

    Source: Ahonen, Hadid and Pietikäinen, "Face Description with Local Binary Patterns", 2006.
    """
    from skimage.feature import local_binary_pattern

    def describe(X: Any) -> Any:
        codes = [local_binary_pattern(image.mean(-1).astype(int), 8, 1, "uniform") for image in X]
        zones = [z for band in np.array_split(codes, 4, 1) for z in np.array_split(band, 4, 2)]
        return np.hstack(
            [[np.bincount(i.ravel().astype(int), minlength=10) for i in z] for z in zones]
        )

    parts = learners.standardised(matrices(FunctionTransformer(describe), rows))
    return learners.logistic(parts, rows, LINEAR)


def intensities_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on a histogram of 32 intensities."""
    table = FunctionTransformer(
        lambda X: np.array([np.bincount(i.ravel() // 8, minlength=32) / i.size for i in X])
    )
    return learners.logistic(learners.standardised(matrices(table, rows)), rows)


def projected_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on a random projection of pixels."""
    projection = GaussianRandomProjection(256, random_state=rows.seed)
    parts = matrices(make_pipeline(_pixels(), projection), rows)
    return learners.logistic(learners.standardised(parts), rows, LINEAR)


def components_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on components with 95 % of the variance, not scaled again."""
    return learners.logistic(matrices(make_pipeline(_pixels(), PCA(0.95)), rows), rows)


def components_svm(rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel on components.

    Source: scikit-learn's example "Faces recognition example using eigenfaces and SVMs".
    """
    return _kernel(matrices(make_pipeline(_pixels(), PCA(0.95)), rows), rows)


def components_neighbours(rows: Rows) -> Any:
    """Let nearest neighbours vote on components."""
    return learners.neighbours(matrices(make_pipeline(_pixels(), PCA(0.95)), rows), rows)


PAIRS: dict[str, Recipe] = {
    "raw+logistic": pixels_logistic,
    "raw+svm": pixels_svm,
    "raw+nearest_neighbours": pixels_neighbours,
    "raw+naive_bayes": pixels_bayes,
    "raw+random_forest": pixels_forest,
    "hog+logistic": hog_logistic,
    "hog+svm": hog_svm,
    "hog+nearest_neighbours": hog_neighbours,
    "lbp+logistic": patterns_logistic,
    "histogram+logistic": intensities_logistic,
    "manual+logistic": hog_logistic,
    "manual+svm": hog_svm,
    "random+logistic": projected_logistic,
    "pca+logistic": components_logistic,
    "pca+svm": components_svm,
    "pca+nearest_neighbours": components_neighbours,
}

CONTESTS = (
    *contests(("fashion_mnist", "digits"), PAIRS),
    *contests(("digits",), {"raw+xgboost": pixels_xgboost, "hog+random_forest": hog_forest}),
)
