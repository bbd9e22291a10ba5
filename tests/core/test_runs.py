"""Runs go on where they stopped, whatever stopped them, and end with the same results."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import yaml

from bakeoff import read_run
from bakeoff.cli import main
from bakeoff.execution.run_folder import start
from bakeoff.plan.trials import with_gpu
from bakeoff.records import Result, TrialState
from bakeoff.store.database import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUITE = {
    "name": "resumed",
    "tasks": ["tiny", "tiny3"],
    "methods": ["centred+majority", "centred+nearestmean", "same+nearestmean"],
    "protocol": {"split": "holdout", "repeats": 2},
}
NUMBERS = ["trial", "state", "reason", "train_score", "validation_score", "test_score", "seed"]


def write(path: Path, **changes: Any) -> str:
    """A suite on disk."""
    path.write_text(yaml.safe_dump(SUITE | changes), encoding="utf-8")
    return str(path)


def numbers(folder: Path) -> list[list[Any]]:
    """What has to be the same in two runs, trial by trial."""
    frame = read_run(folder).trials[NUMBERS].sort_values("trial")
    found: list[list[Any]] = frame.astype(object).to_numpy().tolist()
    return found


def finished(folder: Path) -> dict[str, float]:
    """When each trial ended: it changes when a trial is run again."""
    trials = read_run(folder).trials
    return dict(zip(trials["trial"], trials["finished_at"], strict=True))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    words = ["run", write(folder / "suite.yaml"), "--out", str(folder / "run"), "--no-report"]

    assert main([*words, "--workers", "1"]) == 0
    return folder / "run"


@pytest.fixture
def copied(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of the undisturbed run, to be changed."""
    import shutil

    shutil.copytree(undisturbed, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def again(copied: Path, tmp_path: Path, bench: Any) -> Callable[..., Any]:
    """Run the suite again into the copy, with changes."""

    def run(*words: str, **changes: Any) -> Any:
        suite = write(tmp_path / "suite.yaml", **changes)
        return bench("run", suite, "--out", copied, "--no-report", "--workers", "1", *words)

    return run


def test_second_call_does_no_work_and_says_so(again: Any, copied: Path) -> None:
    """Nothing is run, nothing changes."""
    before = finished(copied)
    told = again().assert_success().out

    assert "12 trials: 12 complete; nothing left to do (" in told
    assert finished(copied) == before


def test_further_repeat_runs_only_what_is_new(again: Any, copied: Path) -> None:
    """Six trials more, twelve as they were."""
    before = finished(copied)
    told = again(protocol={"split": "holdout", "repeats": 3}).assert_success().out
    after = finished(copied)

    assert "18 trials: 18 complete; ran 6 trials in " in told
    assert {trial: after[trial] for trial in before} == before


def test_removed_method_disappears_and_comes_back_without_a_fit(again: Any, copied: Path) -> None:
    """Its rows are kept aside."""
    before = finished(copied)
    again(methods=SUITE["methods"][:2]).assert_success()
    without = set(read_run(copied).trials["method"])
    again().assert_success()

    assert without == {"centred+majority", "centred+nearestmean"}
    assert finished(copied) == before


def test_another_method_changes_no_number(again: Any, copied: Path, undisturbed: Path) -> None:
    """Bit for bit, wherever it stands in the suite."""
    again("--fresh", methods=["numbers+nearestmean", *SUITE["methods"]]).assert_success()
    trials = read_run(copied).trials
    others = trials[trials["method"] != "numbers+nearestmean"][NUMBERS].sort_values("trial")

    assert others.astype(object).to_numpy().tolist() == numbers(undisturbed)


def gpu_state(plan: Any, plugins: Any, folder: Path) -> TrialState | None:
    """State of the first trial for a GPU once a run has begun on a machine that has none."""
    with Store(folder) as store:
        start(with_gpu(plan, has_gpu=False), store, plugins.registry, "bakeoff")
        gpu = next(trial for trial in plan.trials if trial.device == "gpu")
        return store.states().get(gpu.id)


def test_machine_without_a_gpu_leaves_what_another_found_out(
    plan_of: Any, plugins: Any, tmp_path: Path
) -> None:
    """A complete row is no longer complete if a skip takes its place."""
    facts: dict[str, Any] = {"methods": ["ongpu"], "devices": ["cpu", "gpu"]}
    plan = with_gpu(plan_of(**facts), has_gpu=True)
    with Store(tmp_path / "run") as store:
        start(plan, store, plugins.registry, "bakeoff")
        done = [(t, Result(trial=t.id, state=TrialState.COMPLETE)) for t in plan.trials]
        store.add(done, {})
    longer = plan_of(**facts, protocol={"split": "holdout", "repeats": 3})

    assert gpu_state(longer, plugins, tmp_path / "run") is TrialState.COMPLETE


def test_trial_that_can_no_longer_run_is_told_although_the_plan_is_the_same(
    plan_of: Any, plugins: Any, tmp_path: Path
) -> None:
    """A run begun beside a GPU and gone on with elsewhere has a row for each trial."""
    plan = plan_of(methods=["ongpu"], devices=["cpu", "gpu"])
    with Store(tmp_path / "run") as store:
        start(with_gpu(plan, has_gpu=True), store, plugins.registry, "bakeoff")

    assert gpu_state(plan, plugins, tmp_path / "run") is TrialState.SKIPPED


def test_fresh_keeps_the_earlier_run_aside(again: Any, copied: Path) -> None:
    """Renamed with its time, complete."""
    before = numbers(copied)
    again("--fresh", "--only", "tiny/*majority").assert_success()
    (aside,) = copied.parent.glob("run-2*")

    assert numbers(aside) == before
    assert len(read_run(copied).trials) == 2


def test_fresh_leaves_a_run_in_use_alone(again: Any, copied: Path) -> None:
    """Else another program would write into the renamed folder."""
    with Store(copied):
        outcome = again("--fresh")

    assert outcome.code == 2
    assert outcome.err == f"bakeoff: {copied}: another bakeoff is writing to this run.\n"


def test_folder_of_another_suite_is_left_alone(again: Any, copied: Path) -> None:
    """The name tells."""
    before = numbers(copied)
    outcome = again(name="other")

    assert (outcome.code, outcome.err) == (
        2,
        f"bakeoff: {copied}: the folder holds a run of suite 'resumed', not of 'other'.\n",
    )
    assert numbers(copied) == before


def test_damaged_suite_of_a_run_is_told(again: Any, copied: Path) -> None:
    """With its path."""
    (copied / "suite.json").write_text("{half")
    outcome = again()

    assert (
        outcome.code,
        outcome.err.startswith(f"bakeoff: {copied / 'suite.json'}: can't be read: "),
    ) == (2, True)


@pytest.mark.parametrize("content", ["not a database at all", "of another version"])
def test_damaged_timings_are_told_by_a_plan_and_stop_no_run(
    again: Any, bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    """What earlier runs took only orders the trials."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))
    notes = tmp_path / "cache" / "history.sqlite"
    notes.parent.mkdir()
    if content.startswith("of"):
        with closing(sqlite3.connect(notes)) as db:
            db.execute("CREATE TABLE took (exact TEXT, method TEXT)")
    else:
        notes.write_text(content * 50)
    told = bench("plan", write(tmp_path / "suite.yaml"))

    assert (told.code, "timings alone and may be removed." in told.err) == (2, True)
    again("--workers", "2", protocol={"split": "holdout", "repeats": 3}).assert_success()


def test_place_that_can_not_be_written_is_told(bench: Any, tmp_path: Path) -> None:
    """A path below a file stands for every place that refuses."""
    (tmp_path / "file").touch()
    outcome = bench("run", write(tmp_path / "suite.yaml"), "--out", tmp_path / "file" / "run")

    assert (outcome.code, outcome.err) == (2, f"bakeoff: {tmp_path}/file/run: Not a directory.\n")


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_results_read_back_equal(copied: Path, bench: Any, tmp_path: Path, kind: str) -> None:
    """Every number, in each format."""
    target = tmp_path / f"rows.{kind}"
    bench("results", copied, "--format", kind, "--out", target).assert_success()
    read = {
        "csv": lambda: pd.read_csv(target, float_precision="round_trip"),
        "json": lambda: pd.DataFrame(map(json.loads, target.read_text().splitlines())),
        "parquet": lambda: pd.read_parquet(target),
    }
    columns = ["train_score", "validation_score", "test_score", "gap", "repeat", "n_train"]
    expected = read_run(copied).trials
    found = read[kind]()

    assert found["trial"].tolist() == expected["trial"].tolist()
    np.testing.assert_array_equal(found[columns].to_numpy(float), expected[columns].to_numpy(float))


def test_nothing_in_a_run_is_pickled(undisturbed: Path) -> None:
    """Every array is read with pickle forbidden."""
    files = list(undisturbed.rglob("*.npz"))
    for file in files:
        with np.load(file, allow_pickle=False) as stored:
            assert all(stored[name].dtype != object for name in stored.files)

    assert len(files) == 12 + 4


def test_primary_scores_follow_from_the_stored_predictions(undisturbed: Path) -> None:
    """What is stored is enough to compute any metric later."""
    from bakeoff.metrics.classification import balanced_accuracy

    run = read_run(undisturbed)
    for row in run.trials.itertuples():
        predicted = run.predictions(row.trial)["test"].argmax(axis=1)
        truths = run.truths(row.trial)["test"]
        n_classes = 2 if row.task == "tiny" else 3

        assert row.test_score == balanced_accuracy(truths, predicted, n_classes=n_classes)


def test_run_that_did_not_change_is_no_regression(
    undisturbed: Path, copied: Path, bench: Any
) -> None:
    """Exit code 0."""
    told = bench("compare", undisturbed, copied).assert_success().out

    assert "6 of 6 methods score the same." in told


def test_regression_is_found_and_ends_with_one(undisturbed: Path, copied: Path, bench: Any) -> None:
    """A split that is lost, and scores that all fell alike."""
    with sqlite3.connect(copied / "results.sqlite") as db:
        db.execute(
            "UPDATE trials SET test_score = test_score - 0.25 "
            "WHERE method = 'centred+nearestmean' AND task = 'tiny'"
        )
        db.execute(
            "UPDATE trials SET state = 'failed' "
            "WHERE method = 'same+nearestmean' AND task = 'tiny3' AND repeat = 0"
        )
    db.close()
    outcome = bench("compare", undisturbed, copied, "--json")
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    worse = {
        row["cell"]: (round(row["gain"], 9), row["n_lost"]) for row in rows if row["regression"]
    }

    assert outcome.code == 1
    assert worse == {"tiny/centred+nearestmean": (-0.25, 0), "tiny3/same+nearestmean": (0.0, 1)}


def test_plan_of_a_run_that_was_killed_at_its_start_counts_every_trial(
    copied: Path, bench: Any, tmp_path: Path
) -> None:
    """Before its tables were made, and before the first note of where it ran."""
    suite = write(tmp_path / "suite.yaml")
    (copied / "environment.json").unlink()
    told = [bench("plan", suite, "--out", copied).assert_success().out]
    (copied / "results.sqlite").write_bytes(b"")
    told.append(bench("plan", suite, "--out", copied).assert_success().out)

    assert ["12 trials, 0 to run" in told[0], "12 trials, 12 to run" in told[1]] == [True, True]


def test_plan_and_run_agree_on_what_is_left(again: Any, copied: Path, bench: Any) -> None:
    """Settled failures stay, lost and skipped trials do not."""
    for number, state in enumerate(("failed", "lost", "skipped", "crashed", "complete")):
        with closing(sqlite3.connect(copied / "results.sqlite")) as db, db:
            db.execute("UPDATE trials SET state = ? WHERE rowid = ?", (state, number + 1))
    suite = copied.parent / "suite.yaml"
    told = bench("plan", write(suite), "--out", copied).assert_success().out
    ran = again().out

    assert "12 trials, 2 to run" in told
    assert "ran 2 trials in " in ran


def test_command_that_repeats_a_run_names_no_home(
    bench: Any, suite_file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on with the run, wherever its reader lives."""
    home = tmp_path / "home of me"
    home.mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(home))
    suite = suite_file("here/suite.yaml")
    monkeypatch.chdir(suite.parent)
    words = ["run", suite, f"--out={home}/run", "--fresh", "--no-report"]
    bench(*words).assert_success()
    command = json.loads((home / "run" / "environment.json").read_text())["command"]

    assert command == 'bakeoff run suite.yaml "--out=$HOME/run" --no-report'


@pytest.mark.parametrize(("word", "how"), [("", ""), ("--fresh", " without --fresh")])
def test_interrupted_run_says_which_command_goes_on(
    again: Any, monkeypatch: pytest.MonkeyPatch, word: str, how: str
) -> None:
    """Begun anew it would not go on."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bakeoff.execution.runner.run_plan", interrupt)
    outcome = again(*filter(None, [word]))

    assert (outcome.code, outcome.err.splitlines()[-1]) == (
        130,
        f"bakeoff: interrupted; the same command{how} goes on from here.",
    )
