"""Support vector machines: radial kernel for small dense data, linear for large or sparse data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import svm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold

from bakeoff.spaces import Real, Space
from bakeoff_classic._wrapped import (
    WrappedClassifier,
    WrappedRegressor,
    scaled,
    standardised_target,
)

CALIBRATION_FOLDS = 3


@dataclass(kw_only=True, eq=False, repr=False)
class SvmClassifier(WrappedClassifier):
    """Support vector classifier on scaled columns, with probabilities.

    The radial kernel serves dense data of at most `max_kernel_rows` rows, a linear machine what is
    larger or sparse: averaged stochastic gradient descent over a fixed number of epochs, which is
    as accurate as an exact solver here and does not slow down on separable data. Probabilities come
    from one temperature, fitted on the decisions of a 3-fold cross-validation (two folds, or the
    training rows' own decisions, where a class has too few rows); it leaves the order of classes as
    it is, so `predict` agrees with them.

    Args:
        C: inverse strength of the penalty, above 0.
        gamma: width of the kernel: `scale`, `auto` or a number above 0.
        max_kernel_rows: most training rows for the radial kernel, at least 0.
        epochs: passes of the linear machine over the training rows, at least 1.
        random_state: seed of folds and of the linear machine's order of rows.

    Source:
        Cortes and Vapnik, "Support-Vector Networks", 1995; Shalev-Shwartz, Singer and Srebro,
        "Pegasos", ICML 2007, and Bottou, "Stochastic Gradient Descent Tricks", 2012, for the linear
        machine; Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML
        2017, for the temperature. The limit of rows and the number of epochs are chosen here.
    """

    C: float = 1.0
    gamma: str | float = "scale"
    max_kernel_rows: int = 5_000
    epochs: int = 20
    random_state: int | None = None

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {"C": Real(2**-5, 2**15, "log"), "gamma": Real(2**-15, 2**3, "log")},
            source="Hsu, Chang and Lin, A Practical Guide to Support Vector Classification, 2003",
        )

    def _build(self, X: Any, y: Any) -> Any:
        if _is_small(X, self.max_kernel_rows):
            machine = svm.SVC(C=self.C, gamma=self.gamma, random_state=self.random_state)
        else:
            machine = SGDClassifier(
                alpha=1 / (self.C * X.shape[0]),
                average=True,
                max_iter=self.epochs,
                tol=None,
                random_state=self.random_state,
            )
        folds = min(CALIBRATION_FOLDS, int(np.unique(y, return_counts=True)[1].min()))
        all_rows = np.arange(len(y))
        split = (
            StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
            if folds > 1
            else [(all_rows, all_rows)]
        )
        return CalibratedClassifierCV(
            scaled(X, machine), method="temperature", cv=split, ensemble=False
        )


@dataclass(kw_only=True, eq=False, repr=False)
class SvmRegressor(WrappedRegressor):
    """Support vector regressor on scaled columns and target; kernels as for classification.

    Args:
        C: inverse strength of the penalty, above 0.
        gamma: width of the kernel: `scale`, `auto` or a number above 0.
        epsilon: error without cost, in standard deviations of the target, at least 0.
        max_kernel_rows: most training rows for the radial kernel, at least 0.
        max_iter: most iterations of the linear machine, at least 1.
        random_state: seed of the linear solver.

    Source:
        Drucker, Burges, Kaufman, Smola and Vapnik, "Support Vector Regression Machines", 1996.
    """

    C: float = 1.0
    gamma: str | float = "scale"
    epsilon: float = 0.1
    max_kernel_rows: int = 5_000
    max_iter: int = 20_000
    random_state: int | None = None

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space(
            {
                "C": Real(2**-5, 2**10, "log"),
                "gamma": Real(2**-15, 2**3, "log"),
                "epsilon": Real(1e-3, 1.0, "log"),
            },
            source="Hsu, Chang and Lin, A Practical Guide to Support Vector Classification, 2003; "
            "epsilon chosen here",
        )

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ARG002
        if _is_small(X, self.max_kernel_rows):
            machine = svm.SVR(C=self.C, gamma=self.gamma, epsilon=self.epsilon)
        else:
            machine = svm.LinearSVR(
                C=self.C,
                epsilon=self.epsilon,
                loss="squared_epsilon_insensitive",
                dual="auto",
                tol=1e-3,
                max_iter=self.max_iter,
                random_state=self.random_state,
            )
        return standardised_target(scaled(X, machine))

    @property
    def n_iter_(self) -> int:
        """Number of iterations of the solver."""
        return int(np.max(self.model_.regressor_[-1].n_iter_))


def _is_small(X: Any, max_rows: int) -> bool:
    return not sparse.issparse(X) and X.shape[0] <= max_rows
