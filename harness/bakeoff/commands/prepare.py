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
    """Fetch data and weights of the suite and print them; return 1 if any could not be fetched."""
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
    is_incomplete = any(planned.prepared is None for planned in plan.tasks.values())
    if plan.fetched:
        component_rows = [
            (name, source, None)
            if isinstance(source, str)
            else (name, source.origin, source.licence)
            for name, source in plan.fetched.items()
        ]
        out("\n" + table(("component", "from", "licence"), component_rows))
    is_incomplete |= any(isinstance(source, str) for source in plan.fetched.values())
    return int(is_incomplete)
