"""Verdicts, curves, crossings, shares and components, against hand-made cases and known truths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.anova import crossing_of, pooled, shares
from bakeoff.statistics.epochs import curve_facts, weight_facts
from bakeoff.statistics.fieller import share_interval
from bakeoff.statistics.imputation import impute
from bakeoff.statistics.intervals import NEW_DATA, Interval, resampled_interval, resolution_of
from bakeoff.statistics.learning_curves import NONE_WITHIN, find_crossing
from bakeoff.statistics.overfitting import Verdict, interpolates, judge
from bakeoff.statistics.variance_components import variance_split
from bakeoff.store.run_data import StoredRun

if TYPE_CHECKING:
    from pathlib import Path


def at(low: float, high: float) -> Interval:
    """An interval around the middle of two ends."""
    return Interval(
        estimate=(low + high) / 2, low=low, high=high, n=5, target=NEW_DATA, how="given"
    )


@pytest.mark.parametrize(
    ("gap", "train", "verdict"),
    [
        (at(0.05, 0.09), at(0.95, 0.99), Verdict.OVERFITS),
        (at(-0.01, 0.01), at(0.89, 0.93), Verdict.HEALTHY),
        (at(-0.01, 0.01), at(0.85, 0.87), Verdict.UNDERFITS),
        (at(-0.03, 0.05), at(0.80, 0.84), Verdict.UNDERFITS),
        (at(0.01, 0.05), at(0.95, 0.99), Verdict.UNDECIDED),
        (at(-0.01, 0.01), at(0.80, 0.95), Verdict.UNDECIDED),
        (at(math.nan, math.nan), at(0.9, 0.95), Verdict.UNDECIDED),
        (at(0.05, 0.09), at(0.70, 0.74), Verdict.OVERFITS),
    ],
)
def test_verdicts_follow_the_intervals(gap: Interval, train: Interval, verdict: Verdict) -> None:
    """The reference scores 0.9 and the band is 0.02."""
    assert judge(gap, train, reference=0.9, band=0.02) == verdict


def test_without_a_reference_nothing_underfits_and_nothing_is_healthy() -> None:
    """There is nothing to hold the train score against."""
    found = judge(at(-0.01, 0.01), at(0.1, 0.2), reference=math.nan, band=0.02)

    assert found == Verdict.UNDECIDED


def test_interpolating_is_declared_and_seen() -> None:
    """A forest that all but learns its rows by heart; five neighbours that don't."""
    assert interpolates(0.92, 0.42, 1.0, declared=True)
    assert not interpolates(0.92, 0.42, 1.0, declared=False)
    assert not interpolates(0.97, 0.96, 1.0, declared=True)
    assert not interpolates(-1.0, -2.0, math.inf, declared=True)


def course(trial: str, name: str, values: list[float]) -> list[dict[str, object]]:
    """Values of epochs from 1 on."""
    return [{"trial": trial, "epoch": i, "name": name, "value": v} for i, v in enumerate(values, 1)]


def test_curves_tell_where_validation_turned_and_what_going_on_cost() -> None:
    """The first of two equal lowest losses; without a score nothing is known of its loss."""
    rows = course("a", "validation_loss", [3.0, 1.0, 1.0, 2.0])
    rows += course("a", "validation_score", [0.1, 0.8, 0.9, 0.7])
    rows += course("b", "validation_loss", [2.0, 1.0]) + course("c", "train_loss", [1.0])
    facts = curve_facts(pd.DataFrame(rows))

    assert facts.loc["a"].tolist() == pytest.approx([2, 4, 2, 1.0, 0.1])
    assert facts.loc["b"].tolist()[:4] == [2, 2, 0, 0.0]
    assert math.isnan(facts.loc["b", "score_lost"])
    assert "c" not in facts.index
    assert curve_facts(pd.DataFrame(course("c", "train_loss", [1.0]))).empty


def test_weights_are_those_that_training_ended_with(tmp_path: Path) -> None:
    """Of the epoch that was put back, all layers together; of linear learners from their notes."""
    rows = []
    for trial in ("a", "b"):
        rows += course(trial, "weight_norm/one", [3.0, 6.0])
        rows += course(trial, "weight_norm/two", [4.0, 8.0])
        rows += course(trial, "near_zero/one", [0.1, 0.3]) + course(
            trial, "near_zero/two", [0.3, 0.5]
        )
    notes = [("a", "weights", "of epoch 1: lowest validation loss"), ("c", "weight_norm", "2.5")]
    notes += [("b", "weights", "of epoch 2: the last one"), ("c", "near_zero", "0.75")]
    run = StoredRun(
        folder=tmp_path,
        name="r",
        suite={},
        environment={},
        trials=pd.DataFrame(),
        scores=pd.DataFrame(),
        epochs=pd.DataFrame(rows),
        notes=pd.DataFrame(notes, columns=["trial", "name", "value"]),
        tasks=pd.DataFrame(),
    )
    facts = weight_facts(run)

    assert facts.loc["a"].tolist() == pytest.approx([5.0, 0.2])
    assert facts.loc["b"].tolist() == pytest.approx([10.0, 0.4])
    assert facts.loc["c"].tolist() == pytest.approx([2.5, 0.75])


def test_crossing_is_the_first_size_that_stays_above() -> None:
    """Clearly below at 100, open at 300, above from 1000 on; the line crosses between."""
    found = find_crossing([100, 300, 1000], [at(-0.3, -0.1), at(-0.1, 0.1), at(0.1, 0.3)])

    assert (found.size, found.low, found.how) == (1000, 100, "from 1,000 rows on")
    assert found.estimate == pytest.approx(300)


def test_crossing_that_falls_back_is_none() -> None:
    """Above once is not above for good; the smallest size may be above already."""
    fallen = find_crossing([100, 300], [at(0.1, 0.3), at(-0.1, 0.3)])
    always = find_crossing([100, 300], [at(0.1, 0.3), at(0.1, 0.3)])

    assert (fallen.is_known, fallen.how, fallen.low) == (False, NONE_WITHIN, 0)
    assert (always.size, always.how) == (100, "at 100 rows already")
    assert math.isnan(always.estimate)
    with pytest.raises(ValueError, match="ascending sizes"):
        find_crossing([300, 100], [at(0, 1), at(0, 1)])


def test_share_of_a_gap_holds_its_truth() -> None:
    """Fieller's set over 1,000 draws of eight pairs with a true ratio of 0.6."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(1000):
        gap = rng.normal(1.0, 0.3, 8)
        found = share_interval(0.6 * gap + rng.normal(0, 0.2, 8), gap, test_ratio=0.0)
        held.append(found.low <= 0.6 <= found.high)

    assert 0.93 <= np.mean(held) <= 0.97


def test_share_of_a_constant_denominator_is_the_plain_interval() -> None:
    """Dividing by a known number scales the corrected t interval."""
    top = np.array([0.1, 0.2, 0.4, 0.3])
    expected = resampled_interval(top, test_ratio=0.25).scaled(1 / 2)
    found = share_interval(top, np.full(4, 2.0), test_ratio=0.25)

    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_share_of_a_gap_that_is_not_clear_has_no_interval() -> None:
    """Any ratio at all could be true; two repeats say nothing either."""
    unclear = share_interval([0.1, 0.2, 0.1], [0.1, -0.1, 0.05], test_ratio=0.25)

    assert not unclear.is_known
    assert unclear.how == "no interval: the gap of the control is not clear"
    assert share_interval([1, 1], [1, 2], test_ratio=0).how.startswith("no interval: 2 of")


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


def test_components_of_variance_are_found_again() -> None:
    """Unbalanced simulation with known standard deviations 3, 2 and 1."""
    rng = np.random.default_rng(0)
    rows = []
    for task in range(400):
        level = rng.normal(0, 3)
        for split in range(rng.integers(2, 6)):
            place = level + rng.normal(0, 2)
            rows += [(task, split, place + rng.normal()) for _ in range(rng.integers(1, 4))]
    found = variance_split(pd.DataFrame(rows, columns=["task", "split", "value"]))

    assert (found.task, found.split, found.seed) == pytest.approx((3, 2, 1), rel=0.08)
    assert found.n_tasks == 400


def test_components_that_can_not_be_told_apart_are_not_made_up() -> None:
    """One seed a split leaves seeds inside splits; one split a task leaves both unknown."""
    one_seed = variance_split(
        pd.DataFrame({"task": [0, 0, 1, 1], "split": [0, 1, 0, 1], "value": [1.0, 2.0, 3.0, 4.0]})
    )
    one_split = variance_split(pd.DataFrame({"task": [0, 1], "split": [0, 0], "value": [1.0, 2.0]}))
    alone = variance_split(pd.DataFrame({"task": [0], "split": [0], "value": [1.0]}))

    assert math.isnan(one_seed.seed)
    assert one_seed.split == pytest.approx(math.sqrt(0.5))
    assert one_seed.task == pytest.approx(math.sqrt((4.0 - 0.5) / 2))
    assert math.isnan(one_split.split)
    assert math.isnan(alone.task)
    with pytest.raises(ValueError, match="at least one value"):
        variance_split(pd.DataFrame({"task": [], "split": [], "value": []}))


def trial(
    method: str, state: str, score: float, repeat: int = 0, **more: object
) -> dict[str, object]:
    """One row."""
    source = "constant" if method == "guess" else "raw"
    return {
        "task": "t", "repeat": repeat, "fold": 0, "method": method, "source": source,
        "learner": method, "study": "none", "state": state, "train_score": score,
        "validation_score": score, "test_score": score, **more,
    }  # fmt: skip


def test_imputed_scores_are_the_constant_s_of_the_same_split_and_marked() -> None:
    """Skipped trials, studies and splits without a constant are left as they are."""
    rows = [
        trial("guess", "complete", 0.1),
        trial("guess", "complete", 0.2, 1),
        trial("a", "timeout", math.nan),
        trial("a", "complete", 0.9, 1),
        trial("b", "skipped", math.nan),
        trial("b", "failed", math.nan, 2),
        trial("c", "crashed", math.nan, 1, study="vary"),
    ]
    found = impute(pd.DataFrame(rows))

    assert found["imputed"].tolist() == [False, False, True, False, False, False, False]
    assert found.loc[2, ["test_score", "state"]].tolist() == [0.1, "complete"]
    assert found["state"].tolist()[4:] == ["skipped", "failed", "crashed"]
    assert np.isnan(found["test_score"].to_numpy()[4:]).all()


def test_scores_that_never_differ_have_the_width_of_a_share() -> None:
    """No discordant row among 67: Wilson's upper end for 0 of 67 is 3.84/67, less its shrinkage."""
    resolution = resolution_of(20, 100, 5)
    flat = resampled_interval([0.0] * 5, test_ratio=0.3, resolution=resolution)
    plain = resampled_interval([0.1, 0.3, 0.2], test_ratio=0.3)
    floored = resampled_interval([0.1, 0.3, 0.2], test_ratio=0.3, resolution=resolution)

    assert flat.high == pytest.approx(1.95996**2 * resolution, rel=1e-4)
    assert flat.p == pytest.approx(1.0)
    assert (plain.low, plain.high) == (floored.low, floored.high)
    assert resampled_interval([0.1] * 5, test_ratio=0.3, resolution=resolution).is_known
    assert not resampled_interval([0.1] * 5, test_ratio=0.3).is_known
