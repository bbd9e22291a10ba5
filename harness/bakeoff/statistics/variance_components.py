"""Estimate the variance of scores between tasks, between splits and between seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceComponents:
    """Standard deviations of nested effects, in the unit of the values.

    Args:
        task: between tasks; NaN for a single task.
        split: between splits of a task; NaN for one split per task. Includes the variance between
            seeds if no split was run with two seeds.
        seed: between seeds on one split; NaN if no split was run with two seeds.
        n_tasks: number of tasks.
        n_splits: number of splits of all tasks.
        n_values: number of values.
    """

    task: float
    split: float
    seed: float
    n_tasks: int
    n_splits: int
    n_values: int


def variance_split(values: pd.DataFrame) -> VarianceComponents:
    """Estimate the components of variance between tasks, splits and seeds.

    Negative estimates are set to 0.

    Args:
        values: frame with the columns task, split and value; several rows of one task and split
            are several seeds.

    Raises:
        ValueError: there are no values.

    Source:
        Henderson, "Estimation of Variance and Covariance Components", 1953, method 1, for nested
        and unbalanced data, as in Searle, Casella and McCulloch, "Variance Components", 1992.
    """
    defined = values[values["value"].notna()]
    if defined.empty:
        raise ValueError("expected at least one value; got none.")
    cells = defined.groupby(["task", "split"], sort=False)["value"].agg(["size", "mean", "var"])
    n = cells["size"].to_numpy(dtype=float)
    means = cells["mean"].to_numpy(dtype=float)
    of_task = np.unique(cells.index.get_level_values(0).to_numpy(), return_inverse=True)[1]
    n_task = np.bincount(of_task, weights=n)
    task_means = np.bincount(of_task, weights=n * means) / n_task
    total, n_tasks, n_splits = float(n.sum()), len(n_task), len(n)
    within = float(((n - 1) * cells["var"].fillna(0.0).to_numpy()).sum())
    seed = _over(within, total - n_splits)
    noise = 0.0 if math.isnan(seed) else seed
    ms_split = _over(float((n * (means - task_means[of_task]) ** 2).sum()), n_splits - n_tasks)
    grand = float((n * means).sum() / total)
    ms_task = _over(float((n_task * (task_means - grand) ** 2).sum()), n_tasks - 1)
    squares = np.bincount(of_task, weights=n**2)
    per_split = _over(total - float((squares / n_task).sum()), n_splits - n_tasks)
    split = max(0.0, (ms_split - noise) / per_split)
    share = _over(float((squares / n_task).sum()) - float((n**2).sum()) / total, n_tasks - 1)
    per_task = _over(total - float((n_task**2).sum()) / total, n_tasks - 1)
    split_or_zero = 0.0 if math.isnan(split) else split
    task = (ms_task - noise - share * split_or_zero) / per_task
    return VarianceComponents(
        task=_root(task),
        split=_root(split if n_splits > n_tasks else math.nan),
        seed=_root(seed),
        n_tasks=n_tasks,
        n_splits=n_splits,
        n_values=int(total),
    )


def _over(value: float, df: float) -> float:
    return value / df if df > 0 else math.nan


def _root(variance: float) -> float:
    return math.nan if math.isnan(variance) else math.sqrt(max(0.0, variance))
