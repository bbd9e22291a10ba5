"""How much of the scores comes from features, from learners and from their meeting."""

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
    """Shares of the variation of scores over a complete crossing; they sum to 1.

    Args:
        features: from the features, whatever the learner.
        learner: from the learner, whatever the features.
        interaction: from features that suit one learner better than another.
        split: from splits that are easier for all.
        noise: what is left: seeds, and splits that suit one method better than another.
        n_features: features that were crossed.
        n_learners: learners that were crossed.
        n_splits: splits of each cell.
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
    """Split the variation of a complete crossing.

    Args:
        scores: float (n_features, n_learners, n_splits), at least 2 of each, without NaN.

    Returns:
        Each share is a sum of squares less what noise alone would have put there, and at least
        0. None where all scores are equal.

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
    """Scores of one task's largest complete crossing of features and learners.

    Args:
        trials: complete trials of one task outside any study. Constant learners stay out, since
            no features can help them.

    Returns:
        float (n_features, n_learners, n_splits), more being better. Whatever features or learner
        lacks most cells goes first until none is missing; None where less than two by two with
        two splits are left.
    """
    rows = trials[(trials["features"].fillna("") != "") & (trials["learner"] != "constant")]
    if rows.empty:
        return None
    values = rows["test_score"].to_numpy(dtype=float) * signs(rows).to_numpy()
    folds = rows["fold"].to_numpy(dtype=int)
    splits = rows["repeat"].to_numpy(dtype=int) * (int(folds.max()) + 1) + folds
    places = [pd.factorize(axis)[0] for axis in (rows["features"], rows["learner"], splits)]
    x = np.full([int(place.max()) + 1 for place in places], np.nan)
    x[tuple(places)] = values
    return _complete(x)


def _complete(x: Floats) -> Floats | None:
    """Leave out what lacks most until nothing is missing."""
    while min(x.shape) >= LEAST:
        gone = np.isnan(x)
        if not gone.any():
            return x
        by_axis = [gone.mean(axis=tuple({0, 1, 2} - {axis})) for axis in range(3)]
        worst = max(range(3), key=lambda axis: by_axis[axis].max())
        x = np.delete(x, int(by_axis[worst].argmax()), axis=worst)
    return None


def pooled(found: list[Shares]) -> Shares | None:
    """Mean over tasks, every task weighing the same."""
    if not found:
        return None

    def mean(name: str) -> float:
        return float(np.mean([getattr(one, name) for one in found]))

    return Shares(
        features=mean("features"),
        learner=mean("learner"),
        interaction=mean("interaction"),
        split=mean("split"),
        noise=mean("noise"),
        n_features=min(one.n_features for one in found),
        n_learners=min(one.n_learners for one in found),
        n_splits=min(one.n_splits for one in found),
    )
