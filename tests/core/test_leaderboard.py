"""What a run prints at its end: which trials are not complete, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bakeoff.commands._leaderboard import leaderboard, reasons


def test_what_kept_trials_from_being_complete_is_said_at_the_end(
    bench: Any, suite_file: Any
) -> None:
    """The commonest reason first; the report is not needed to learn it."""
    kinds = ("ValueError", "MemoryError")
    methods: list[Any] = [
        {"name": kind, "features": "numbers", "learner": "raiser", "params": {"what": kind}}
        for kind in kinds
    ]
    path = suite_file(methods=["numbers+majority", *methods], protocol={"repeats": 2})
    done = bench("run", path, "--no-report", "--workers", "1")

    assert done.code == 1
    assert [line.split(": ")[0] for line in done.out.splitlines()[-2:]] == [
        "2 failed",
        "2 out of memory",
    ]
    assert "ValueError: no luck" in done.out


def test_only_the_commonest_reasons_are_said() -> None:
    """Twenty kinds of trouble would push the leaderboard from the screen."""
    said = [f"reason {kind}" for kind in range(8) for _ in range(9 - kind)]
    trials = pd.DataFrame({"state": "failed", "reason": [*said, "x" * 1000]})
    lines = reasons(trials)

    assert lines[0] == "9 failed: reason 0"
    assert lines[-1] == "4 more reasons stand in the report."
    assert len(lines) == 6


def test_long_reasons_are_shortened() -> None:
    """One line of a terminal or three."""
    (line,) = reasons(pd.DataFrame({"state": ["crashed"], "reason": ["x" * 1000]}))

    assert line == f"1 crashed: {'x' * 300} ..."


def test_seconds_are_those_of_features_search_compilation_and_fit() -> None:
    """A method that is searched for costs its search."""
    trials = pd.DataFrame(
        {
            "state": "complete", "study": "none", "task": "t", "metric": "m",
            "direction": "maximize", "method": "a", "source": "raw", "test_score": [0.5, 0.7],
            "gap": 0.1, "featurize_s": [1.0, 2.0], "search_s": [10.0, 20.0],
            "compile_s": [100.0, 200.0], "fit_s": [1000.0, 2000.0],
        }
    )  # fmt: skip

    assert leaderboard(trials).splitlines()[-1].split()[-3:] == ["0.6000", "+0.1000", "1666.500"]
