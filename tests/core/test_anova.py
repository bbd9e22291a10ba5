"""Shares of variance, against statsmodels and hand-made cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.anova import crossing_of, pooled, shares


def test_shares_of_a_crossing_agree_with_an_analysis_of_variance() -> None:
    """Sums of squares of an ordinary least squares fit with splits as blocks."""
    anova = pytest.importorskip("statsmodels.stats.anova", reason="needs statsmodels")
    from statsmodels.formula.api import ols

    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4, 5)) + np.arange(3)[:, None, None] + rng.normal(size=(1, 4, 1))
    f, m, s = (a.ravel() for a in np.meshgrid(*map(np.arange, x.shape), indexing="ij"))
    frame = pd.DataFrame({"y": x.ravel(), "f": f, "m": m, "s": s})
    table = anova.anova_lm(ols("y ~ C(f) * C(m) + C(s)", frame).fit(), typ=2)
    rest = table.loc["Residual"]
    total = float(((x - x.mean()) ** 2).sum())
    expected = [
        max(0.0, float(table.loc[name, "sum_sq"] - table.loc[name, "df"] * rest.sum_sq / rest.df))
        / total
        for name in ("C(f)", "C(m)", "C(f):C(m)", "C(s)")
    ]
    found = shares(x)

    assert found is not None
    assert [found.features, found.learner, found.interaction, found.split] == pytest.approx(
        expected
    )
    assert found.noise == pytest.approx(1 - sum(expected))


def test_crossing_leaves_out_what_lacks_most() -> None:
    """One learner misses a split with one of its features; two by two remain."""
    rows = [
        {"features": f, "learner": m, "repeat": r, "fold": 0, "test_score": 1.0 + r,
         "direction": "minimize"}
        for f in "ab" for m in "xyz" for r in range(3) if (f, m, r) != ("a", "z", 1)
    ]  # fmt: skip
    cube = crossing_of(pd.DataFrame(rows))

    assert cube is not None
    assert cube.shape in {(2, 2, 3), (2, 3, 2)}
    assert cube.max() == -1.0
    assert crossing_of(pd.DataFrame(rows[:3])) is None
    assert shares(np.ones((2, 2, 2))) is None
    with pytest.raises(ValueError, match="expected finite scores"):
        shares(np.ones((1, 2, 2)))


def test_pooled_shares_weigh_every_task_the_same() -> None:
    """A mean of shares, whatever the spread of the task."""
    one = shares(np.arange(2.0)[:, None, None] + np.zeros((2, 2, 3)))
    other = shares(np.arange(2.0)[None, :, None] * 100 + np.zeros((2, 2, 3)))
    assert one is not None
    assert other is not None
    both = pooled([one, other])

    assert both is not None
    assert (both.features, both.learner, both.noise) == pytest.approx((0.5, 0.5, 0.0))
    assert pooled([]) is None
