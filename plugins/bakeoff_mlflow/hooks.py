"""Hook implementations of this plugin, which do nothing unless a server is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bakeoff import hookimpl

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import Result, RunInfo, Trial
    from bakeoff_mlflow.tracker import Tracker

SERVER = "BAKEOFF_MLFLOW"
"""Environment variable with the server's address. MLflow's own variable is not used: nothing leaves
the machine unless the user asked bakeoff for it."""

_TRACKERS: dict[str, Tracker] = {}
"""Tracker of the current run in this process, by the server's address."""


@hookimpl
def bakeoff_run_started(run: RunInfo) -> None:
    """Create or open the experiment named like the suite."""
    _TRACKERS.clear()
    if uri := os.environ.get(SERVER):
        from bakeoff_mlflow.tracker import Tracker

        _TRACKERS[uri] = Tracker(uri, run)


@hookimpl
def bakeoff_trial_finished(trial: Trial, result: Result) -> None:
    """Log parameters, epoch metrics, scores, times and files of a trial."""
    for tracker in _TRACKERS.values():
        tracker.add(trial, result)


@hookimpl
def bakeoff_run_finished(run: RunInfo) -> None:
    """Log the number of trials and the run's files."""
    for tracker in _TRACKERS.values():
        tracker.finish(run)


@hookimpl
def bakeoff_report_written(path: Path) -> None:
    """Log the report."""
    for tracker in _TRACKERS.values():
        tracker.add_report(path)
