"""A time of a method and a ratio of two times are the same number wherever the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.store.run_data import StoredRun

    Make = Callable[..., StoredRun]
    Report = Callable[..., dict[str, Any]]

FAST = [0.9, 1.0, 1.1, 1.2, 1.3]
SLOW = [4.5, 6.0, 5.5, 600.0, 3.9]
"""The fourth split took a hundred times as long. The median is 5.5, the mean 124; the ratios of the
pairs are 5, 6, 5, 500 and 3, so that their median is 5 and their ends are 3 and 500."""


def timed(make_run: Make, **changes: Any) -> StoredRun:
    """Manual features with XGBoost are slow and a little better than with a logistic head."""
    run = make_run(**changes)
    trials = run.trials[run.trials["source"].isin(["constant", "raw", "manual"])]
    trials = trials[trials["method"] != "raw+xgboost"].copy()
    ahead = [0.004, -0.002, 0.004, -0.002, 0.004]
    for task, rows in trials.groupby("task"):
        fast, slow, raw = (
            trials.index[(trials["task"] == task) & (trials["method"] == method)]
            for method in ("manual+logistic", "manual+xgboost", "raw+logistic")
        )
        trials.loc[slow, "test_score"] = trials.loc[fast, "test_score"].to_numpy() + ahead
        # Validation always chooses the slow one for the source manual.
        trials.loc[slow, "validation_score"] = 0.99
        trials.loc[rows.index, "featurize_s"] = 0.0
        trials.loc[fast, "fit_s"], trials.loc[raw, "fit_s"] = FAST, FAST
        trials.loc[slow, "fit_s"] = SLOW
    run.trials.drop(run.trials.index.difference(trials.index), inplace=True)
    run.trials[trials.columns] = trials
    return run


def cells(content: dict[str, Any], column: str, method: str = "") -> dict[str, Any]:
    """Return by section the values of a column, in rows about a method."""
    found: dict[str, Any] = {}
    for section in content["sections"]:
        for table in section["tables"]:
            titles = [title.partition(" (")[0] for title in table["columns"]]
            for row in table["rows"] if column in titles else ():
                texts = [c.get("value") if isinstance(c, dict) else c for c in row[:3]]
                if not method or method in texts:
                    found.setdefault(section["id"], []).append(row[titles.index(column)])
    return found


def test_a_split_that_took_a_hundred_times_as_long_changes_no_time(
    make_run: Make, report_json: Report
) -> None:
    """Median 5.5 s in the first table, on the board, beside the front and among the phases."""
    content = report_json(timed(make_run, tasks=(("wine", "table"),)))
    shown = cells(content, "Training", "manual+xgboost")
    values = {
        section: {c["value"] if isinstance(c, dict) else c for c in found}
        for section, found in shown.items()
    }

    expected = {5.5}
    assert values == dict.fromkeys(
        ["section-winners", "section-leaderboard", "section-pareto", "section-timing"], expected
    )


def test_one_pair_of_methods_has_one_ratio(make_run: Make, report_json: Report) -> None:
    """5 [3, 500] at 93.75 %, in the first table, the contrast of sources and both findings."""
    content = report_json(timed(make_run, tasks=(("wine", "table"),)))
    (cheaper,) = cells(content, "Nearly as good, and faster")["section-winners"]
    (contrast,) = cells(content, "Training time")["section-manual"]
    texts = {finding["topic"]: finding["text"] for finding in content["findings"]}

    assert cheaper["note"] == "1.1 s, 5.0 [3.0, 500] (93.8 %) times as fast"
    assert contrast["value"] == pytest.approx(5.0)
    assert contrast["note"] == "[3.0, 500] (93.8 %)"
    assert "trains 5.0 [3.0, 500] (93.8 %) times as fast" in texts["Cost"]
    assert "at 5.0 times the training time" in texts["Tables"]


def test_over_two_tasks_times_add_up_and_ratios_have_no_ends(
    make_run: Make, report_json: Report
) -> None:
    """5.5 s twice; 93.75 % squared is under 90 %, but every task's ratio is clear by itself."""
    run = timed(make_run, tasks=(("wine", "table"), ("iris", "table")))
    content = report_json(run)
    (cost,) = [f["text"] for f in content["findings"] if f["topic"] == "Cost"]
    shown = cells(content, "Training", "manual+xgboost")

    assert cost.endswith("trains 5.0 times as fast.")
    for section in ("section-leaderboard", "section-pareto", "section-timing"):
        values = [c["value"] if isinstance(c, dict) else c for c in shown[section]]
        assert values[-1] == pytest.approx(11.0)


def test_four_splits_have_a_ratio_without_ends(make_run: Make, report_json: Report) -> None:
    """The root of 5 times 6 of 5, 6, 5 and 500 is 5.48; the widest interval has 87.5 %."""
    run = timed(make_run, tasks=(("wine", "table"),))
    late = run.trials.index[run.trials["repeat"] == 4]
    run.trials.drop(late, inplace=True)
    (contrast,) = cells(report_json(run), "Training time")["section-manual"]

    assert contrast["value"] == pytest.approx(30**0.5)
    assert contrast["note"] == "no interval: 4 of at least 5 splits"


def test_variants_of_a_study_are_timed_as_all_others(make_run: Make, report_json: Report) -> None:
    """Features of 3 s count for both: (3 + 2) / (3 + 1) is 1.25, while the fits alone give 2."""
    run = make_run(tasks=(("wine", "table"),), study=True)
    studied = run.trials["study"] != "none"
    run.trials.loc[studied, ["featurize_s", "fit_s"]] = [3.0, 1.0]
    run.trials.loc[run.trials["variant"] == "l2", "fit_s"] = 2.0
    found = cells(report_json(run), "Training time", "l2")["section-studies"]

    assert [(c["value"], c["note"]) for c in found] == [(1.25, "[1.25, 1.25] (93.8 %)")]
