"""Recipes for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection

from fair.recipes import learners
from fair.recipes.common import matrices, tuned
from fair.records import contests

if TYPE_CHECKING:
    from fair.records import Recipe, Rows


def _columns(*, logs: bool = True) -> Any:
    """Return numbers and one-hot categories, standardised.

    Source: scikit-learn's user guide, "ColumnTransformer for heterogeneous data" and
    "Standardization"; logs of skewed columns after Hastie, Tibshirani and Friedman, "The Elements
    of Statistical Learning", 2009, section 9.1.2, on spambase: here arcsinh, which also takes
    values below 0.
    """
    numbers = make_column_selector(dtype_include="number")
    categories = make_column_selector(dtype_exclude="number")
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    change = FunctionTransformer(np.arcsinh) if logs else "passthrough"
    both = make_column_transformer((change, numbers), (encoder, categories))
    return make_pipeline(both, StandardScaler())


def columns_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on logs."""
    return learners.logistic(matrices(_columns(), rows), rows)


def columns_svm(rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel on logs.

    Source: Hsu, Chang and Lin, "A Practical Guide to Support Vector Classification", 2003.
    """
    return learners.kernel_svm(matrices(_columns(), rows), rows)


def columns_ridge(rows: Rows) -> Any:
    """Fit a ridge regression.

    Source: scikit-learn's user guide, "Setting the regularization parameter".
    """
    return learners.ridge(matrices(_columns(), rows), rows)


def columns_neighbours(rows: Rows) -> Any:
    """Let nearest neighbours vote on standardised logs."""
    return learners.neighbours(matrices(_columns(), rows), rows)


def columns_bayes(rows: Rows) -> Any:
    """Fit a Gaussian naive Bayes on logs."""
    return learners.gaussian_bayes(matrices(_columns(), rows), rows)


def bins_bayes(rows: Rows) -> Any:
    """Fit a naive Bayes on categories and on numbers in ten bins.

    Source: Dougherty, Kohavi and Sahami, "Supervised and Unsupervised Discretization of Continuous
    Features", ICML 1995: naive Bayes gains by bins; scikit-learn's user guide, "Discretization".
    """
    bins = KBinsDiscretizer(10, encode="onehot-dense", quantile_method="averaged_inverted_cdf")
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    numbers = bins, make_column_selector(dtype_include="number")
    others = encoder, make_column_selector(dtype_exclude="number")
    parts = matrices(make_column_transformer(numbers, others), rows)
    return tuned([BernoulliNB(alpha=a, fit_prior=False) for a in (1.0, 0.1, 10.0)], parts, rows)


def columns_tree(rows: Rows) -> Any:
    """Fit a decision tree.

    Source: scikit-learn's user guide, "Tips on practical use": `min_samples_leaf=5`.
    """
    return learners.tree(matrices(_columns(logs=False), rows), rows)


def columns_forest(rows: Rows) -> Any:
    """Fit a random forest."""
    return learners.forest(matrices(_columns(logs=False), rows), rows)


def columns_boosting(rows: Rows) -> Any:
    """Fit scikit-learn's boosted trees."""
    return learners.boosting(matrices(_columns(logs=False), rows), rows)


def columns_xgboost(rows: Rows) -> Any:
    """Fit XGBoost."""
    return learners.xgboost(matrices(_columns(logs=False), rows), rows)


def components_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on components with 95 % of the variance, not scaled again.

    Source: scikit-learn's user guide, "Principal component analysis"; its example
    "Pipelining: chaining a PCA and a logistic regression".
    """
    return learners.logistic(matrices(make_pipeline(_columns(), PCA(0.95)), rows), rows)


def components_ridge(rows: Rows) -> Any:
    """Fit a ridge regression on components with 95 % of the variance."""
    return learners.ridge(matrices(make_pipeline(_columns(), PCA(0.95)), rows), rows)


def projected_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on a random projection."""
    projection = GaussianRandomProjection(64, random_state=rows.seed)
    return learners.logistic(matrices(make_pipeline(_columns(), projection), rows), rows)


def projected_ridge(rows: Rows) -> Any:
    """Fit a ridge regression on a random projection."""
    projection = GaussianRandomProjection(64, random_state=rows.seed)
    return learners.ridge(matrices(make_pipeline(_columns(), projection), rows), rows)


def distances_logistic(rows: Rows) -> Any:
    """Fit a logistic regression on distances from the means of k-means.

    Source: Coates and Ng, "Learning Feature Representations with K-means", 2012.
    """
    means = KMeans(20, n_init=10, random_state=rows.seed)
    parts = matrices(make_pipeline(_columns(), means), rows)
    return learners.logistic(learners.standardised(parts), rows)


CLASSES: dict[str, Recipe] = {
    "raw+logistic": columns_logistic,
    "raw+svm": columns_svm,
    "raw+nearest_neighbours": columns_neighbours,
    "raw+tree": columns_tree,
    "raw+random_forest": columns_forest,
    "raw+hist_boosting": columns_boosting,
    "raw+xgboost": columns_xgboost,
    "manual+logistic": columns_logistic,
    "manual+svm": columns_svm,
    "manual+nearest_neighbours": columns_neighbours,
    "manual+random_forest": columns_forest,
    "manual+xgboost": columns_xgboost,
    "random+logistic": projected_logistic,
    "pca+logistic": components_logistic,
}
VALUES: dict[str, Recipe] = {
    "raw+ridge": columns_ridge,
    "raw+svm": columns_svm,
    "raw+nearest_neighbours": columns_neighbours,
    "raw+tree": columns_tree,
    "raw+random_forest": columns_forest,
    "raw+hist_boosting": columns_boosting,
    "raw+xgboost": columns_xgboost,
    "manual+ridge": columns_ridge,
    "manual+svm": columns_svm,
    "manual+nearest_neighbours": columns_neighbours,
    "manual+random_forest": columns_forest,
    "manual+xgboost": columns_xgboost,
    "random+ridge": projected_ridge,
    "pca+ridge": components_ridge,
}
TABLES = ("spambase", "german_credit", "wine", "breast_cancer")

CONTESTS = (
    *contests(TABLES, CLASSES),
    *contests(("wine", "breast_cancer"), {"raw+naive_bayes": columns_bayes}),
    *contests(("spambase", "german_credit"), {"raw+naive_bayes": bins_bayes}),
    *contests(("diabetes",), VALUES),
    *contests(TABLES, {"clusters+logistic": distances_logistic}, over="raw"),
)
