"""What this plugin offers. Imports nothing heavy: the named modules hold the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff import Register, hookimpl
from bakeoff_demo import diary

if TYPE_CHECKING:
    from bakeoff.records import Result, RunInfo, Trial


@hookimpl
def bakeoff_register_suites(register: Register) -> None:
    """Offer the suite that shows all of it."""
    register("demo", "bakeoff_demo:demo.yaml")


@hookimpl
def bakeoff_register_datasets(register: Register) -> None:
    """Offer two ramps."""
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
    """Offer the slope of a row."""
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
    """Offer a cut between two means."""
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
    """Offer a method from end to end."""
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
    """Offer the recall of the first class."""
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
    """Offer a study of how soft votes are."""
    register("softness", "bakeoff_demo.studies:Softness", summary="hard votes against soft ones")


@hookimpl
def bakeoff_register_report_sections(register: Register) -> None:
    """Offer a section."""
    register("tally", "bakeoff_demo.sections:tally", summary="how many trials there were")


@hookimpl
def bakeoff_register_commands(register: Register) -> None:
    """Offer a command."""
    register("greet", "bakeoff_demo.command", summary="greet somebody")


@hookimpl
def bakeoff_trial_finished(trial: Trial, result: Result) -> None:
    """Keep a line for each trial."""
    diary.note(f"{trial.label}: {result.state}")


@hookimpl
def bakeoff_run_finished(run: RunInfo) -> None:
    """Write the lines into the run's folder."""
    diary.write(run.folder)
