"""Regularisation grids of the learners; nothing heavy is imported, since planning reads them.

Strengths are chosen here: each grid spans values that help on tasks of a hundred to some ten
thousand rows.
"""

from __future__ import annotations

from typing import Any

from bakeoff.interfaces import Remedies

DEPTHS = (8, 4, 2)
LEAVES = (2, 5, 20)
ROUNDS = (100, 30, 10)
PATIENCE = (20, 5)


def _grid(param: str, values: tuple[Any, ...], **fixed: Any) -> tuple[dict[str, Any], ...]:
    return tuple({param: value, **fixed} for value in values)


def logistic() -> Remedies:
    """Return penalties of logistic regression; the control's penalty is negligible."""
    return Remedies(
        control={"penalty": "l2", "C": 1e4},
        grids={
            "l1": _grid("C", (10.0, 1.0, 0.1), penalty="l1"),
            "l2": _grid("C", (10.0, 1.0, 0.1), penalty="l2"),
        },
    )


def ridge() -> Remedies:
    """Return penalties of least squares; the control's penalty is negligible."""
    return Remedies(
        control={"penalty": "l2", "alpha": 1e-8},
        grids={
            "l1": _grid("alpha", (0.001, 0.01, 0.1), penalty="l1"),
            "l2": _grid("alpha", (0.01, 0.1, 1.0), penalty="l2"),
        },
    )


def svm() -> Remedies:
    """Return strengths of the L2 penalty of support vector machines."""
    return Remedies(control={"C": 1e3}, grids={"l2": _grid("C", (10.0, 1.0, 0.1))})


def nearest_neighbours() -> Remedies:
    """Return remedies of nearest neighbours: more neighbours than the control's one."""
    return Remedies(
        control={"n_neighbors": 1},
        grids={"more_neighbours": _grid("n_neighbors", (3, 10, 30))},
        interpolates=True,
    )


def tree() -> Remedies:
    """Return depths and leaf sizes of one tree or of a forest's trees."""
    return Remedies(
        control={"max_depth": None, "min_samples_leaf": 1},
        grids={
            "smaller": _grid("max_depth", DEPTHS),
            "larger_leaves": _grid("min_samples_leaf", LEAVES),
        },
        capacity={"max_depth": (1, 2, 4, 8, 16)},
        interpolates=True,
    )


def hist_boosting() -> Remedies:
    """Return rounds, depths and L2 penalties of scikit-learn's gradient boosting."""
    return Remedies(
        control={"max_iter": 300, "l2_regularization": 0.0, "early_stopping_rounds": None},
        grids={
            "l2": _grid("l2_regularization", (1.0, 10.0, 100.0)),
            "fewer_rounds": _grid("max_iter", ROUNDS),
            "early_stopping": _grid("early_stopping_rounds", PATIENCE),
            "smaller": _grid("max_depth", DEPTHS),
        },
        capacity={"max_depth": (1, 2, 4, 8)},
    )


def xgboost() -> Remedies:
    """Return rounds, depths, penalties and sampling of XGBoost; the control's lambda is 0."""
    return Remedies(
        control={
            "n_estimators": 300,
            "reg_alpha": 0.0,
            "reg_lambda": 0.0,
            "early_stopping_rounds": None,
        },
        grids={
            "l1": _grid("reg_alpha", (0.1, 1.0, 10.0)),
            "l2": _grid("reg_lambda", (1.0, 10.0, 100.0)),
            "fewer_rounds": _grid("n_estimators", ROUNDS),
            "early_stopping": _grid("early_stopping_rounds", PATIENCE),
            "smaller": _grid("max_depth", (4, 2, 1)),
            "sampling": _grid("subsample", (0.8, 0.5)),
        },
        capacity={"max_depth": (1, 2, 4, 8)},
    )
