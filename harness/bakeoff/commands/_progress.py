"""Show the progress of a run as a bar with an estimated end, as plain lines, or as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from bakeoff.commands.common import format_seconds
from bakeoff.records import TrialState

if TYPE_CHECKING:
    from bakeoff.records import Result, RunInfo, Trial

LINE_EVERY_S = 5.0
"""Seconds between two plain lines if there is no terminal."""

SOON_ENOUGH = 0.1
"""Share of ended trials from which on the remaining time is estimated: the first are slower."""


class Progress:
    """Display of a run's progress; a callback of `execution.runner.run_plan`."""

    def __init__(self, *, as_json: bool) -> None:
        self._n_total = 0
        self._as_json = as_json
        self._n_done = 0
        self._n_bad = 0
        self._began = self._last_line_at = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        """Return itself; nothing is shown before the run starts."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, run: RunInfo, trial: Trial | None, result: Result | None) -> None:
        """Show the start of a run, or the end of a trial."""
        if trial is not None and result is not None:
            self._count(trial, result)
            return
        self._n_total, self._began = run.n_pending, time.monotonic()
        if self._n_total and sys.stderr.isatty() and not self._as_json:
            self._show_bar()

    def _count(self, trial: Trial, result: Result) -> None:
        """Count a trial that ended, and show it as bar, line or JSON."""
        self._n_done += 1
        if not result.state.is_clean:
            self._n_bad += 1
            if not self._as_json:
                self._say(f"{trial.label}: {result.state}: {result.reason}")
        if self._as_json:
            print(json.dumps(_event(trial, result)), flush=True)
        elif self._bar is not None:
            self._bar.update(self._task, advance=1, description=trial.label)
        elif self._is_due():
            self._say(self._line())

    def _is_due(self) -> bool:
        is_late = time.monotonic() - self._last_line_at > LINE_EVERY_S
        return is_late or self._n_done == self._n_total

    def _line(self) -> str:
        self._last_line_at = time.monotonic()
        spent = self._last_line_at - self._began
        bad = f", {self._n_bad} not complete" if self._n_bad else ""
        line = f"{self._n_done} of {self._n_total} trials{bad}; {format_seconds(spent)} so far"
        if not SOON_ENOUGH <= self._n_done / self._n_total < 1:
            return line
        left = spent / self._n_done * (self._n_total - self._n_done)
        return f"{line}, about {format_seconds(left)} left"

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)

    def _show_bar(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar

        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=self._n_total)
        self._bar.start()


def _event(trial: Trial, result: Result) -> dict[str, Any]:
    scores = result.scores.get(trial.task.metric, (None, None, None))
    return {
        "event": "trial_finished",
        "trial": trial.id,
        "task": trial.task.name,
        "method": trial.method.name,
        "study": trial.study,
        "variant": trial.variant,
        "repeat": trial.repeat,
        "fold": trial.fold,
        "state": TrialState(result.state).value,
        "reason": result.reason,
        "metric": trial.task.metric,
        **dict(zip(("train_score", "validation_score", "test_score"), scores, strict=True)),
        "fit_s": result.timings.fit_s,
    }
