"""Linear learners with an L1 or L2 penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import linear_model
from sklearn.multiclass import OneVsRestClassifier

from bakeoff.spaces import Choice, Real, Space
from bakeoff_classic._wrapped import (
    WrappedClassifier,
    WrappedRegressor,
    scaled,
    standardised_target,
)

PENALTIES = ("l1", "l2")


def _check(penalty: str) -> None:
    if penalty not in PENALTIES:
        raise ValueError(f"expected penalty 'l1' or 'l2'; got {penalty!r}.")


@dataclass(kw_only=True, eq=False, repr=False)
class Logistic(WrappedClassifier):
    """Logistic regression on scaled columns with an L2 or L1 penalty.

    Several classes are fitted together with L2, and each against the rest with L1.

    Args:
        penalty: `l2` or `l1`.
        C: inverse strength of the penalty, above 0.
        max_iter: most iterations of the solver, at least 1.
        random_state: seed of the L1 solver's order of coordinates.

    Source:
        Cox, "The Regression Analysis of Binary Sequences", 1958; Fan, Chang, Hsieh, Wang and Lin,
        "LIBLINEAR", JMLR 9, 2008, for the L1 solver; L2 by L-BFGS.
    """

    penalty: str = "l2"
    C: float = 1.0
    max_iter: int = 5_000
    random_state: int | None = None

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {"C": Real(1e-4, 1e3, "log"), "penalty": Choice(PENALTIES)},
            source="Pedregosa et al., scikit-learn, 2011, for the meaning of C; range chosen here",
        )

    def _build(self, X: Any, y: Any) -> Any:
        _check(self.penalty)
        if self.penalty == "l2":
            model = linear_model.LogisticRegression(C=self.C, max_iter=self.max_iter)
            return scaled(X, model)
        model = linear_model.LogisticRegression(
            l1_ratio=1.0,
            C=self.C,
            solver="liblinear",
            max_iter=self.max_iter,
            random_state=self.random_state,
        )
        return scaled(X, model if len(np.unique(y)) == 2 else OneVsRestClassifier(model))  # noqa: PLR2004

    @property
    def coef_(self) -> Any:
        """Coefficients on scaled columns, (n_classes or 1, n_features)."""
        model = self.model_[-1]
        parts = getattr(model, "estimators_", [model])
        return np.vstack([part.coef_ for part in parts])

    @property
    def n_iter_(self) -> int:
        """Iterations of the solver; of the slowest class with L1."""
        model = self.model_[-1]
        return max(int(np.max(part.n_iter_)) for part in getattr(model, "estimators_", [model]))

    @property
    def n_parameters_(self) -> int:
        """Coefficients and intercepts."""
        return int(self.coef_.size + len(self.coef_))


@dataclass(kw_only=True, eq=False, repr=False)
class Ridge(WrappedRegressor):
    """Least squares with an L2 (ridge) or L1 (lasso) penalty on scaled columns and target.

    Minimises mean((y - X w)^2) / 2 + alpha * p(w), where p is half the sum of squares for `l2` and
    the sum of magnitudes for `l1`, so that an alpha has about the same effect for any number of
    rows and any unit of the target.

    Args:
        penalty: `l2` or `l1`.
        alpha: strength of the penalty, above 0.
        max_iter: most iterations of the L1 solver, at least 1.

    Source:
        Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", 1970;
        Tibshirani, "Regression Shrinkage and Selection via the Lasso", 1996. Default strength
        chosen here.
    """

    penalty: str = "l2"
    alpha: float = 0.01
    max_iter: int = 50_000

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {"alpha": Real(1e-6, 10.0, "log"), "penalty": Choice(PENALTIES)},
            source="Friedman, Hastie and Tibshirani, glmnet, 2010; range chosen here",
        )

    def _build(self, X: Any, y: Any) -> Any:
        _check(self.penalty)
        if self.penalty == "l2":
            model = linear_model.Ridge(alpha=self.alpha * len(y))
        else:
            model = linear_model.Lasso(alpha=self.alpha, max_iter=self.max_iter)
        return standardised_target(scaled(X, model))

    @property
    def coef_(self) -> Any:
        """Coefficients on scaled columns and target, (n_features,)."""
        return np.ravel(self.model_.regressor_[-1].coef_)

    @property
    def n_iter_(self) -> int:
        """Iterations of the L1 solver; 1 for L2, which is solved at once."""
        return int(np.max(getattr(self.model_.regressor_[-1], "n_iter_", None) or 1))

    @property
    def n_parameters_(self) -> int:
        """Coefficients and the intercept."""
        return int(self.coef_.size + 1)
