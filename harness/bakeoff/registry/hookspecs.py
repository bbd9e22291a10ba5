"""The hooks of bakeoff: one family collects components, the other watches a run."""

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
    """Offer suites: `"package:file.yaml"`."""


@hookspec
def bakeoff_register_datasets(register: Register) -> None:
    """Offer datasets: classes with `load`, `is_cached` and `fingerprint`."""


@hookspec
def bakeoff_register_features(register: Register) -> None:
    """Offer features: transformers from an input kind to a matrix."""


@hookspec
def bakeoff_register_learners(register: Register) -> None:
    """Offer learners: estimators on a feature matrix."""


@hookspec
def bakeoff_register_clusterers(register: Register) -> None:
    """Offer clusterers: estimators that sort rows without labels."""


@hookspec
def bakeoff_register_methods(register: Register) -> None:
    """Offer end-to-end methods: estimators on the raw input kind."""


@hookspec
def bakeoff_register_metrics(register: Register) -> None:
    """Offer metrics, each with direction, range and what it uses."""


@hookspec
def bakeoff_register_searchers(register: Register) -> None:
    """Offer searchers: ways to choose hyperparameters."""


@hookspec
def bakeoff_register_studies(register: Register) -> None:
    """Offer studies: sets of variants with a question."""


@hookspec
def bakeoff_register_executors(register: Register) -> None:
    """Offer executors: ways to run trials."""


@hookspec
def bakeoff_register_report_sections(register: Register) -> None:
    """Offer sections of the report: functions from a report context to a section, or to None."""


@hookspec
def bakeoff_register_commands(register: Register) -> None:
    """Offer commands: modules with `add_arguments(parser)` and `main(args, plugins)`."""


@hookspec
def bakeoff_run_started(run: RunInfo) -> None:
    """A run is about to start; called in the parent process."""


@hookspec
def bakeoff_trial_started(trial: Trial) -> None:
    """A trial was handed to a worker; called in the parent process."""


@hookspec
def bakeoff_trial_finished(trial: Trial, result: Result) -> None:
    """A trial ended, in whatever state, and its row is stored; called in the parent process."""


@hookspec
def bakeoff_run_finished(run: RunInfo) -> None:
    """A call has ended: trials, report and seal are done; called in the parent process."""


@hookspec(firstresult=True)
def bakeoff_write_report(run: RunInfo, target: Path, registry: Registry) -> Path | None:
    """Write the report of a run to a file, and return its path; the first that does so is taken."""


@hookspec
def bakeoff_report_written(path: Path) -> None:
    """The report of a run that has just ended was written; called in the parent process."""
