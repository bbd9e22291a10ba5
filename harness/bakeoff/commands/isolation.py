"""Run each trial alone in a fresh process and last in a warm one, and say what differs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.commands.common import add_only_argument, add_suite_arguments, load_chosen, out, say

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff isolation`."""
    add_suite_arguments(parser)
    add_only_argument(parser)


def main(args: Namespace, plugins: Plugins) -> int:
    """Compare every trial alone and in a warm process; return 1 if any differs in a bit."""
    from bakeoff.reproduce.isolation import differences

    plan = load_chosen(args, plugins)
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as folder:
        by_label = differences(plan, Path(folder), say)
    for label, names in by_label.items():
        out(f"{label}: {names} differ")
    n_trials = sum(map(plan.chooses, plan.trials))
    out(f"{n_trials} trials alone and in a warm process: {n_trials - len(by_label)} are the same.")
    return 1 if by_label else 0
