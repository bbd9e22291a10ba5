"""What the report offers. Imports nothing heavy: see `page` and `sections` for the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff import hookimpl

if TYPE_CHECKING:
    from bakeoff.registry import Register


@hookimpl
def bakeoff_register_commands(register: Register) -> None:
    """Offer the command that writes the report."""
    register(
        "report", "bakeoff_report.command", summary="write the report again, or over several runs"
    )


@hookimpl
def bakeoff_register_report_sections(register: Register) -> None:
    """Offer the sections, each a function from a `ReportContext` to a `Section` or None."""
    for name, summary in {
        "sources": "which source wins, task by task",
        "manual": "manual features against raw, random and learned ones",
        "disagreements": "rows on which learned and manual features disagree",
        "leaderboard": "every method on every task",
        "gap": "train, validation and test score side by side",
        "studies": "variants against their control",
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
