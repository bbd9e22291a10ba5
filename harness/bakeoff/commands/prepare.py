"""Fetch everything that a suite needs, so that its run needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.commands._tables import table
from bakeoff.commands.common import add_suite_arguments, load_plan, out

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff prepare`."""
    add_suite_arguments(parser)


def main(args: Namespace, plugins: Plugins) -> int:
    """Make data and weights of the suite ready; 1 if something could not be had."""
    plan = load_plan(args, plugins)
    rows = []
    for name, planned in plan.tasks.items():
        data = planned.prepared
        rows.append(
            (name, data.n_rows, data.origin, data.licence)
            if data
            else (name, None, planned.unavailable, None)
        )
    out(table(("task", "rows", "from", "licence"), rows))
    lacking = any(planned.prepared is None for planned in plan.tasks.values())
    if plan.fetched:
        told = [
            (name, found, None) if isinstance(found, str) else (name, found.origin, found.licence)
            for name, found in plan.fetched.items()
        ]
        out("\n" + table(("component", "from", "licence"), told))
    return int(lacking or any(isinstance(found, str) for found in plan.fetched.values()))
