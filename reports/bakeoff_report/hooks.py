"""Hooks of the report plugin. Imports nothing heavy: see `page` and `sections` for the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff import Register, hookimpl

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.records import RunInfo
    from bakeoff.registry.catalogue import Registry


@hookimpl
def bakeoff_register_commands(register: Register) -> None:
    """Register the commands that write the report, and its tables and charts as files."""
    register(
        "report",
        "bakeoff_report.commands.report",
        summary="write the report again, or over several runs",
    )
    register(
        "export",
        "bakeoff_report.commands.export",
        summary="every table and chart as CSV, Parquet, JSON, LaTeX, SVG and PNG",
    )


@hookimpl
def bakeoff_write_report(run: RunInfo, target: Path, registry: Registry) -> Path:
    """Write the page of one run."""
    from bakeoff import read_run
    from bakeoff_report.page.write import write_report

    return write_report([read_run(run.folder)], target, registry)


@hookimpl
def bakeoff_register_report_sections(register: Register) -> None:
    """Register the sections, each a function from a `ReportContext` to a `Section` or None."""
    for name, summary in {
        "winners": "which method wins, by how much, how surely, at what cost",
        "sources": "which source wins, task by task",
        "manual": "manual features against raw, random and learned ones",
        "disagreements": "rows on which learned and manual features disagree",
        "leaderboard": "every method on every task",
        "gap": "train, validation and test score side by side",
        "sample_size": "scores over the number of rows, and where learned features win",
        "ranks": "ranks over tasks, with tests and a critical-difference diagram",
        "factorial": "what comes from features, from learners and from their meeting",
        "overfitting": "which remedy closes the gap, and at what cost",
        "memorisation": "what is learned by heart from shuffled labels",
        "capacity": "gap and score over capacity; batches and epochs",
        "vision": "masks and boxes, drawn over test images",
        "studies": "variants against their control",
        "training": "updates, choices and their reasons, how far gradients reach back",
        "embeddings": "word vectors: coverage, quality, a map, neighbours",
        "clusters": "clusters: number, sizes, stability",
        "transfer": "what each stage of transfer buys, and where weights come from",
        "looking": "where methods look in an image, and their worst mistakes",
        "pareto": "score against cost",
        "timing": "seconds by phase, and memory",
        "devices": "speed-up on GPU and other backends, prediction by batch size",
        "search": "what searches tried and chose, and what it was worth",
        "failures": "trials that did not complete, and why",
        "data": "where the data come from",
        "audit": "what is wrong with the data",
        "trials": "a page for each trial",
        "environment": "the machine, and how to repeat the run",
    }.items():
        register(name, f"bakeoff_report.sections.{name}:section", summary=summary)
