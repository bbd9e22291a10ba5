"""What this plugin watches. Imports nothing heavy, and does nothing unless a server is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bakeoff import hookimpl

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import Result, RunInfo, Trial
    from bakeoff_mlflow.tracker import Tracker

SERVER = "BAKEOFF_MLFLOW"
"""Variable of the environment with the server's address. MLflow's own variable is not enough:
nothing leaves the machine unless it was said to bakeoff."""

_TRACKERS: dict[str, Tracker] = {}
"""The tracker of the run that goes on in this process, by the server's address."""


@hookimpl
def bakeoff_run_started(run: RunInfo) -> None:
    """Open an experiment with the suite's name."""
    _TRACKERS.clear()
    if uri := os.environ.get(SERVER):
        from bakeoff_mlflow.tracker import Tracker

        _TRACKERS[uri] = Tracker(uri, run)


@hookimpl
def bakeoff_trial_finished(trial: Trial, result: Result) -> None:
    """Hand over parameters, metrics of every epoch, scores, times and files of a trial."""
    for tracker in _TRACKERS.values():
        tracker.add(trial, result)


@hookimpl
def bakeoff_run_finished(run: RunInfo) -> None:
    """Hand over how many trials there were, and what the run was made of."""
    for tracker in _TRACKERS.values():
        tracker.finish(run)


@hookimpl
def bakeoff_report_written(path: Path) -> None:
    """Hand over the report."""
    for tracker in _TRACKERS.values():
        tracker.add_report(path)
