"""Rank methods over tasks, test their differences, and group methods that don't differ.

Every task has the same weight, whatever its number of splits: the input is one score per task and
method. With fewer than six tasks no test is done, and the result gives the reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bakeoff.statistics.significance import ALPHA, LEVEL, holm, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MIN_TASKS = 6
"""Minimum number of tasks for tests across tasks."""

DRAWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Friedman:
    """Result of Friedman's test that all methods have equal mean ranks.

    Args:
        chi2: statistic, corrected for ties.
        p: p value by the chi-squared distribution.
        f: Iman and Davenport's statistic, which is less conservative.
        f_p: p value of `f`.
    """

    chi2: float
    p: float
    f: float
    f_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Ranking of methods over tasks, best mean rank first.

    Args:
        methods: names.
        mean_ranks: float (n_methods,), 1 is best; tied scores share their mean rank.
        low: float (n_methods,), lower ends of the mean ranks' intervals; NaN without intervals.
        high: float (n_methods,), upper ends.
        n_tasks: number of tasks on which every method has a score.
        friedman: result of Friedman's test; None under six tasks, and if all scores are equal.
        critical_distance: critical distance of Nemenyi's test; mean ranks farther apart differ.
            NaN without a test.
        adjusted: float (n_methods, n_methods), Holm-adjusted p values of Wilcoxon's signed-rank
            test for each pair; NaN without a test, and on the diagonal.
        groups: groups of methods that don't differ: indices in `methods` of the first and the last
            of each maximal range without a different pair by `adjusted`; empty without a test.
        how: how the test was done, or why there is none, for readers of reports.
    """

    methods: tuple[str, ...]
    mean_ranks: Floats
    low: Floats
    high: Floats
    n_tasks: int
    friedman: Friedman | None
    critical_distance: float
    adjusted: Floats
    groups: tuple[tuple[int, int], ...]
    how: str


def rank_methods(
    methods: Sequence[str],
    scores: npt.ArrayLike,
    *,
    n_draws: int = DRAWS,
    seed: int = 0,
    n_rankings: int = 1,
) -> Ranking:
    """Rank methods over tasks.

    Args:
        methods: names, at least two.
        scores: float (n_tasks, n_methods), higher is better; tasks with a NaN are excluded.
        n_draws: number of bootstrap draws of tasks for the ranks' intervals.
        seed: seed of the draws.
        n_rankings: number of rankings side by side, for whose tests p values are corrected too.

    Raises:
        ValueError: fewer than two methods, or scores of another shape.

    Source:
        Demsar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7, 2006;
        Benavoli, Corani and Mangili, "Should We Really Use Post-Hoc Tests Based on Mean-Ranks?",
        JMLR 17, 2016, for pairs by Wilcoxon's test instead of Nemenyi's.
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or table.shape[1] != len(methods) or len(methods) < 2:  # noqa: PLR2004
        raise ValueError(f"expected scores (n_tasks, {len(methods)} >= 2); got {table.shape}.")
    table = table[np.isfinite(table).all(axis=1)]
    ranks = stats.rankdata(-table, axis=1) if len(table) else table
    n_tasks = len(table)
    mean = ranks.mean(axis=0) if n_tasks else np.full(len(methods), math.nan)
    order = np.argsort(mean, kind="stable")
    ranks, table = ranks[:, order], table[:, order]
    low, high = rank_intervals(ranks, n_draws=n_draws, seed=seed)
    is_tested = n_tasks >= MIN_TASKS
    adjusted = np.full((len(order), len(order)), math.nan)
    if is_tested:
        adjusted = np.minimum(1.0, n_rankings * wilcoxon_holm(table))
    return Ranking(
        methods=tuple(methods[index] for index in order),
        mean_ranks=mean[order],
        low=low,
        high=high,
        n_tasks=n_tasks,
        friedman=friedman(ranks) if is_tested else None,
        critical_distance=critical_distance(len(order), n_tasks) if is_tested else math.nan,
        adjusted=adjusted,
        groups=tie_groups(adjusted > ALPHA) if is_tested else (),
        how=f"{n_tasks} tasks of equal weight"
        if is_tested
        else f"no test: {n_tasks} of at least {MIN_TASKS} tasks have a score of every method",
    )


def friedman(ranks: Floats) -> Friedman | None:
    """Compute Friedman's test on ranks (n_tasks, n_methods); None if all are tied on every task.

    Source:
        Friedman 1937 and 1940; Iman and Davenport, "Approximations of the critical region of the
        Friedman statistic", 1980; the correction for ties as in Conover, "Practical Nonparametric
        Statistics", 1999.
    """
    n, k = ranks.shape
    spread = float((ranks**2).sum()) - n * k * (k + 1) ** 2 / 4
    if spread <= 0:
        return None
    sums = ranks.sum(axis=0)
    between = float(((sums - n * (k + 1) / 2) ** 2).sum())
    chi2 = (k - 1) * between / spread
    room = n * (k - 1) - chi2
    f = (n - 1) * chi2 / room if room > 0 else math.inf
    return Friedman(
        chi2=chi2,
        p=float(stats.chi2.sf(chi2, k - 1)),
        f=f,
        f_p=float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
    )


def critical_distance(n_methods: int, n_tasks: int, *, alpha: float = ALPHA) -> float:
    """Return the difference of mean ranks from which on methods differ by Nemenyi's test.

    Source:
        Nemenyi, "Distribution-free Multiple Comparisons", 1963, as in Demsar 2006, section 3.2.2.
    """
    q = float(stats.studentized_range.ppf(1 - alpha, n_methods, np.inf)) / math.sqrt(2)
    return q * math.sqrt(n_methods * (n_methods + 1) / (6 * n_tasks))


def wilcoxon_holm(scores: Floats) -> Floats:
    """Compute Holm-adjusted p values of Wilcoxon's signed-rank test for every pair of columns.

    Args:
        scores: float (n_tasks, n_methods).

    Returns:
        float (n_methods, n_methods), symmetric, NaN on the diagonal.
    """
    n_methods = scores.shape[1]
    first, second = np.triu_indices(n_methods, 1)
    raw = wilcoxon(scores[:, first] - scores[:, second])
    adjusted = np.full((n_methods, n_methods), math.nan)
    adjusted[first, second] = adjusted[second, first] = holm(raw)
    return adjusted


def wilcoxon(differences: Floats) -> Floats:
    """Compute two-sided p values of Wilcoxon's signed-rank test, one per column.

    Zeros are split between both signs, as Demsar recommends. The distribution is exact for up to
    50 rows, with ties or zeros for up to 25; for more it is normal, corrected for ties.

    Args:
        differences: float (n_tasks, n_pairs).

    Source:
        Wilcoxon, "Individual Comparisons by Ranking Methods", 1945.
    """
    n = len(differences)
    sizes = np.abs(differences)
    ranks = stats.rankdata(sizes, axis=0)
    zero = differences == 0
    up = (ranks * (differences > 0)).sum(axis=0) + (ranks * zero).sum(axis=0) / 2
    least = np.minimum(up, n * (n + 1) / 2 - up)
    z = (least - n * (n + 1) / 4) / np.sqrt((ranks**2).sum(axis=0) / 4)
    p = np.minimum(1.0, 2 * stats.norm.cdf(z))
    ordered = np.sort(sizes, axis=0)
    tied = (ordered[1:] == ordered[:-1]).any(axis=0) | zero.any(axis=0)
    if n <= MAX_EXACT and not tied.all():
        tail = _signed_rank_tail(2 * np.arange(1, n + 1))
        p[~tied] = np.minimum(1.0, 2 * tail[np.rint(2 * least[~tied]).astype(int)])
    for column in np.flatnonzero(tied) if n <= MAX_EXACT_TIED else ():
        is_sign = ~zero[:, column]
        twice = np.rint(2 * ranks[is_sign, column]).astype(int)
        halves = ranks[~is_sign, column].sum() / 2
        index = int(np.floor(2 * (least[column] - halves) + _EPSILON))
        p[column] = min(1.0, 2 * _signed_rank_tail(twice)[index]) if twice.size else 1.0
    return np.asarray(p, dtype=float)


MAX_EXACT, MAX_EXACT_TIED = 50, 25
"""Maximum number of tasks for which the distribution is exact, without and with ties."""

_EPSILON = 1e-6


def _signed_rank_tail(twice: npt.NDArray[np.int64]) -> Floats:
    """Return the probability that the positive ranks sum to at most w/2, for each integer w.

    Args:
        twice: int (n_ranks,), doubled ranks, so that mean ranks of ties are integers.
    """
    share = np.zeros(int(twice.sum()) + 1)
    share[0] = 1.0
    for rank in twice:
        moved = np.zeros_like(share)
        moved[rank:] = share[: share.size - rank]
        share = (share + moved) / 2
    return np.cumsum(share)


def rank_intervals(
    ranks: Floats, *, n_draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Compute bootstrap intervals of mean ranks over tasks.

    With few tasks a plain percentile interval is too short (with six it covers the truth in 84 %).
    Its quantiles are expanded so that it is as wide as a t interval if the mean is normal, and the
    outer ends of both intervals are used.

    Args:
        ranks: float (n_tasks, n_methods).
        n_draws: number of draws of tasks.
        seed: seed of the draws.
        level: confidence level, strictly between 0 and 1.

    Returns:
        Lower and upper ends, each float (n_methods,); NaN under six tasks.

    Source:
        Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69,
        2015, section 5.3: the expanded percentile interval.
    """
    n_tasks, n_methods = ranks.shape
    if n_tasks < MIN_TASKS:
        nothing = np.full(n_methods, math.nan)
        return nothing, nothing
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_tasks, np.full(n_tasks, 1 / n_tasks), size=n_draws)
    means = weights @ ranks / n_tasks
    t = float(t_quantile(n_tasks - 1, level))
    share = float(stats.norm.sf(math.sqrt(n_tasks / (n_tasks - 1)) * t))
    low, high = np.quantile(means, [share, 1 - share], axis=0)
    mean = ranks.mean(axis=0)
    half = t * ranks.std(axis=0, ddof=1) / math.sqrt(n_tasks)
    ends = np.clip([np.minimum(low, mean - half), np.maximum(high, mean + half)], 1, n_methods)
    return ends[0], ends[1]


def tie_groups(alike: npt.NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Return the maximal ranges of ranked methods in which no pair differs.

    Args:
        alike: bool (n_methods, n_methods) in rank order, True if a pair does not differ; the
            diagonal is ignored.

    Returns:
        First and last index of each range of two or more that is in no other range, best first.

    >>> tie_groups(np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=bool))
    ((0, 1), (1, 2))
    """
    n = len(alike)
    groups: list[tuple[int, int]] = []
    for first in range(n):
        last = first
        while last + 1 < n and alike[first : last + 1, last + 1].all():
            last += 1
        if last > first and (not groups or last > groups[-1][1]):
            groups.append((first, last))
    return tuple(groups)
