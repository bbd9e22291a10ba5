"""Tasks without a complete trial are named once, and no finding or count is about them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun

    Make = Callable[..., StoredRun]
    Report = Callable[..., dict[str, Any]]

SUITE: dict[str, Any] = {
    "tasks": ["tiny", "tiny3", "unreachable"],
    "methods": ["numbers+majority", "numbers+nearestmean", "centred+nearestmean"],
    "protocol": {"split": "holdout", "repeats": 3},
}
NO_ROUTE = "unreachable could not be had: cache: empty; web: no route"
WARNING = {
    "code": "D102", "severity": "warning", "what": "under 10 rows of class b",
    "why": "Such a class is hardly learned.", "remedy": "Collect more rows.",
}  # fmt: skip


def findings(content: dict[str, Any]) -> dict[str, str]:
    """Text of each finding by topic."""
    return {finding["topic"]: finding["text"] for finding in content["findings"]}


@pytest.fixture
def written(bench: Any, suite_file: Any) -> Callable[..., tuple[dict[str, Any], str]]:
    """Run the suite and return its report.json and its page."""

    def run(*words: str) -> tuple[dict[str, Any], str]:
        path = suite_file(**SUITE)
        bench("run", path, "--out", "out", "--workers", "1", *words)
        folder: Path = path.parent / "out"
        content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return content, (folder / "report.html").read_text(encoding="utf-8")

    return run


def test_data_that_cannot_be_had_are_named_once_and_counted_nowhere(written: Any) -> None:
    """Nine of 27 trials are skipped; every comparison is over two tasks."""
    content, page = written()
    told = findings(content)
    named = [topic for topic, text in told.items() if "unreachable" in text]

    assert told["Not run"] == (
        f"No results on 1 of 3 tasks: unreachable (9 skipped: {NO_ROUTE}). "
        "All results are of the other 2 tasks."
    )
    assert named == ["Not run"]
    # Both come before all else: a split of tiny3 tests 12 rows of three classes.
    assert list(told)[:2] == ["Few test rows", "Not run"]
    assert "results on 2 of 3 tasks" in page
    assert not any("3 tasks" in text for topic, text in told.items() if topic != "Not run")


def test_what_is_unknown_of_such_data_is_not_made_up(written: Any) -> None:
    """Neither the word nan nor the claim that they are composed."""
    content, _ = written()
    (section,) = [s for s in content["sections"] if s["id"] == "section-data"]
    (row,) = [r for r in section["tables"][0]["rows"] if "unreachable" in json.dumps(r)]

    assert row[0] == "unreachable"
    assert row[-3:] == ["\N{EN DASH}", "unknown", "\N{EN DASH}"]


def test_tasks_that_are_still_to_run_are_named_too(written: Any) -> None:
    """A run of one task alone."""
    content, page = written("--only", "tiny/*")
    told = findings(content)["Not run"]

    assert findings(content)["Unfinished"] == (
        "This run is not finished: 9 of 27 trials have not run."
    )
    assert told.startswith("No results on 2 of 3 tasks: tiny3 (not run yet); unreachable (9 ")
    assert told.endswith("All results are of the other task.")
    assert "results on 1 of 3 tasks" in page


def test_task_whose_trials_all_failed_has_no_results(make_run: Make, report_json: Report) -> None:
    """Of several reasons none is given; the table below has them."""
    run = make_run(tasks=(("wine", "table"), ("digits", "image")), repeats=3)
    failed = run.trials["task"] == "digits"
    run.trials.loc[failed, "state"] = "failed"
    run.trials.loc[failed, "reason"] = [f"reason {n}" for n in range(failed.sum())]
    columns = ["train_score", "validation_score", "test_score", "gap"]
    run.trials.loc[failed, columns] = float("nan")
    told = findings(report_json(run))

    assert told["Not run"] == (
        "No results on 1 of 2 tasks: digits (18 failed). All results are of the other task."
    )
    assert "digits" not in told["Leader"]


def test_audit_of_a_task_without_results_is_no_finding(make_run: Make, report_json: Report) -> None:
    """Nobody reads scores of it; the table of the audit has the warning all the same."""
    run = make_run(tasks=(("wine", "table"), ("digits", "image")), repeats=3)
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "audit.json").write_text(json.dumps({"digits": [WARNING]}))
    before = findings(report_json(run))
    states = run.trials["state"].mask(run.trials["task"] == "digits", "skipped")
    content = report_json(replace(run, trials=run.trials.assign(state=states)))
    (section,) = [s for s in content["sections"] if s["id"] == "section-audit"]

    assert before["Data"].startswith("On digits the audit warns")
    assert "Data" not in findings(content)
    assert section["tables"][0]["rows"][0][0] == "digits"


def test_without_any_result_there_is_nothing_else(make_run: Make, report_json: Report) -> None:
    """Every trial is still to run."""
    run = make_run(tasks=(("wine", "table"),), repeats=1)
    run.trials["state"] = ""
    columns = ["train_score", "validation_score", "test_score", "gap"]
    run.trials[columns] = float("nan")

    assert findings(report_json(run)) == {
        "Not run": "No results on 1 of 1 task: wine (6 pending).",
        "Unfinished": "This run is not finished: 6 of 6 trials have not run.",
    }
