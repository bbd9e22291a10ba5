"""Records of a contest: its rows, its answers, and what is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

CHOICE_ROWS = 50
"""Fewest validation rows on which anybody chooses."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Inputs (n_samples, ...) and targets (n_samples,) of one part of a split."""

    X: Any
    y: Any


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a recipe sees of a split: no target of a test row.

    Args:
        train: rows to fit.
        validation: rows on which to choose one parameter.
        X_test: inputs to answer for.
        problem: problem type.
        n_classes: number of classes, of clusters to find, or 0.
        seed: index of the split.
    """

    train: Part
    validation: Part
    X_test: Any
    problem: str
    n_classes: int
    seed: int

    @property
    def may_choose(self) -> bool:
        """Return whether there are validation rows enough to choose a parameter."""
        return len(self.validation.X) >= CHOICE_ROWS


Recipe = Callable[[Rows], npt.NDArray[Any]]
"""From the rows of a split to one label or value for each test row."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers on the test part of one split, each array (n_samples,).

    Args:
        rows: indices of the test rows in the dataset.
        truth: their true labels or values.
        predicted: the labels or values that were answered.
    """

    rows: npt.NDArray[np.int64]
    truth: npt.NDArray[Any]
    predicted: npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A shipped method and the recipe beside it, on one dataset.

    Args:
        data: key of `datasets.DATASETS`.
        method: name as a suite writes it: `features+learner`, or an end-to-end method.
        recipe: what an expert writes.
        params: parameters that a suite has to give, such as a number of clusters.
    """

    data: str
    method: str
    recipe: Recipe
    params: tuple[tuple[str, Any], ...] = ()

    @property
    def id(self) -> str:
        """Return the name of the contest's test, such as `bbc-raw+svm-counts_svm`."""
        return f"{self.data}-{self.method}-{self.recipe.__name__}"


def contests(
    data: tuple[str, ...], pairs: Mapping[str, Recipe], **params: Any
) -> tuple[Contest, ...]:
    """Return a contest for each dataset and each method with its recipe.

    Args:
        data: keys of `datasets.DATASETS`.
        pairs: recipe of each method, by the method's name.
        params: parameters of every method.
    """
    return tuple(
        Contest(data=name, method=method, recipe=recipe, params=tuple(params.items()))
        for name in data
        for method, recipe in pairs.items()
    )
