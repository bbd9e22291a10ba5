"""Learners of an expert on a finished matrix, each with its one knob; the default comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from fair.recipes.common import balanced, labels, tuned

if TYPE_CHECKING:
    from fair.records import Rows

Parts = tuple[Any, Any, Any]
PENALTIES = (1.0, 0.001, 0.01, 0.1, 10.0, 100.0)
"""Values of C, the user guide's default first."""


def standardised(parts: Parts) -> Parts:
    """Return matrices with columns of mean 0 and variance 1 in training."""
    scaler = StandardScaler().fit(parts[0])
    return scaler.transform(parts[0]), scaler.transform(parts[1]), scaler.transform(parts[2])


def logistic(parts: Parts, rows: Rows, penalties: tuple[float, ...] = PENALTIES) -> Any:
    """Fit a logistic regression with balanced weights, and choose C."""
    options = {"class_weight": "balanced", "max_iter": 2_000}
    return tuned([LogisticRegression(C=C, **options) for C in penalties], parts, rows)


def linear_svm(parts: Parts, rows: Rows) -> Any:
    """Fit a linear support vector machine with balanced weights, and choose C."""
    models = [LinearSVC(C=C, class_weight="balanced") for C in (1.0, 0.01, 0.1, 10.0)]
    return tuned(models, parts, rows)


def kernel_svm(parts: Parts, rows: Rows) -> Any:
    """Fit a support vector machine with a radial kernel, and choose C."""
    if rows.problem == "regression":
        mean, spread = np.mean(rows.train.y), np.std(rows.train.y)
        models = [SVR(C=C * spread, epsilon=0.1 * spread) for C in (1.0, 0.1, 10.0)]
        return tuned(models, parts, rows) if spread else np.full(len(parts[2]), mean)
    models = [SVC(C=C, class_weight="balanced") for C in (1.0, 0.1, 10.0, 100.0)]
    return tuned(models, parts, rows)


def ridge(parts: Parts, rows: Rows) -> Any:
    """Fit a ridge regression, and choose its strength."""
    return tuned([Ridge(alpha=alpha) for alpha in (1.0, 0.1, 10.0, 100.0, 1_000.0)], parts, rows)


def neighbours(parts: Parts, rows: Rows, metric: str = "euclidean") -> Any:
    """Fit nearest neighbours, and choose their number."""
    kind = KNeighborsRegressor if rows.problem == "regression" else KNeighborsClassifier
    counts = [k for k in (5, 1, 3, 10, 20, 40) if k <= len(rows.train.X)]
    return tuned([kind(k, metric=metric) for k in counts], parts, rows)


def forest(parts: Parts, rows: Rows) -> Any:
    """Fit a random forest of 200 trees, and choose the size of its leaves."""
    kind = RandomForestRegressor if rows.problem == "regression" else RandomForestClassifier
    models = [kind(200, min_samples_leaf=n, random_state=rows.seed) for n in (1, 3, 10)]
    return tuned(models, parts, rows)


def tree(parts: Parts, rows: Rows) -> Any:
    """Fit a decision tree, and choose the size of its leaves."""
    kind = DecisionTreeRegressor if rows.problem == "regression" else DecisionTreeClassifier
    models = [kind(min_samples_leaf=n, random_state=rows.seed) for n in (5, 1, 10, 20, 40)]
    return tuned(models, parts, rows)


def gaussian_bayes(parts: Parts, rows: Rows) -> Any:
    """Fit a Gaussian naive Bayes."""
    return tuned([GaussianNB()], parts, rows)


def multinomial_bayes(parts: Parts, rows: Rows) -> Any:
    """Fit a multinomial naive Bayes on counts, and choose its smoothing."""
    models = [MultinomialNB(alpha=alpha, fit_prior=False) for alpha in (1.0, 0.3, 0.1, 0.01)]
    return tuned(models, parts, rows)


def complement_bayes(parts: Parts, rows: Rows) -> Any:
    """Fit a complement naive Bayes, and choose its smoothing."""
    return tuned([ComplementNB(alpha=alpha) for alpha in (1.0, 0.3, 0.1, 0.01)], parts, rows)


def boosting(parts: Parts, rows: Rows) -> Any:
    """Fit scikit-learn's boosted trees, and choose their number."""
    is_values = rows.problem == "regression"
    kind = HistGradientBoostingRegressor if is_values else HistGradientBoostingClassifier
    options = {"early_stopping": False, "learning_rate": 0.06, "random_state": rows.seed}
    return tuned([kind(max_iter=n, **options) for n in (100, 30, 60, 200, 400)], parts, rows)


def xgboost(parts: Parts, rows: Rows) -> Any:
    """Fit XGBoost with early stopping on the validation rows."""
    train, validation, test = parts
    is_values = rows.problem == "regression"
    kind = XGBRegressor if is_values else XGBClassifier
    options = {"learning_rate": 0.05, "subsample": 0.8, "colsample_bytree": 0.8, "n_jobs": 1}
    stop = {"n_estimators": 1_000, "early_stopping_rounds": 50} if rows.may_choose else {}
    model = kind(**options, **stop, random_state=rows.seed)
    weights = None if is_values else balanced(rows.train.y)
    watched = [(validation, rows.validation.y)] if rows.may_choose else None
    model.fit(train, rows.train.y, sample_weight=weights, eval_set=watched, verbose=False)
    return labels(model, test, rows) if is_values else model.predict(test)
