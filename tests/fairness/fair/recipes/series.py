"""Recipes for series; their official splits have fewer than 50 validation rows, so none chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.random_projection import GaussianRandomProjection

from fair.recipes import learners
from fair.recipes.common import matrices, tuned
from fair.records import contests

if TYPE_CHECKING:
    from fair.records import Recipe, Rows


def _values() -> Any:
    """Return the values of all channels side by side."""
    return FunctionTransformer(lambda X: np.nan_to_num(np.asarray(X)).reshape(len(X), -1))


def values_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on standardised values."""
    return learners.logistic(learners.standardised(matrices(_values(), rows)), rows)


def values_svm(rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel on values; `gamma` sets their scale."""
    return learners.kernel_svm(matrices(_values(), rows), rows)


def one_neighbour(rows: Rows) -> Any:
    """Take the class of the nearest series by Euclid's distance of values as they are.

    Source: Bagnall, Lines, Bostrom, Large and Keogh, "The great time series classification bake
    off", 2017; the UCR archive's first baseline.
    """
    return tuned([KNeighborsClassifier(1)], matrices(_values(), rows), rows)


def values_forest(rows: Rows) -> Any:
    """Fit a random forest on values."""
    return learners.forest(matrices(_values(), rows), rows)


def values_xgboost(rows: Rows) -> Any:
    """Fit boosted trees on values."""
    return learners.xgboost(matrices(_values(), rows), rows)


def components_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on components with 95 % of the variance, not scaled again.

    Source: scikit-learn's user guide, "Principal component analysis".
    """
    parts = matrices(make_pipeline(_values(), PCA(0.95, svd_solver="full")), rows)
    return learners.logistic(parts, rows)


def projected_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on a random projection."""
    projection = GaussianRandomProjection(256, random_state=rows.seed)
    parts = matrices(make_pipeline(_values(), projection), rows)
    return learners.logistic(learners.standardised(parts), rows)


def _moments() -> Any:
    """Return location, spread, extremes and change of each channel."""

    def compute(X: Any) -> Any:
        X, steps = np.nan_to_num(np.asarray(X)), np.diff(np.nan_to_num(np.asarray(X)), axis=2)
        spread = [X.mean(2), X.std(2), X.min(2), X.max(2), np.median(X, 2), np.ptp(X, 2)]
        return np.hstack([*spread, np.abs(steps).mean(2), steps.std(2), X.argmax(2), X.argmin(2)])

    return FunctionTransformer(compute)


def moments_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on statistics of each channel."""
    return learners.logistic(learners.standardised(matrices(_moments(), rows)), rows)


def moments_forest(rows: Rows) -> Any:
    """Fit a random forest on statistics of each channel."""
    return learners.forest(matrices(_moments(), rows), rows)


def spectrum_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on log power over frequency.

    Source: Flynn, Large and Bagnall, "The contract random interval spectral ensemble", 2019.
    """
    spectrum = FunctionTransformer(
        lambda X: np.log1p(np.abs(np.fft.rfft(np.nan_to_num(X), axis=2)) ** 2).reshape(len(X), -1)
    )
    return learners.logistic(learners.standardised(matrices(spectrum, rows)), rows)


def _catch22() -> Any:
    from aeon.transformations.collection.feature_based import Catch22

    doubles = FunctionTransformer(lambda X: np.asarray(X, np.float64))
    return make_pipeline(doubles, Catch22(replace_nans=True), FunctionTransformer(np.nan_to_num))


def catch22_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on the 22 canonical characteristics."""
    return learners.logistic(learners.standardised(matrices(_catch22(), rows)), rows)


def catch22_forest(rows: Rows) -> Any:
    """Fit a random forest on the 22 canonical characteristics.

    Source: Lubba et al., "catch22", 2019; aeon's Catch22Classifier takes 200 trees.
    """
    model = RandomForestClassifier(200, random_state=rows.seed)
    return tuned([model], matrices(_catch22(), rows), rows)


def minirocket(rows: Rows) -> Any:
    """Fit a ridge classifier on MiniRocket's features.

    Source: Dempster, Schmidt and Webb, "MiniRocket", KDD 2021: about 10,000 features, and a ridge
    classifier whose strength is cross-validated on the training rows.
    """
    from aeon.transformations.collection.convolution_based import MiniRocket

    ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
    kernels = make_pipeline(MiniRocket(random_state=rows.seed), StandardScaler(with_mean=False))
    return tuned([ridge], matrices(kernels, rows), rows)


PAIRS: dict[str, Recipe] = {
    "raw+logistic": values_logistic,
    "raw+svm": values_svm,
    "raw+nearest_neighbours": one_neighbour,
    "raw+random_forest": values_forest,
    "raw+xgboost": values_xgboost,
    "pca+logistic": components_logistic,
    "random+logistic": projected_logistic,
    "summary+logistic": moments_logistic,
    "summary+random_forest": moments_forest,
    "spectral+logistic": spectrum_logistic,
    "catch22+logistic": catch22_logistic,
    "catch22+random_forest": catch22_forest,
    "manual+logistic": catch22_logistic,
    "manual+random_forest": catch22_forest,
    "random_kernels+logistic": minirocket,
}

CONTESTS = contests(("gunpoint", "basic_motions"), PAIRS)
