"""Groups and moments go from the dataset through the store into the intervals of the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff import read_run
from bakeoff.statistics.bootstrap import fixed_part_interval, weighted_balanced_accuracy
from bakeoff.statistics.compare_runs import compare

pytest.importorskip("bakeoff_report", reason="needs the report")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from bakeoff.store.run_data import StoredRun

    Floats = npt.NDArray[np.float64]

SUITE = {
    "tasks": [
        {"dataset": "tinygrouped", "split": "official"},
        {"dataset": "tinytimed", "split": "time"},
        {"dataset": "tinygrouped", "name": "both", "split": "time"},
    ],
    "methods": ["numbers+majority", "numbers+nearestmean"],
    "protocol": {"repeats": 4},
}
N_DRAWS = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, write_suite: Callable[..., Path]) -> Path:
    """A run with its report; no test changes it."""
    from bakeoff.cli import main

    path = tmp_path_factory.mktemp("runs") / "fixed"
    assert main(["run", str(write_suite(**SUITE)), "--out", str(path), "--workers", "1"]) == 0
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> StoredRun:
    """Its tables."""
    return read_run(folder)


def trials_of(run: StoredRun, task: str) -> list[Any]:
    """Rows of the nearest mean on a task, one a repeat."""
    rows = run.trials[(run.trials["task"] == task) & (run.trials["learner"] == "nearestmean")]
    return list(rows.sort_values("repeat").itertuples())


def recall(truth: Floats, guess: Floats) -> float:
    """Mean share of each class that is right."""
    return float(np.mean([(guess[truth == label] == label).mean() for label in np.unique(truth)]))


def gap_ends(run: StoredRun, task: str, drawn: list[Floats], n: float, df: float) -> list[float]:
    """Ends of the gap's interval from the rows of each draw, of `n` units."""
    trials = trials_of(run, task)
    truth = run.truths(trials[0].trial)["test"]
    guesses = [run.predictions(trial.trial)["test"].argmax(axis=1) for trial in trials]
    train = np.array([trial.train_score for trial in trials])
    gaps = train - [[recall(truth[rows], guess[rows]) for guess in guesses] for rows in drawn]
    mean = gaps.mean(axis=1)
    rng = np.random.default_rng([0, 1])
    repeats = gaps.std(axis=1, ddof=1) / math.sqrt(4) * rng.standard_t(3, N_DRAWS)
    wide = math.sqrt(n / (n - 1)) * (mean - mean.mean()) * np.sqrt(df / rng.chisquare(df, N_DRAWS))
    ends: list[float] = np.quantile(mean.mean() + wide + repeats, [0.025, 0.975]).tolist()
    return ends


def in_points(ends: list[float]) -> str:
    """An interval as the report writes it."""
    low, high = (f"{100 * end:.1f}".replace("-", "\N{MINUS SIGN}") for end in ends)
    return f"[{low}, {high}]"


def draws_of_groups(groups: npt.NDArray[np.int64]) -> list[Any]:
    """Rows of groups that are drawn whole, one group after the other."""
    names = np.unique(groups)
    drawn = np.random.default_rng(0).integers(0, len(names), (N_DRAWS, len(names)))
    return [
        np.concatenate([np.flatnonzero(groups == names[i]) for i in indices]) for indices in drawn
    ]


def test_groups_are_drawn_whole(run: StoredRun, folder: Path) -> None:
    """The report has the interval of drawn groups, not that of drawn rows."""
    report = (folder / "report.json").read_text(encoding="utf-8")
    groups = run.truths(trials_of(run, "tinygrouped")[0].trial)["test_groups"]
    sizes = np.unique(groups, return_counts=True)[1]
    expected = gap_ends(
        run, "tinygrouped", draws_of_groups(groups), 12, sizes.sum() ** 2 / (sizes**2).sum() - 1
    )
    singly = draws_of_groups(np.arange(120))

    assert sizes.tolist() == [16, 12, 8, 4] * 3
    assert in_points(expected) in report
    assert in_points(gap_ends(run, "tinygrouped", singly, 120, 119)) not in report


def test_rows_in_time_are_drawn_in_blocks(run: StoredRun, folder: Path) -> None:
    """48 test rows, ordered by the moments of the dataset, in six blocks of eight."""
    from bakeoff_standins.data import Tinytimed

    report = (folder / "report.json").read_text(encoding="utf-8")
    truths = run.truths(trials_of(run, "tinytimed")[0].trial)
    moments = Tinytimed().load().times
    assert moments is not None
    order = np.argsort(moments[truths["test_rows"]])
    starts = np.random.default_rng(0).integers(0, 48, (N_DRAWS, 6))
    drawn = [order[(row[:, None] + np.arange(8)).ravel() % 48] for row in starts]

    assert len(truths["test"]) == 48
    assert in_points(gap_ends(run, "tinytimed", drawn, 6, 5)) in report


def test_every_part_has_its_groups_and_ranks_in_time(run: StoredRun) -> None:
    """Codes of the whole dataset, so that parts can be told to share no group."""
    from bakeoff_standins.data import Tinygrouped

    data = Tinygrouped().load()
    truths = run.truths(trials_of(run, "tinygrouped")[0].trial)
    for part in ("train", "validation", "test"):
        rows = truths[f"{part}_rows"]
        assert data.groups is not None
        assert data.times is not None
        assert (np.unique(data.groups)[truths[f"{part}_groups"]] == data.groups[rows]).all()
        assert (truths[f"{part}_times"] == data.times[rows] * 2).all()
    assert not any("groups" in name for name in run.truths(trials_of(run, "tinytimed")[0].trial))


def test_groups_go_before_blocks_in_time(run: StoredRun) -> None:
    """The latest rows of a dataset that has both."""
    (trial, *_) = trials_of(run, "both")
    units = run.test_units(trial.trial)

    assert units.groups is not None
    assert units.groups.tolist() == run.truths(trial.trial)["test_groups"].tolist()
    assert units.order is None


def test_two_runs_are_compared_over_groups(run: StoredRun) -> None:
    """Between two methods' trials under one name."""
    other = read_run(run.folder)
    names = {"numbers+majority": "numbers+nearestmean", "numbers+nearestmean": "numbers+majority"}
    other.trials["method"] = other.trials["method"].map(names)
    other.tasks["metric"] = "balanced_accuracy"
    changes = {c.cell[:2]: c for c in compare(run, other).changes}
    gain = changes["tinygrouped", "numbers+majority"].gain

    trials = trials_of(run, "tinygrouped")
    truth = run.truths(trials[0].trial)["test"]
    guess = np.stack([run.predictions(t.trial)["test"].argmax(axis=1) for t in trials])
    expected = fixed_part_interval(
        lambda w: weighted_balanced_accuracy(w, truth, guess) - 0.5,
        120,
        units=run.test_units(trials[0].trial),
    )
    assert (gain.low, gain.high) == pytest.approx((expected.low, expected.high))
    assert gain.how == (
        "paired bootstrap over 120 fixed test rows in 12 groups, crossed with 4 repeats"
    )


def test_the_run_holds(folder: Path, bench: Any) -> None:
    """Its scores and its report follow from what is stored."""
    assert "all as stored" in bench("verify", folder).assert_success().out


@pytest.mark.parametrize(
    ("task", "entry", "missing"),
    [
        ("tinygrouped", {"dataset": "tinygrouped", "group": "patient"}, "groups"),
        ("tinygrouped", "tinygrouped", ""),
        ("tinytimed", "tinytimed", "times"),
    ],
)
def test_an_earlier_run_has_rows_and_says_so(
    run: StoredRun, monkeypatch: pytest.MonkeyPatch, task: str, entry: Any, missing: str
) -> None:
    """Made before groups and moments were stored."""
    (trial, *_) = trials_of(run, task)
    truths = {
        name: array
        for name, array in run.truths(trial.trial).items()
        if not name.endswith(("_groups", "_times"))
    }
    monkeypatch.setattr(type(run), "truths", lambda *_: truths)
    monkeypatch.setitem(run.suite, "tasks", [entry])
    units = run.test_units(trial.trial)

    assert (units.groups, units.order, units.missing) == (None, None, missing)
