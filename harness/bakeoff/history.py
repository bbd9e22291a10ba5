"""What trials took on this machine before, so that a plan can say what they will take."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bakeoff.cache import cache_dir
from bakeoff.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.records import Result, Trial

_SCHEMA = """CREATE TABLE IF NOT EXISTS took
    (exact TEXT, method TEXT, seconds REAL, mib REAL, finished_at REAL)"""
_MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Prediction:
    """Expected wall-clock seconds and peak memory in MiB of one trial.

    `exact` is False where only other data tell, True for the same method on the same rows.
    """

    seconds: float
    mib: float
    exact: bool


def remember(pairs: Iterable[tuple[Trial, Result]]) -> None:
    """Store what complete trials took."""
    rows = [
        (*_keys(t), r.wall_s, r.peak_rss_mib or 0.0, r.finished_at)
        for t, r in pairs
        if r.state.is_clean
    ]
    with closing(_open()) as db, db:
        db.executemany("INSERT INTO took VALUES (?, ?, ?, ?, ?)", rows)


def predict(trials: Iterable[Trial]) -> dict[str, Prediction | None]:
    """What each trial will take, by id; None where nothing like it ever ran here."""
    with closing(_open()) as db:
        return {trial.trial: _predict(db, trial) for trial in trials}


def _open() -> sqlite3.Connection:
    db = sqlite3.connect(cache_dir() / "history.sqlite")
    db.execute(_SCHEMA)
    db.execute("CREATE INDEX IF NOT EXISTS by_exact ON took (exact)")
    db.execute("CREATE INDEX IF NOT EXISTS by_method ON took (method)")
    return db


def _predict(db: sqlite3.Connection, trial: Trial) -> Prediction | None:
    for column, key in zip(("exact", "method"), _keys(trial), strict=True):
        rows = db.execute(
            f"SELECT seconds, mib FROM took WHERE {column} = ? "  # noqa: S608  one of two names
            "ORDER BY finished_at DESC LIMIT ?",
            (key, _MOST_ROWS),
        ).fetchall()
        if rows:
            seconds, mib = (median(values) for values in zip(*rows, strict=True))
            return Prediction(seconds, mib, exact=column == "exact")
    return None


def _keys(trial: Trial) -> tuple[str, str]:
    """The method on this task's rows, and the method on tasks of its kind."""
    parts = [(part.target, part.params) for part in trial.method.parts]
    method = [parts, trial.device, trial.backend, trial.task.protocol.threads]
    rows = [trial.task.fingerprint, trial.task.protocol.train_limit, trial.task.protocol.test]
    return digest([method, rows]), digest([method, trial.task.input_kind])
