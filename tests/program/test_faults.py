"""Methods that misbehave in every known way, all in one run: each ends alone, the rest is unharmed.

They meet images, so that a process that takes the place of a spoilt one starts in a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psutil
import pytest

from bakeoff import read_run
from bakeoff.cli import main
from bakeoff.processes.process_tree import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun

NO_LUCK = "no luck <script>alert(1)</script>"
LATE = ("timeout", "took longer than 2 s")
LARGE = ("out_of_memory", "took more than 80 MiB")
NO_MEMORY = ("out_of_memory", "the method ran out of memory")
ENDS = {
    "sleeper": LATE,
    "stubborn": LATE,
    "backtracker": LATE,
    "holder": LATE,
    "hoarder": LARGE,
    "eater": LARGE,
    "heavy": LARGE,
    "swallower": NO_MEMORY,
    "nullpointer": ("crashed", "the worker ended with signal SIGSEGV"),
    "leaver": ("crashed", "the worker ended with exit code 3"),
    "unpicklable": ("failed", "OddError: (the exception can't be shown)"),
    "notanumber": ("diverged", "76 of 76 predicted values are not finite."),
    "wrongshape": ("failed", "expected predictions of shape (38, 2); got (37, 2)."),
    "wrongtype": ("failed", "expected numbers; got list of <U3."),
    "giant": ("failed", "expected predictions of shape (38, 2); got (1000000000000, 2)."),
    "wide": ("failed", "expected predictions of shape (38, 2); got (38, 1000000000000)."),
    "talker": ("failed", "printed more than 4 MiB"),
    "SystemExit": ("failed", f"SystemExit: {NO_LUCK}"),
    "KeyboardInterrupt": ("failed", f"KeyboardInterrupt: {NO_LUCK}"),
    "MemoryError": NO_MEMORY,
    "bigwriter": ("failed", "wrote more than 4 MiB"),
    "writer": ("complete", ""),
    "mute": ("complete", ""),
    "polluter": ("complete", ""),
    "tinkerer": ("complete", ""),
    "swapper": ("complete", ""),
}


def method(name: str) -> dict[str, Any]:
    """A method of the suite, by the name of its stand-in or of what that raises."""
    learner = {"bigwriter": "writer"}.get(name, name if name.islower() else "raiser")
    params = {"bigwriter": {"mib": 8}}.get(name, {} if name.islower() else {"what": name})
    return {"name": name, "features": "pixels", "learner": learner, "params": params}


def inspector(number: int) -> dict[str, Any]:
    """A method that fails where another left something."""
    return {"name": f"inspector{number}", "features": "pixels", "learner": "inspector"}


@pytest.fixture(scope="module")
def faults(
    write_suite: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, StoredRun]:
    """One worker meets all of them, and an inspector after each that ends well."""
    methods = []
    for number, (name, (state, _)) in enumerate(ENDS.items()):
        methods.append(method(name))
        if state == "complete":
            methods.append(inspector(number))
    suite = write_suite(
        tasks=["dots"],
        methods=[*methods, "pixels+nearestmean"],
        protocol={"split": "holdout", "repeats": 1},
        budget={"seconds": 2, "memory": "80MiB", "output": "4MiB"},
    )
    folder = tmp_path_factory.mktemp("faults") / "run"
    code = main(["run", str(suite), "--out", str(folder), "--no-report", "--workers", "1"])
    return code, read_run(folder)


@pytest.mark.parametrize("name", ENDS)
def test_each_fault_becomes_a_state_with_its_reason(faults: Any, name: str) -> None:
    """A failing method is data, not a crash."""
    found = faults[1].trials.set_index("method").loc[name]

    assert (found["state"], found["reason"]) == ENDS[name]


def test_run_with_faults_ends_with_one_and_a_row_for_each_trial(faults: Any) -> None:
    """Nothing is lost on the way."""
    code, run = faults

    assert (code, len(run.trials)) == (1, run.n_planned)


def test_nothing_is_left_for_the_next_trial(faults: Any) -> None:
    """Settings, modules, streams, alarms and files are as they were."""
    trials = faults[1].trials
    found = trials[trials["learner"] == "inspector"]
    expected = sum(state == "complete" for state, _ in ENDS.values())

    assert found["reason"].tolist() == [""] * expected
    assert found["log"].tolist() == ["a stream that works\n"] * expected


def test_results_of_other_methods_are_intact(
    faults: Any, write_suite: Callable[..., Path], tmp_path: Path
) -> None:
    """The last trial equals the same one in a run of its own."""
    suite = write_suite(
        tasks=["dots"], methods=["pixels+nearestmean"], protocol={"split": "holdout", "repeats": 1}
    )
    main(["run", str(suite), "--out", str(tmp_path / "run"), "--no-report"])
    columns = ["train_score", "validation_score", "test_score"]
    beside = faults[1].trials.set_index("method").loc["pixels+nearestmean", columns]
    alone = read_run(tmp_path / "run").trials.set_index("method").loc["pixels+nearestmean", columns]

    assert beside.tolist() == alone.tolist()


def test_nobody_is_left_of_them(faults: Any) -> None:
    """No process that a worker started, nor a worker."""
    children = psutil.Process().children(recursive=True)

    assert [child.pid for child in children if MARKER in child.environ()] == []


@pytest.mark.slow
def test_gigabyte_is_printed_where_no_limit_forbids_it(bench: Any, suite_file: Any) -> None:
    """The end of it is kept, and nothing breaks."""
    suite = suite_file(
        tasks=["dots"],
        methods=["pixels+talker", "pixels+inspector"],
        protocol={"split": "holdout", "repeats": 1},
    )
    bench("run", suite, "--out", "run", "--no-report", "--workers", "1").assert_success()
    logs = read_run("run").trials.set_index("method")["log"]

    assert set(logs["pixels+talker"]) == {"x", "\n"}
    assert len(logs["pixels+talker"]) == 20_000
