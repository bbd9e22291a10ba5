"""What a run prints at its end: which trials are not complete, and why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def test_what_kept_trials_from_being_complete_is_said_at_the_end(
    bench: Any, suite_file: Any
) -> None:
    """The commonest reason first; the report is not needed to learn it."""
    kinds = ("ValueError", "MemoryError")
    methods: list[Any] = [
        {"name": kind, "features": "numbers", "learner": "raiser", "params": {"what": kind}}
        for kind in kinds
    ]
    path = suite_file(
        methods=["numbers+majority", *methods], protocol={"split": "holdout", "repeats": 2}
    )
    done = bench("run", path, "--no-report", "--workers", "1")

    assert done.code == 1
    assert [line.split(": ")[0] for line in done.out.splitlines()[-2:]] == [
        "2 failed",
        "2 out of memory",
    ]
    assert "ValueError: no luck" in done.out


@pytest.fixture
def said_of(bench: Any, suite_file: Any) -> Callable[..., list[str]]:
    """Run a suite, change columns of its trials, and return what a second call prints."""

    def said(*, repeats: int, **columns: Sequence[Any]) -> list[str]:
        path = suite_file(
            methods=["numbers+majority"], protocol={"split": "holdout", "repeats": repeats}
        )
        words = ("run", path, "--out", "out", "--no-report", "--workers", "1")
        bench(*words).assert_success()
        with closing(sqlite3.connect("out/results.sqlite")) as connection, connection as db:
            trials = db.execute("SELECT trial FROM trials ORDER BY trial").fetchall()
            for column, values in columns.items():
                changes = ((value, trial) for value, (trial,) in zip(values, trials, strict=True))
                db.executemany(f"UPDATE trials SET {column} = ? WHERE trial = ?", changes)  # noqa: S608  names of this module
        return bench(*words).out.splitlines()

    return said


def test_only_the_commonest_reasons_are_said(said_of: Any) -> None:
    """Twenty kinds of trouble would push the leaderboard from the screen."""
    reasons = [f"reason {kind}" for kind in range(8) for _ in range(9 - kind)]
    told = said_of(repeats=len(reasons), state=["failed"] * len(reasons), reason=reasons)
    lines = [line for line in told if "reason" in line]

    assert lines[0] == "9 failed: reason 0"
    assert lines[-1] == "3 more reasons stand in the report."
    assert len(lines) == 6


def test_long_reasons_are_shortened(said_of: Any) -> None:
    """One line of a terminal or three."""
    told = said_of(repeats=1, state=["crashed"], reason=["x" * 1000])

    assert told[-1] == f"1 crashed: {'x' * 300} ..."


def test_seconds_are_those_of_features_search_compilation_and_fit(said_of: Any) -> None:
    """A method that is searched for costs its search."""
    told = said_of(
        repeats=2, test_score=[0.5, 0.7], gap=[0.1, 0.1], featurize_s=[1.0, 2.0],
        search_s=[10.0, 20.0], compile_s=[100.0, 200.0], fit_s=[1000.0, 2000.0],
    )  # fmt: skip
    row = next(line.split() for line in told if "numbers+majority" in line)

    assert row[-3:] == ["0.6000", "+0.1000", "1666.500"]


def test_a_method_that_failed_on_a_split_comes_last(bench: Any, suite_file: Any) -> None:
    """Its mean over the two other splits is the highest."""
    methods = ["numbers+majority", {"name": "better", "features": "numbers", "learner": "majority"}]
    path = suite_file(methods=methods, protocol={"split": "holdout", "repeats": 3})
    words = ("run", path, "--out", "out", "--no-report", "--workers", "1")
    bench(*words).assert_success()
    with closing(sqlite3.connect("out/results.sqlite")) as connection, connection as db:
        db.execute("UPDATE trials SET test_score = 0.9 WHERE method = 'better'")
        db.execute("UPDATE trials SET state = 'failed' WHERE method = 'better' AND repeat = 0")
        db.execute("UPDATE trials SET test_score = 0.5 WHERE method != 'better'")
    lines = bench(*words).out.splitlines()
    first, second = (line for line in lines if "0.5000" in line or "0.9000" in line)

    assert "numbers+majority" in first
    assert "better (failed on 1 of 3)" in second
