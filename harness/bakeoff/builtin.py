"""What the core itself offers, through the same hooks as every plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from bakeoff.records import NAMESPACE

if TYPE_CHECKING:
    from bakeoff.registry import Register

hookimpl = pluggy.HookimplMarker(NAMESPACE)


@hookimpl
def bakeoff_register_executors(register: Register) -> None:
    """Offer the executor for one machine."""
    register(
        "local", "bakeoff.executors:LocalExecutor", summary="supervised processes on this machine"
    )


@hookimpl
def bakeoff_register_commands(register: Register) -> None:
    """Offer the commands of the command line."""
    for name, summary in {
        "run": "plan, skip what is done, run, report",
        "plan": "trials, predicted time and memory, skips with reasons; runs nothing",
        "prepare": "fetch data and weights ahead",
        "list": "suites, datasets, features, learners, methods, metrics, studies, plugins",
        "show": "one component: parameters, what it fits, what it needs",
        "results": "the rows of a run",
        "compare": "what changed between two runs",
        "doctor": "versions, cores, GPU, caches, what is missing and how to add it",
    }.items():
        register(name, f"bakeoff.commands.{name}", summary=summary)
