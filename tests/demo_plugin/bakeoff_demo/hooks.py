"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff import Register, hookimpl
from bakeoff_demo import diary

if TYPE_CHECKING:
    from bakeoff.records import Result, RunInfo, Trial


@hookimpl
def bakeoff_register_suites(register: Register) -> None:
    """Register the suite that uses all components."""
    register("demo", "bakeoff_demo:demo.yaml")


@hookimpl
def bakeoff_register_datasets(register: Register) -> None:
    """Register the dataset of ramps."""
    register(
        "ramps",
        "bakeoff_demo.datasets:Ramps",
        inputs=("table",),
        problems=("binary",),
        n_rows=80,
        n_classes=2,
        licence="CC0-1.0",
        origin="drawn",
        summary="rows of three numbers that rise or fall",
    )


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Register the slope of a row."""
    register(
        "slope",
        "bakeoff_demo.features:Slope",
        source="manual",
        inputs=("table",),
        needs=("numpy",),
        stateless=True,
        summary="last number less the first",
    )


@hookimpl
def bakeoff_register_learners(register: Register) -> None:
    """Register the midpoint classifier, and one whose library is missing."""
    register(
        "midpoint",
        "bakeoff_demo.learners:Midpoint",
        problems=("binary",),
        needs=("numpy",),
        summary="cuts each column between the classes' means and lets them vote",
    )
    register(
        "dreamer",
        "bakeoff_demo.learners:Midpoint",
        problems=("binary",),
        needs=("no_such_library",),
        summary="needs a library that nobody has",
    )


@hookimpl
def bakeoff_register_methods(register: Register) -> None:
    """Register a method that reads tables directly."""
    register(
        "last_column",
        "bakeoff_demo.methods:LastColumn",
        source="end_to_end",
        inputs=("table",),
        problems=("binary",),
        needs=("numpy",),
        summary="the midpoint of the table's last column of numbers",
    )


@hookimpl
def bakeoff_register_metrics(register: Register) -> None:
    """Register specificity, the recall of the first class."""
    register(
        "specificity",
        "bakeoff_demo.metrics:specificity",
        problems=("binary",),
        uses="labels",
        direction="maximize",
        low=0.0,
        high=1.0,
        summary="share of the first class's rows that are found",
    )


@hookimpl
def bakeoff_register_studies(register: Register) -> None:
    """Register the study of the votes' softness."""
    register("softness", "bakeoff_demo.studies:Softness", summary="hard votes against soft ones")


@hookimpl
def bakeoff_register_report_sections(register: Register) -> None:
    """Register a section."""
    register("tally", "bakeoff_demo.sections:tally", summary="how many trials there were")


@hookimpl
def bakeoff_register_commands(register: Register) -> None:
    """Register a command."""
    register("greet", "bakeoff_demo.command", summary="greet somebody")


@hookimpl
def bakeoff_trial_finished(trial: Trial, result: Result) -> None:
    """Add a line for each trial."""
    diary.note(f"{trial.label}: {result.state}")


@hookimpl
def bakeoff_run_finished(run: RunInfo) -> None:
    """Write the lines to the run's folder."""
    diary.write(run.folder)
