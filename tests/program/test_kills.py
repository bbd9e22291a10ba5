"""A run or search that is killed without warning ends as one that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import psutil
import pytest

from bakeoff import read_run
from bakeoff.cli import main
from bakeoff.processes.process_tree import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

N_KILLS = 20
MOST_S = 30.0
SUITE: dict[str, Any] = {
    "name": "killed",
    "tasks": ["dots"],
    "methods": [
        "pixels+nearestmean",
        "pixels+guesser",
        {"features": "pixels", "learner": "iterative", "params": {"round_s": 0.004}},
    ],
    "protocol": {"split": "holdout", "repeats": 60},
}
SEARCH: dict[str, Any] = {
    "methods": [{"features": "numbers", "learner": "tunable", "params": {"slow_s": 0.1}}],
    "protocol": {"split": "holdout", "repeats": 1},
    "search": {"searcher": "dice", "configs": 15},
}
NUMBERS = ["trial", "state", "reason", "train_score", "validation_score", "test_score", "seed"]

# Each program starts as a copy of one that has its imports behind it: twenty starts in seconds.
_STARTER = """
import os, sys
from bakeoff.cli import main
told = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
main(["plan", sys.argv[2]])
print("ready", file=told)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        told.close()
        os._exit(main([*sys.argv[1:], "--workers", line.strip()]))
    print(pid, file=told)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=told)
"""


class Killed(NamedTuple):
    """What became of the run: exit codes, trials that were stored at each kill, its folder."""

    codes: list[int]
    n_stored: list[int]
    folder: Path


@pytest.fixture(scope="module")
def suite(write_suite: Callable[..., Path]) -> str:
    """A suite of 180 trials."""
    return str(write_suite(**SUITE))


@pytest.fixture(scope="module")
def undisturbed(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"

    assert main(["run", suite, "--out", str(folder), "--no-report", "--workers", "1"]) == 0
    return folder


@pytest.fixture(scope="module")
def killed(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """One run, killed at random moments from its start to its end, then left in peace."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    chance = random.Random(0)  # noqa: S311  moments, no secrets
    codes, n_stored = [], []
    words = ["run", suite, "--out", str(folder), "--no-report"]
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
        for _ in range(N_KILLS):
            starter.stdin.write(chance.choice(["1\n", "1\n", "2\n"]))
            pid = int(starter.stdout.readline())
            _wait(folder, chance.choice([0, 0, 1, 2, 3]), chance.uniform(0.0, 0.05))
            os.kill(pid, signal.SIGKILL)
            codes.append(int(starter.stdout.readline()))
            n_stored.append(sum(1 for _ in _stored(folder)))
        starter.stdin.write("2\n")
        starter.stdout.readline()
        codes.append(int(starter.stdout.readline()))
    return Killed(codes, n_stored, folder)


def _wait(folder: Path, n_more: int, seconds: float) -> None:
    """Wait until some more trials are stored, and some time."""
    until = time.monotonic() + MOST_S
    goal = sum(1 for _ in _stored(folder)) + n_more
    while sum(1 for _ in _stored(folder)) < goal and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(seconds)


def _stored(folder: Path) -> Iterator[Path]:
    return (p for p in (folder / "artifacts").glob("*/predictions.npz"))


def test_each_kill_met_a_run_that_was_not_done(killed: Killed) -> None:
    """At moments that lie all over the run; the last call ends by itself."""
    assert killed.codes == [-signal.SIGKILL] * N_KILLS + [0]
    assert len(set(killed.n_stored)) >= N_KILLS // 4


def test_results_are_those_of_an_undisturbed_run(killed: Killed, undisturbed: Path) -> None:
    """Every trial once, every number the same."""
    found, expected = read_run(killed.folder), read_run(undisturbed)

    pd.testing.assert_frame_equal(found.trials[NUMBERS], expected.trials[NUMBERS])
    for table in ("scores", "epochs", "notes", "tasks"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(expected, table))
    for trial in expected.trials["trial"]:
        for part, values in expected.predictions(trial).items():
            np.testing.assert_array_equal(values, found.predictions(trial)[part])


def test_no_trial_is_stored_twice_or_without_a_row(killed: Killed) -> None:
    """The database is sound, and the artifacts are those of its rows."""
    with closing(sqlite3.connect(killed.folder / "results.sqlite")) as db:
        sound = db.execute("PRAGMA integrity_check").fetchall()
        n_rows = db.execute("SELECT count(*), count(DISTINCT trial) FROM trials").fetchone()
    folders = {path.name for path in (killed.folder / "artifacts").iterdir()} - {"splits"}

    assert (sound, n_rows) == ([("ok",)], (180, 180))
    assert folders == set(read_run(killed.folder).trials["trial"])


def test_no_worker_outlives_its_runner(killed: Killed) -> None:
    """The kernel ends them with it."""
    left = []
    for process in psutil.process_iter():
        try:
            home = process.environ().get("TMPDIR", "") if process.uids().real == os.getuid() else ""
        except psutil.Error:
            continue
        if home.startswith(str(killed.folder)) and MARKER in process.environ():
            left.append(process.pid)

    assert left == []


def test_killed_search_goes_on_and_evaluates_nothing_twice(
    tmp_path: Path, suite_file: Callable[..., Path]
) -> None:
    """A `kill -9` of the whole program in the middle loses at most the fit in flight."""
    path = suite_file(**SEARCH)
    diary = tmp_path / "diary"
    words = [sys.executable, "-m", "bakeoff.cli", "run", str(path), "--no-report"]
    words += ["--out", str(tmp_path / "out")]
    env = {**os.environ, "BAKEOFF_TEST_DIARY": str(diary)}
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL) as process:
        while not diary.is_file() or len(diary.read_text().splitlines()) < 5:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    journal = next((tmp_path / "out" / "artifacts").glob("*/search.jsonl"))
    time.sleep(0.3)  # until the worker has noticed
    before = journal.read_text()
    diary.unlink()
    subprocess.run(words, env=env, stdout=subprocess.DEVNULL, check=True)
    stored = read_run(tmp_path / "out")
    tried = stored.tried(stored.trials["trial"].iloc[0])
    fitted = diary.read_text().splitlines()

    assert journal.read_text().startswith(before)
    assert len(tried) == 15
    assert len({json.dumps(t.config) for t in tried}) == 15
    assert len(fitted) == 15 - len(before.splitlines()) + 1  # and the fit of what was chosen
