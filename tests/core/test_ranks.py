"""Tests across tasks, against a published table, SciPy, scikit-posthocs and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from bakeoff.statistics.ranks import (
    critical_distance,
    friedman,
    rank_intervals,
    rank_methods,
    tie_groups,
    wilcoxon,
    wilcoxon_holm,
)
from bakeoff.statistics.significance import holm

# Demsar 2006, table 6: AUC of C4.5, with -m, with -cf, with both, on 14 datasets. In `voting` the
# paper ranks -cf before both, which its three printed digits don't show.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
NAMES = ("C4.5", "m", "cf", "both")


def test_mean_ranks_and_statistics_of_a_published_table() -> None:
    """Demsar prints ranks 3.143, 2.000, 2.893, 1.964, a statistic of 9.28 and 3.69 after it."""
    ranking = rank_methods(NAMES, DEMSAR)
    ranks = dict(zip(ranking.methods, ranking.mean_ranks, strict=True))
    ties = stats.rankdata(-DEMSAR, axis=1)
    uncorrected = 14 * 4 * 5 / 12 * 3
    tested = friedman(ties)
    assert tested is not None
    plain = tested.chi2 * (float((ties**2).sum()) - 14 * 4 * 25 / 4) / uncorrected

    assert ranks == pytest.approx({"C4.5": 3.143, "m": 2.0, "cf": 2.893, "both": 1.964}, abs=5e-4)
    assert plain == pytest.approx(9.28, abs=5e-3)
    assert 13 * plain / (14 * 3 - plain) == pytest.approx(3.69, abs=5e-3)


@pytest.mark.parametrize(
    ("n_methods", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)]
)
def test_critical_distance_has_the_published_quantiles(n_methods: int, q: float) -> None:
    """Demsar's table 5a; for four methods on 14 datasets he gets 1.25, and 1.12 at 0.10."""
    n = n_methods
    found = critical_distance(n, 20) / math.sqrt(n * (n + 1) / 120)

    assert found == pytest.approx(q, abs=1e-3)
    assert critical_distance(4, 14) == pytest.approx(1.25, abs=5e-3)
    assert critical_distance(4, 14, alpha=0.1) == pytest.approx(1.12, abs=5e-3)


def test_friedman_agrees_with_scipy_with_and_without_ties() -> None:
    """The correction for ties is SciPy's; equal scores everywhere are no test."""
    rng = np.random.default_rng(0)
    smooth = rng.normal(size=(9, 5))
    for table in (smooth, np.round(smooth), DEMSAR):
        expected = stats.friedmanchisquare(*table.T)
        found = friedman(stats.rankdata(-table, axis=1))

        assert found is not None
        assert (found.chi2, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert friedman(np.full((9, 5), 3.0)) is None


def test_nemenyi_agrees_with_scikit_posthocs() -> None:
    """Ranks as far apart as the critical distance have a probability of 0.05 there."""
    posthocs = pytest.importorskip("scikit_posthocs", reason="needs scikit-posthocs")
    ranks = stats.rankdata(-DEMSAR, axis=1).mean(axis=0)
    p = posthocs.posthoc_nemenyi_friedman(DEMSAR).to_numpy()
    distance = critical_distance(4, 14)
    pairs = list(itertools.combinations(range(4), 2))

    assert [abs(ranks[a] - ranks[b]) > distance for a, b in pairs] == [
        bool(p[a, b] < 0.05) for a, b in pairs
    ]


@pytest.mark.parametrize("n", [6, 12, 40, 60])
def test_wilcoxon_agrees_with_scipy(n: int) -> None:
    """Exact up to fifty rows, then normal; with ties and zeros by SciPy's permutations."""
    x = np.random.default_rng(n).normal(0.2, 1, (n, 8))
    expected = [stats.wilcoxon(c, zero_method="zsplit", correction=False).pvalue for c in x.T]
    coarse = np.round(x, 0 if n == 12 else 3)[:, :4]

    assert wilcoxon(x) == pytest.approx(expected)
    if n == 12:
        method = stats.PermutationMethod(n_resamples=np.inf)
        exact = [stats.wilcoxon(c, zero_method="zsplit", method=method).pvalue for c in coarse.T]

        assert wilcoxon(coarse) == pytest.approx(exact)


def test_equal_columns_do_not_differ() -> None:
    """All differences 0: nothing was measured."""
    assert wilcoxon(np.zeros((30, 2))).tolist() == [1.0, 1.0]
    assert wilcoxon(np.zeros((8, 1))).tolist() == [1.0]


def test_all_pairs_are_one_holm_family() -> None:
    """Symmetric, and adjusted over the three pairs together."""
    x = np.random.default_rng(1).normal(size=(10, 3)) + np.array([0.0, 0.5, 2.0])
    raw = [stats.wilcoxon(x[:, a] - x[:, b]).pvalue for a, b in ((0, 1), (0, 2), (1, 2))]
    found = wilcoxon_holm(x)

    assert found[[0, 0, 1], [1, 2, 2]] == pytest.approx(holm(raw))
    assert found[1, 0] == found[0, 1]
    assert np.isnan(np.diag(found)).all()


def test_tie_groups_are_the_longest_stretches() -> None:
    """A stretch inside another is not told; every pair in it is alike."""
    alike = np.ones((4, 4), dtype=bool)
    alike[0, 2:] = alike[2:, 0] = False

    assert tie_groups(alike) == ((0, 1), (1, 3))
    assert tie_groups(np.eye(3, dtype=bool)) == ()
    assert tie_groups(np.ones((3, 3), dtype=bool)) == ((0, 2),)


def test_under_six_tasks_there_are_ranks_and_no_test() -> None:
    """The reason stands beside them; a task without every score doesn't count."""
    holed = DEMSAR[:6].copy()
    holed[0, 0] = np.nan
    ranking = rank_methods(NAMES, holed)

    assert ranking.n_tasks == 5
    assert ranking.friedman is None
    assert ranking.groups == ()
    assert np.isnan(ranking.low).all()
    assert ranking.how == "no test: 5 of at least 6 tasks have a score of every method"
    assert rank_methods(("a", "b"), np.full((0, 2), np.nan)).n_tasks == 0


def test_equal_scores_tie_all_methods() -> None:
    """No winner is made up."""
    ranking = rank_methods(NAMES, np.ones((8, 4)))

    assert ranking.mean_ranks.tolist() == [2.5] * 4
    assert ranking.groups == ((0, 3),)
    assert ranking.friedman is None
    with pytest.raises(ValueError, match="expected scores"):
        rank_methods(("a",), np.ones((8, 1)))


def test_rank_intervals_hold_the_truth() -> None:
    """Over 1,000 draws of eight tasks, in at least 93 %; a plain percentile holds it less often."""
    rng = np.random.default_rng(3)
    means = np.array([0.0, 0.3, 0.6])
    many = stats.rankdata(-(rng.normal(size=(200_000, 3)) + means), axis=1)
    truth = many.mean(axis=0)
    held = []
    for start in range(0, 8000, 8):
        low, high = rank_intervals(many[start : start + 8], n_draws=400, seed=start)
        held.append((low <= truth) & (truth <= high))

    assert np.mean(held) >= 0.93
