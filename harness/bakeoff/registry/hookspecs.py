"""Hook specifications: one family registers components, the other observes a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from bakeoff.records import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import Result, RunInfo, Trial
    from bakeoff.registry.catalogue import Register, Registry

hookspec = pluggy.HookspecMarker(NAMESPACE)


@hookspec
def bakeoff_register_suites(register: Register) -> None:
    """Register suites: `"package:file.yaml"`."""


@hookspec
def bakeoff_register_datasets(register: Register) -> None:
    """Register datasets: classes with `load`, `is_cached` and `fingerprint`."""


@hookspec
def bakeoff_register_features(register: Register) -> None:
    """Register features: transformers from an input kind to a matrix."""


@hookspec
def bakeoff_register_learners(register: Register) -> None:
    """Register learners: estimators on a feature matrix."""


@hookspec
def bakeoff_register_clusterers(register: Register) -> None:
    """Register clusterers: estimators that group rows without labels."""


@hookspec
def bakeoff_register_methods(register: Register) -> None:
    """Register end-to-end methods: estimators on the raw input kind."""


@hookspec
def bakeoff_register_metrics(register: Register) -> None:
    """Register metrics, each with direction, range and what it uses."""


@hookspec
def bakeoff_register_searchers(register: Register) -> None:
    """Register searchers: ways to choose hyperparameters."""


@hookspec
def bakeoff_register_studies(register: Register) -> None:
    """Register studies: sets of variants with a question."""


@hookspec
def bakeoff_register_executors(register: Register) -> None:
    """Register executors: ways to run trials."""


@hookspec
def bakeoff_register_report_sections(register: Register) -> None:
    """Register sections of the report: functions from a report context to a section, or to None."""


@hookspec
def bakeoff_register_commands(register: Register) -> None:
    """Register commands: modules with `add_arguments(parser)` and `main(args, plugins)`."""


@hookspec
def bakeoff_run_started(run: RunInfo) -> None:
    """Called when a run is about to start, in the parent process."""


@hookspec
def bakeoff_trial_started(trial: Trial) -> None:
    """Called when a trial was sent to a worker, in the parent process."""


@hookspec
def bakeoff_trial_finished(trial: Trial, result: Result) -> None:
    """Called when a trial ended, in any state, and its row is stored, in the parent process."""


@hookspec
def bakeoff_run_finished(run: RunInfo) -> None:
    """Called when a call has ended, after report and checksums, in the parent process."""


@hookspec(firstresult=True)
def bakeoff_write_report(run: RunInfo, target: Path, registry: Registry) -> Path | None:
    """Write the report of a run to a file, and return its path; the first that does so is taken."""


@hookspec
def bakeoff_report_written(path: Path) -> None:
    """Called when the report of a run that just ended is written, in the parent process."""
