"""Variance of scores explained by features, learners and their interaction (two-way ANOVA)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bakeoff.statistics.contrasts import signs

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of the variance of scores in a full factorial design; they sum to 1.

    Args:
        features: main effect of the features.
        learner: main effect of the learner.
        interaction: interaction of features and learner.
        split: effect of the split, common to all methods.
        noise: residual: seeds, and interactions of split and method.
        n_features: number of feature sets in the design.
        n_learners: number of learners in the design.
        n_splits: number of splits of each cell.
    """

    features: float
    learner: float
    interaction: float
    split: float
    noise: float
    n_features: int
    n_learners: int
    n_splits: int


def shares(scores: npt.ArrayLike) -> Shares | None:
    """Compute shares of variance in a full factorial design of features, learners and splits.

    Args:
        scores: float (n_features, n_learners, n_splits), at least 2 of each, without NaN.

    Returns:
        Each share is a sum of squares minus its expectation under noise alone, at least 0. None
        if all scores are equal.

    Raises:
        ValueError: too few features, learners or splits, or scores that are not finite.

    Source:
        Two-way analysis of variance with splits as blocks; Hays, "Statistics", 1963, for the
        correction (omega squared).
    """
    x = np.asarray(scores, dtype=float)
    if x.ndim != 3 or min(x.shape) < LEAST or not np.isfinite(x).all():  # noqa: PLR2004
        raise ValueError(f"expected finite scores of shape (2+, 2+, 2+); got {x.shape}.")
    n_features, n_learners, n_splits = x.shape
    x = x - x.mean()
    total = float((x**2).sum())
    if total <= np.finfo(float).eps:
        return None
    f, m, s = x.mean(axis=(1, 2)), x.mean(axis=(0, 2)), x.mean(axis=(0, 1))
    cells = x.mean(axis=2) - f[:, None] - m
    squares = np.array(
        [
            n_learners * n_splits * (f**2).sum(),
            n_features * n_splits * (m**2).sum(),
            n_splits * (cells**2).sum(),
            n_features * n_learners * (s**2).sum(),
        ]
    )
    free = np.array(
        [n_features - 1, n_learners - 1, (n_features - 1) * (n_learners - 1), n_splits - 1]
    )
    rest = max(0.0, total - float(squares.sum()))
    noise = rest / ((n_features * n_learners - 1) * (n_splits - 1))
    parts = np.maximum(0.0, squares - free * noise) / total
    return Shares(
        features=float(parts[0]),
        learner=float(parts[1]),
        interaction=float(parts[2]),
        split=float(parts[3]),
        noise=float(1 - parts.sum()),
        n_features=n_features,
        n_learners=n_learners,
        n_splits=n_splits,
    )


def crossing_of(trials: pd.DataFrame) -> Floats | None:
    """Return the scores of one task as a full factorial design of features, learners and splits.

    Args:
        trials: complete trials of one task outside any study. Constant learners are excluded,
            since features have no effect on them.

    Returns:
        float (n_features, n_learners, n_splits), higher is better. Levels with the most missing
        cells are removed until none is missing; None if fewer than 2 features, 2 learners or 2
        splits are left.
    """
    rows = trials[(trials["features"].fillna("") != "") & (trials["learner"] != "constant")]
    if rows.empty:
        return None
    values = rows["test_score"].to_numpy(dtype=float) * signs(rows).to_numpy()
    folds = rows["fold"].to_numpy(dtype=int)
    splits = rows["repeat"].to_numpy(dtype=int) * (int(folds.max()) + 1) + folds
    codes = [pd.factorize(axis)[0] for axis in (rows["features"], rows["learner"], splits)]
    x = np.full([int(axis_codes.max()) + 1 for axis_codes in codes], np.nan)
    x[tuple(codes)] = values
    return _complete(x)


def _complete(x: Floats) -> Floats | None:
    """Remove the level with the most missing cells until none is missing; None if too few stay."""
    while min(x.shape) >= LEAST:
        is_missing = np.isnan(x)
        if not is_missing.any():
            return x
        by_axis = [is_missing.mean(axis=tuple({0, 1, 2} - {axis})) for axis in range(3)]
        worst = max(range(3), key=lambda axis: by_axis[axis].max())
        x = np.delete(x, int(by_axis[worst].argmax()), axis=worst)
    return None


def pooled(by_task: list[Shares]) -> Shares | None:
    """Return the mean shares over tasks, each task with equal weight; None without tasks."""
    if not by_task:
        return None

    def mean(name: str) -> float:
        return float(np.mean([getattr(task_shares, name) for task_shares in by_task]))

    return Shares(
        features=mean("features"),
        learner=mean("learner"),
        interaction=mean("interaction"),
        split=mean("split"),
        noise=mean("noise"),
        n_features=min(task_shares.n_features for task_shares in by_task),
        n_learners=min(task_shares.n_learners for task_shares in by_task),
        n_splits=min(task_shares.n_splits for task_shares in by_task),
    )
