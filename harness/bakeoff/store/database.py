"""Store of a run's results: one folder with one SQLite file, arrays beside it.

`results.sqlite` is written by the runner alone, one transaction a trial, so that a `kill -9` at
any time loses at most the trials in flight. Predictions are on disk before their row is.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bakeoff.errors import StoreError
from bakeoff.records import TrialState
from bakeoff.store import artifacts
from bakeoff.store.run_data import ENVIRONMENT, StoredRun
from bakeoff.store.trial_rows import COLUMNS, row_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from bakeoff.records import Result, Trial

DATABASE = "results.sqlite"
APPLICATION_ID = 0x62616B65  # "bake"
SCHEMA_VERSION = 2

TASK_COLUMNS = (
    "task",
    "dataset",
    "input_kind",
    "problem_type",
    "metric",
    "direction",
    "equivalence",
    "split",
    "n_rows",
    "n_classes",
    "classes",
    "target",
    "origin",
    "licence",
    "sha256",
    "composed",
    "unavailable",
)

_SCHEMA = f"""
BEGIN;
CREATE TABLE trials ({", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())},
    PRIMARY KEY (trial));
CREATE TABLE scores (trial TEXT, metric TEXT, direction TEXT,
    train REAL, validation REAL, test REAL, PRIMARY KEY (trial, metric)) WITHOUT ROWID;
CREATE TABLE epochs (trial TEXT, epoch INTEGER, name TEXT, value REAL,
    PRIMARY KEY (trial, name, epoch)) WITHOUT ROWID;
CREATE TABLE notes (trial TEXT, name TEXT, value TEXT, PRIMARY KEY (trial, name)) WITHOUT ROWID;
CREATE TABLE plan (position INTEGER PRIMARY KEY, trial TEXT UNIQUE);
CREATE TABLE tasks (position INTEGER PRIMARY KEY, {", ".join(f'"{n}"' for n in TASK_COLUMNS)});
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""


class Store:
    """Folder of a run, open for writing by one process.

    Args:
        folder: made if it is missing; must be empty or hold a run.

    Raises:
        StoreError: the folder belongs to something else, is in use, can't be written or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / ".lock").open("a") if _is_ours(folder) else _foreign(folder)
        except OSError as error:
            raise StoreError(folder, f"{error.strerror or error}.") from error
        try:
            self._db = self._open()
        except BaseException:
            self._lock.close()
            raise

    def _open(self) -> sqlite3.Connection:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(self.folder, "another bakeoff is writing to this run.") from None
        with _sqlite_errors(self.folder):
            db = sqlite3.connect(self.folder / DATABASE)
        try:
            self._make_ready(db)
        except BaseException:
            db.close()
            raise
        return db

    def _make_ready(self, db: sqlite3.Connection) -> None:
        """Create the tables of a new run; raise an error for a database of another version."""
        with _sqlite_errors(self.folder):
            if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                db.executescript(_SCHEMA)
            _check_version(db, self.folder)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Release the folder; the database becomes one file that read-only media can hold."""
        with contextlib.suppress(sqlite3.Error):  # a reader may hold it open: it stays as it is
            self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.close()
        self._lock.close()

    def write_text(self, name: str, text: str) -> None:
        """Write a file of the run as a whole or not at all."""
        from bakeoff.fetch.cache import write_whole

        try:
            with write_whole(self.folder / name) as temporary:
                temporary.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StoreError(self.folder / name, f"{error.strerror or error}.") from error

    def states(self) -> dict[str, TrialState]:
        """Return the state of every trial ever stored here."""
        with _sqlite_errors(self.folder):
            rows = self._db.execute("SELECT trial, state FROM trials")
            return {trial: TrialState(state) for trial, state in rows}

    def timed_beside_others(self) -> frozenset[str]:
        """Return the trials that were timed while others ran on the same machine."""
        with _sqlite_errors(self.folder):
            rows = self._db.execute("SELECT trial FROM trials WHERE concurrency > 1")
            return frozenset(trial for (trial,) in rows)

    def note(self, trial: str, name: str) -> str | None:
        """Return one note of a complete trial, or None."""
        query = (
            "SELECT value FROM notes JOIN trials USING (trial) "
            "WHERE trial = ? AND name = ? AND state = 'complete'"
        )
        with _sqlite_errors(self.folder):
            row = self._db.execute(query, (trial, name)).fetchone()
        return None if row is None else str(row[0])

    def set_plan(self, trials: Sequence[Trial], tasks: Iterable[Mapping[str, Any]]) -> bool:
        """Set the trials and tasks that make up the run; rows of other trials are kept unread.

        Returns:
            Whether that differs from what the store held.
        """
        marks = ", ".join("?" for _ in TASK_COLUMNS)
        planned = [(i, trial.id) for i, trial in enumerate(trials)]
        rows = [(i, *(task[name] for name in TASK_COLUMNS)) for i, task in enumerate(tasks)]
        with _sqlite_errors(self.folder), self._db:
            stored = self._db.execute("SELECT * FROM plan ORDER BY position").fetchall()
            stored_tasks = self._db.execute("SELECT * FROM tasks ORDER BY position").fetchall()
            if (stored, stored_tasks) == (planned, rows):
                return False
            self._db.execute("DELETE FROM plan")
            self._db.execute("DELETE FROM tasks")
            self._db.executemany("INSERT INTO plan VALUES (?, ?)", planned)
            self._db.executemany(f"INSERT INTO tasks VALUES (?, {marks})", rows)  # noqa: S608  question marks alone
        return True

    def add(self, pairs: Sequence[tuple[Trial, Result]], directions: Mapping[str, str]) -> None:
        """Store results, all of them or none, in place of earlier rows of the same trials.

        Args:
            pairs: trials with their results; what they wrote is on disk before their rows are.
            directions: direction of every metric.
        """
        rows = [row_of(trial, result) for trial, result in pairs]
        self._sync(rows)
        marks = ", ".join("?" for _ in COLUMNS)
        ids = [(result.trial,) for _, result in pairs]
        with _sqlite_errors(self.folder), self._db:
            for table in ("trials", "scores", "epochs", "notes"):
                self._db.executemany(f"DELETE FROM {table} WHERE trial = ?", ids)  # noqa: S608
            self._db.executemany(
                f"INSERT INTO trials VALUES ({marks})",  # noqa: S608  question marks alone
                ([row[name] for name in COLUMNS] for row in rows),
            )
            for trial, result in pairs:
                self._add_details(trial, result, directions)

    def _sync(self, rows: Iterable[Mapping[str, Any]]) -> None:
        try:
            for row in rows:
                if row["state"] == TrialState.COMPLETE:
                    artifacts.sync(self.folder / "artifacts", row["trial"], row["split_file"])
        except OSError as error:
            raise StoreError(self.folder, f"{error.strerror or error}.") from error

    def _add_details(self, trial: Trial, result: Result, directions: Mapping[str, str]) -> None:
        self._db.executemany(
            "INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?)",
            ((result.trial, m, directions[m], *values) for m, values in result.scores.items()),
        )
        self._db.executemany(
            "INSERT INTO epochs VALUES (?, ?, ?, ?)",
            (
                (result.trial, epoch, name, value)
                for epoch, values in enumerate(result.epochs, 1)
                for name, value in values.items()
            ),
        )
        params = {part.kind: part.params for part in trial.method.parts if part.params}
        parameters = (
            {"parameters": json.dumps(params, sort_keys=True, default=str)} if params else {}
        )
        self._db.executemany(
            "INSERT INTO notes VALUES (?, ?, ?)",
            ((result.trial, name, value) for name, value in (result.notes | parameters).items()),
        )

    def remove_orphans(self, going_on: Collection[str] = ()) -> None:
        """Remove artifacts that no row refers to, and scratch files.

        Args:
            going_on: ids of trials whose interrupted search continues.
        """
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        with _sqlite_errors(self.folder):
            rows = self._db.execute("SELECT split_file FROM trials WHERE state = 'complete'")
            split_files = {name for (name,) in rows}
        folder = self.folder / "artifacts"
        artifacts.remove_orphans(folder, self.states(), split_files, going_on)


def read_states(folder: Path) -> dict[str, TrialState]:
    """Return the state of every trial in a folder; empty before a run has stored any.

    Raises:
        StoreError: the folder's database can't be read or is another program's.
    """
    if not (folder / DATABASE).is_file():
        return {}
    with _sqlite_errors(folder), contextlib.closing(_read_only(folder)) as db:
        if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return {}
        _check_version(db, folder)
        return {t: TrialState(s) for t, s in db.execute("SELECT trial, state FROM trials")}


def read_run(path: str | Path) -> StoredRun:
    """Return a stored run.

    Args:
        path: folder of the run.

    Returns:
        Its tables as pandas frames, and the way to its arrays.

    Raises:
        StoreError: there is no run, or it can't be read.
    """
    folder = Path(path)
    if not (folder / DATABASE).is_file():
        raise StoreError(folder, f"no run of bakeoff (it has no {DATABASE}).")
    with _sqlite_errors(folder), contextlib.closing(_read_only(folder)) as db:
        _check_version(db, folder)
        tables = {name: _frame(db, query) for name, query in _QUERIES.items()}
        n_planned = db.execute("SELECT count(*) FROM plan").fetchone()[0]
    tasks = tables["tasks"] = tables["tasks"].drop(columns="position")
    tasks["classes"] = [json.loads(text) for text in tasks["classes"]]
    for name in ("reused_featurize", "memory_enforced"):
        tables["trials"][name] = tables["trials"][name].astype(bool)
    return StoredRun(
        folder=folder,
        name=folder.resolve().name,
        suite=read_json(folder / "suite.json"),
        environment=read_json(folder / ENVIRONMENT),
        **tables,
        n_planned=n_planned,
    )


_QUERIES = {
    "trials": "SELECT trials.* FROM trials JOIN plan USING (trial) ORDER BY position",
    "scores": "SELECT scores.* FROM scores JOIN plan USING (trial) ORDER BY position, metric",
    "epochs": "SELECT epochs.* FROM epochs JOIN plan USING (trial) ORDER BY position, name, epoch",
    "notes": "SELECT notes.* FROM notes JOIN plan USING (trial) ORDER BY position, name",
    "tasks": "SELECT * FROM tasks ORDER BY position",
}


def _read_only(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{(folder / DATABASE).resolve().as_uri()}?mode=ro", uri=True)


def _frame(db: sqlite3.Connection, query: str) -> pd.DataFrame:
    import pandas as pd

    frame: pd.DataFrame = pd.read_sql_query(query, db)
    for column, kind in COLUMNS.items():
        if column in frame.columns and kind == "REAL":
            frame[column] = frame[column].astype("float64")
        elif column in frame.columns and kind == "INTEGER" and frame[column].isna().any():
            frame[column] = frame[column].astype("Int64")
    return frame


def read_json(path: Path) -> dict[str, Any]:
    """Return one of a run's JSON files; empty if it holds something other than a mapping.

    Raises:
        StoreError: it can't be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(path, f"can't be read: {error}.") from error
    return content if isinstance(content, dict) else {}


def _is_ours(folder: Path) -> bool:
    """Return True if the folder can hold a run: it is empty or holds one already."""
    return (folder / DATABASE).is_file() or all(p.name == ".lock" for p in folder.iterdir())


def _foreign(folder: Path) -> Any:
    raise StoreError(folder, "holds files that are no run of bakeoff; name another with --out.")


def _check_version(db: sqlite3.Connection, folder: Path) -> None:
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise StoreError(folder, f"{DATABASE} belongs to another program.")
    if version != SCHEMA_VERSION:
        message = f"written by another version of bakeoff (schema {version}, not {SCHEMA_VERSION})."
        raise StoreError(folder, message)


@contextlib.contextmanager
def _sqlite_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(folder / DATABASE, f"{error}.") from error
