"""A run's folder: what it refuses, what a crash leaves, and what is read back."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff import read_run
from bakeoff.errors import StoreError
from bakeoff.records import Counts, Result, Timings, TrialState
from bakeoff.store.database import DATABASE, TASK_COLUMNS, Store
from bakeoff.store.trial_rows import COLUMNS, gap, row_of, split_file

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import Trial

DIRECTIONS = {"balanced_accuracy": "maximize", "log_loss": "minimize"}
TASK: dict[str, Any] = dict.fromkeys(TASK_COLUMNS, "") | {"task": "tiny", "classes": '["x", "y"]'}


@pytest.fixture
def trials(plan_of: Any) -> tuple[Trial, ...]:
    """Four trials."""
    found: tuple[Trial, ...] = plan_of().trials
    return found


def full(trial: Trial) -> Result:
    """A result with every field filled."""
    return Result(
        trial=trial.id,
        state=TrialState.COMPLETE,
        log="printed",
        scores={"balanced_accuracy": (1.0, 0.75, 0.5), "log_loss": (0.1, None, 0.7)},
        timings=Timings(load_s=1, featurize_s=2, compile_s=3, fit_s=4, predict_s=5),
        counts=Counts(n_train=38, n_test=12, n_epochs=2),
        epochs=({"train_loss": 1.0}, {"train_loss": 0.5, "odd name": float("nan")}),
        notes={"loss": "log loss: two classes"},
        warnings=("UserWarning: one", "UserWarning: two"),
        peak_rss_mib=7.5,
        finished_at=100.0,
    )


def write(folder: Path, trials: tuple[Trial, ...], results: list[Result]) -> None:
    """A run that holds these results."""
    with Store(folder) as store:
        store.write_text("suite.json", '{"name": "small"}')
        store.write_text("environment.json", "{}")
        store.set_plan(trials, [TASK])
        store.add(list(zip(trials, results, strict=False)), DIRECTIONS)


def test_row_is_read_back_as_it_was_written(trials: Any, tmp_path: Path) -> None:
    """Every column, with a missing value where there was none."""
    write(tmp_path / "run", trials, [full(trials[0])])
    expected = row_of(trials[0], full(trials[0]))
    found = read_run(tmp_path / "run").trials.iloc[0].to_dict()

    assert list(found) == list(COLUMNS)
    assert {k: None if v != v or v is None else v for k, v in found.items()} == expected  # noqa: PLR0124  NaN


def test_scores_epochs_and_notes_are_read_back(trials: Any, tmp_path: Path) -> None:
    """One row a metric, an epoch's value, a note."""
    write(tmp_path / "run", trials, [full(trials[0])])
    run = read_run(tmp_path / "run")
    scores = run.scores.astype(object).where(run.scores.notna(), None)
    epochs = run.epochs.dropna()

    assert scores[["metric", "direction", "train", "validation", "test"]].to_numpy().tolist() == [
        ["balanced_accuracy", "maximize", 1.0, 0.75, 0.5],
        ["log_loss", "minimize", 0.1, None, 0.7],
    ]
    assert epochs[["epoch", "name", "value"]].to_numpy().tolist() == [
        [1, "train_loss", 1.0],
        [2, "train_loss", 0.5],
    ]
    assert run.notes[["name", "value"]].to_numpy().tolist() == [["loss", "log loss: two classes"]]
    assert run.tasks["classes"].tolist() == [["x", "y"]]


@pytest.mark.parametrize(
    ("train", "test", "direction", "expected"),
    [
        (0.9, 0.7, "maximize", 0.2),
        (0.1, 0.4, "minimize", 0.3),
        (0.5, 0.75, "maximize", -0.25),
        (None, 0.7, "maximize", None),
        (0.9, None, "minimize", None),
    ],
)
def test_gap_is_positive_for_overfitting(
    train: float | None, test: float | None, direction: str, expected: float | None
) -> None:
    """Whatever the metric's direction."""
    found = gap(train, test, direction)

    assert found == (None if expected is None else pytest.approx(expected))


def test_later_result_replaces_the_earlier_one_whole(trials: Any, tmp_path: Path) -> None:
    """No score, epoch or note of the first stays behind."""
    write(tmp_path / "run", trials, [full(trials[0])])
    failed = Result(trial=trials[0].id, state=TrialState.FAILED, reason="ValueError: no")
    write(tmp_path / "run", trials, [failed])
    run = read_run(tmp_path / "run")

    assert run.trials["state"].tolist() == ["failed"]
    assert [len(run.scores), len(run.epochs), len(run.notes)] == [0, 0, 0]


def test_trial_outside_the_plan_is_kept_but_not_shown(trials: Any, tmp_path: Path) -> None:
    """A method that a suite lost comes back without a new fit."""
    folder = tmp_path / "run"
    write(folder, trials, [full(t) for t in trials])
    with Store(folder) as store:
        store.set_plan(trials[:1], [TASK])
        known = set(store.states())

    assert known == {t.id for t in trials}
    assert read_run(folder).trials["trial"].tolist() == [trials[0].id]


def test_broken_row_stores_none_of_its_batch(trials: Any, tmp_path: Path) -> None:
    """All of them or none."""
    bad = replace(full(trials[1]), notes={"one": object()})  # type: ignore[dict-item]
    with Store(tmp_path / "run") as store:
        with pytest.raises(StoreError):
            store.add([(trials[0], full(trials[0])), (trials[1], bad)], DIRECTIONS)

        assert store.states() == {}


def test_second_writer_is_refused(tmp_path: Path) -> None:
    """Two programs on one folder would tear it apart."""
    with Store(tmp_path / "run"), pytest.raises(StoreError) as caught:
        Store(tmp_path / "run")

    assert str(caught.value) == f"{tmp_path / 'run'}: another bakeoff is writing to this run."


def test_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written into it, not even a lock."""
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(StoreError) as caught:
        Store(tmp_path)

    assert str(caught.value).endswith(
        "holds files that are no run of bakeoff; name another with --out."
    )
    assert [p.name for p in tmp_path.iterdir()] == ["letters.txt"]


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A file of the same name is not taken over."""
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("CREATE TABLE bread (flour)")
    db.close()
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(StoreError, match=r"belongs to another program"):
        Store(tmp_path)

    assert (tmp_path / DATABASE).read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 50, b""])
def test_damaged_database_is_told_or_begun_anew(content: bytes, tmp_path: Path) -> None:
    """Garbage is refused; an empty file is what a kill before the first write leaves."""
    (tmp_path / DATABASE).write_bytes(content)
    if content:
        with pytest.raises(StoreError, match="file is not a database"):
            Store(tmp_path)
    else:
        with Store(tmp_path) as store:
            assert store.states() == {}


def test_schema_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """A program killed while it makes the tables leaves a folder that can be used."""
    code = """
import os, signal, sqlite3, sys
from pathlib import Path
from bakeoff.store.database import Store

class Connection(sqlite3.Connection):
    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        self.set_trace_callback(self.end)
    def end(self, statement):
        if "CREATE TABLE epochs" in statement:
            os.kill(os.getpid(), signal.SIGKILL)

connect = sqlite3.connect
sqlite3.connect = lambda *words, **options: connect(*words, **options, factory=Connection)
Store(Path(sys.argv[1]))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)

    assert done.returncode == -signal.SIGKILL
    with Store(tmp_path) as store:
        assert store.states() == {}


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    """Another version's run is neither read wrongly nor changed."""
    Store(tmp_path / "run").close()
    with sqlite3.connect(tmp_path / "run" / DATABASE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    for use in (Store, read_run):
        with pytest.raises(StoreError, match=r"another version of bakeoff \(schema 99, not 2\)"):
            use(tmp_path / "run")


def test_orphans_are_removed_and_the_rest_is_kept(trials: Any, tmp_path: Path) -> None:
    """What a kill left between an artifact and its row goes; what a row speaks of stays."""
    folder = tmp_path / "run"
    write(folder, trials, [full(trials[0])])
    truths = f"{split_file(trials[0])}.npz"
    for name in (trials[0].id, "orphan", "splits"):
        (folder / "artifacts" / name).mkdir(parents=True)
        (folder / "artifacts" / name / "file.npz").touch()
    (folder / "artifacts" / "splits" / truths).touch()
    (folder / "artifacts" / "splits" / ".file.npz.x7.npz").touch()
    (folder / "scratch" / "worker").mkdir(parents=True)
    with Store(folder) as store:
        store.remove_orphans()
    left = sorted(p.relative_to(folder / "artifacts").as_posix() for p in folder.rglob("*.npz"))

    assert left == sorted([f"{trials[0].id}/file.npz", f"splits/{truths}"])
    assert not (folder / "scratch").exists()


def test_closed_run_is_one_file(trials: Any, tmp_path: Path) -> None:
    """So that it can be copied, and read from a medium that can't be written."""
    write(tmp_path / "run", trials, [full(trials[0])])

    assert [p.name for p in (tmp_path / "run").glob("results.sqlite*")] == [DATABASE]


def test_reader_sees_whole_trials_while_the_writer_works(trials: Any, tmp_path: Path) -> None:
    """A report of a run that goes on is possible."""
    folder = tmp_path / "run"
    write(folder, trials, [full(trials[0])])
    with Store(folder) as store:
        store.add([(trials[1], full(trials[1]))], DIRECTIONS)
        while_open = len(read_run(folder).trials)

    assert [while_open, len(read_run(folder).trials)] == [2, 2]


@pytest.mark.parametrize(
    ("name", "content"),
    [("suite.json", "{half"), ("environment.json", None), ("suite.json", "\xff")],
)
def test_damaged_json_is_told_with_its_path(
    trials: Any, tmp_path: Path, name: str, content: str | None
) -> None:
    """A missing or torn file is a sentence."""
    folder = tmp_path / "run"
    write(folder, trials, [full(trials[0])])
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content.encode("latin-1"))
    with pytest.raises(StoreError, match=f"{name}: can't be read: "):
        read_run(folder)


def test_folder_without_a_run_is_told(tmp_path: Path) -> None:
    """Reading makes nothing."""
    with pytest.raises(StoreError, match=r"no run of bakeoff \(it has no results.sqlite\)"):
        read_run(tmp_path / "nowhere")

    assert list(tmp_path.iterdir()) == []


def test_arrays_are_read_without_pickle(trials: Any, tmp_path: Path) -> None:
    """An array that only pickle can read is refused, not executed."""
    folder = tmp_path / "run"
    write(folder, trials, [full(trials[0])])
    place = folder / "artifacts" / trials[0].id
    place.mkdir(parents=True)
    np.savez(place / "predictions.npz", test=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_run(folder).predictions(trials[0].id)


def test_truths_of_an_unknown_trial_are_refused(trials: Any, tmp_path: Path) -> None:
    """A typo is not taken for an empty answer."""
    write(tmp_path / "run", trials, [full(trials[0])])
    with pytest.raises(KeyError):
        read_run(tmp_path / "run").truths("nobody")


def test_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was there stays when the new one can't be written."""
    with Store(tmp_path / "run") as store:
        store.write_text("suite.json", json.dumps({"name": "first"}))
        with pytest.raises(UnicodeEncodeError):
            store.write_text("suite.json", "\ud800")

        assert json.loads((store.folder / "suite.json").read_text()) == {"name": "first"}
        assert not list(store.folder.glob(".suite*"))
