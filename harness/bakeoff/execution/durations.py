"""Store how long trials took on this machine, and predict the duration of planned trials."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from bakeoff.errors import StoreError
from bakeoff.fetch.cache import cache_dir
from bakeoff.provenance.hashing import digest
from bakeoff.records import TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bakeoff.records import Result, Trial

_SCHEMA = """CREATE TABLE IF NOT EXISTS took
    (exact TEXT, method TEXT, seconds REAL, mib REAL, finished_at REAL)"""
_MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """Expected wall-clock seconds and peak memory in MiB of one trial.

    `exact` is True if the method ran on the same rows before, False if only on other data.
    """

    seconds: float
    mib: float
    exact: bool


class DurationLog:
    """Durations and memory of the complete trials of a run, stored for later plans."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, float, float, float]] = []

    def add(self, trial: Trial, result: Result) -> None:
        """Add a trial if it completed in a supervised process."""
        if result.state is TrialState.COMPLETE and result.machine:
            timings = result.timings
            featurize_s = 0.0 if timings.reused_featurize else timings.featurize_s
            fitting = timings.search_s + timings.compile_s + timings.fit_s
            seconds = timings.load_s + featurize_s + fitting + timings.predict_s
            mib = result.peak_rss_mib or 0.0
            self._rows.append((*_keys(trial), seconds, mib, result.finished_at))

    def save(self) -> None:
        """Write the durations to the cache; a cache that can't be written is no error."""
        with suppress(sqlite3.Error, OSError), closing(_open(_path())) as db, db:
            db.executemany("INSERT INTO took VALUES (?, ?, ?, ?, ?)", self._rows)


def predict(trials: Iterable[Trial]) -> dict[str, DurationEstimate | None]:
    """Estimate duration and memory of each trial, by id; None if nothing similar ever ran here.

    Raises:
        StoreError: the stored durations can't be read.
    """
    try:
        with closing(_open(_path())) as db:
            return {trial.id: _predict(db, trial) for trial in trials}
    except sqlite3.Error as error:
        reason = f"{error}; it holds timings alone and may be removed."
        raise StoreError(_path(), reason) from error


def _path() -> Path:
    return cache_dir() / "history.sqlite"


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        db.execute(_SCHEMA)
        db.execute("CREATE INDEX IF NOT EXISTS by_exact ON took (exact)")
        db.execute("CREATE INDEX IF NOT EXISTS by_method ON took (method)")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _predict(db: sqlite3.Connection, trial: Trial) -> DurationEstimate | None:
    for column, key in zip(("exact", "method"), _keys(trial), strict=True):
        rows = db.execute(
            f"SELECT seconds, mib FROM took WHERE {column} = ? "  # noqa: S608  one of two names
            "ORDER BY finished_at DESC LIMIT ?",
            (key, _MOST_ROWS),
        ).fetchall()
        if rows:
            seconds, mib = (median(values) for values in zip(*rows, strict=True))
            return DurationEstimate(seconds, mib, exact=column == "exact")
    if trial.search and trial.search.seconds:
        return _of_search(trial.search.seconds, _predict(db, replace(trial, search=None)))
    return None


def _of_search(budget_s: float, single: DurationEstimate | None) -> DurationEstimate:
    """Estimate a search that never ran here: its time budget plus one configuration's duration."""
    seconds, mib = (single.seconds, single.mib) if single else (0.0, 0.0)
    return DurationEstimate(budget_s + seconds, mib, exact=False)


def _keys(trial: Trial) -> tuple[str, str]:
    """Return hashes of the method with this task's rows, and of the method with its input kind."""
    parts = [(part.target, part.params) for part in trial.method.parts]
    parts += [(p.target, p.params) for part in trial.method.parts for p in part.inner.values()]
    method = [parts, trial.device, trial.backend, trial.task.protocol.threads]
    if search := trial.search:
        method.append([search.searcher, search.configs, search.seconds, search.folds, search.refit])
    rows = [trial.task.fingerprint, trial.task.protocol.train_limit, trial.task.protocol.test]
    return digest([method, rows]), digest([method, trial.task.input_kind])
