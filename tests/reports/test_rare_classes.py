"""Scores that rest on a row or two of a class are not praised without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bakeoff.store.run_data import StoredRun

    Make = Callable[..., StoredRun]
    Report = Callable[..., dict[str, Any]]

WINE = (("wine", "table"),)


def with_truths(run: StoredRun, counts: Sequence[Sequence[int]], task: str = "wine") -> StoredRun:
    """Store the true classes of each split's test part: so many rows of each class."""
    folder = run.folder / "artifacts" / "splits"
    folder.mkdir(parents=True, exist_ok=True)
    for repeat, of_split in enumerate(counts):
        truth = np.repeat(np.arange(len(of_split)), of_split)
        np.savez(folder / f"{task}-{repeat}.npz", test=truth, test_rows=np.arange(len(truth)))
    return run


def few(content: dict[str, Any]) -> list[str]:
    """Findings about few test rows."""
    return [f["text"] for f in content["findings"] if f["topic"] == "Few test rows"]


def score_note(content: dict[str, Any]) -> str:
    """The line below the winner's test score in the first table."""
    (section,) = [s for s in content["sections"] if s["id"] == "section-winners"]
    cell = section["tables"][0]["rows"][0][3]
    return str(cell.get("note", "")) if isinstance(cell, dict) else ""


def test_one_row_of_a_class_is_said_on_top_and_beside_the_score(
    make_run: Make, report_json: Report
) -> None:
    """Of two classes one has a single row: right or wrong is half of the balanced accuracy."""
    run = with_truths(make_run(tasks=WINE, repeats=3), [[98, 2], [99, 1], [95, 5]])
    content = report_json(run)

    assert content["findings"][0]["topic"] == "Few test rows"
    (told,) = few(content)
    assert told == (
        "On wine a split has 1 test row of class 'malignant': one row moves the balanced accuracy "
        "of that split by 50 points."
    )
    assert score_note(content) == "highest of 5, a split has 1 test row of class 'malignant'"


@pytest.mark.parametrize(("n_rows", "points"), [(2, "25 points"), (3, "16.7 points"), (5, "")])
def test_five_rows_are_enough(
    make_run: Make, report_json: Report, n_rows: int, points: str
) -> None:
    """100 / (2 classes x n rows); with five, one row moves the score by 10 points."""
    run = with_truths(make_run(tasks=WINE, repeats=3), [[80, n_rows]] * 3)
    told = few(report_json(run))

    assert [points in text for text in told] == ([True] if points else [])


def test_class_that_a_split_does_not_test_is_said(make_run: Make, report_json: Report) -> None:
    """Its recall is in no score of that split."""
    run = with_truths(make_run(tasks=WINE, repeats=3), [[80, 20], [100], [90, 10]])

    (told,) = few(report_json(run))
    assert told == (
        "On wine a split has no test row of class 'malignant': that split scores the other classes "
        "alone."
    )


def test_other_metrics_speak_of_the_recall_and_accuracy_of_nothing(
    make_run: Make, report_json: Report
) -> None:
    """F1 depends on the class; accuracy weighs rows alike."""
    run = with_truths(make_run(tasks=WINE, repeats=3), [[80, 4]] * 3)
    for frame in (run.trials, run.tasks):
        frame["metric"] = "f1"
    told = few(report_json(run))
    for frame in (run.trials, run.tasks):
        frame["metric"] = "accuracy"

    assert told[0].endswith("one row moves the recall of that class by 25 points.")
    assert few(report_json(run)) == []


def test_several_tasks_are_one_finding_the_rarest_first(
    make_run: Make, report_json: Report
) -> None:
    """Two tasks, one sentence about each."""
    run = make_run(tasks=(("wine", "table"), ("digits", "image")), repeats=3)
    with_truths(run, [[50, 4]] * 3, "wine")
    with_truths(run, [[1, 30]] * 3, "digits")
    (told,) = few(report_json(run))

    assert told.startswith("On digits a split has 1 test row of class 'benign'")
    assert told.endswith("tested also on wine, 4 test rows of class 'malignant'.")


def test_runs_without_truths_and_numbers_say_nothing(make_run: Make, report_json: Report) -> None:
    """Nothing is known of their test rows, or they have no classes."""
    number = make_run(name="number", tasks=(("diabetes", "table"),), repeats=3)
    folder = number.folder / "artifacts" / "splits"
    folder.mkdir(parents=True)
    for repeat in range(3):
        np.savez(folder / f"diabetes-{repeat}.npz", test=np.array([1.0, 2.0, 2.0]))

    assert few(report_json(number)) == []
    assert few(report_json(make_run(tasks=WINE, repeats=3))) == []
