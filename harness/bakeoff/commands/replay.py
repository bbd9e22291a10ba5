"""Run one trial of a run again, and compare its scores and predictions bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.commands.common import out

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff replay`."""
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("trial", help="id of a trial, or its beginning (bakeoff results RUN)")
    parser.add_argument(
        "--allow-imports", action="store_true", help="as for the run that is repeated"
    )


def main(args: Namespace, plugins: Plugins) -> int:
    """Run the trial again and print differences; return 1 if there are any."""
    from bakeoff.reproduce.replay import replay

    replayed = replay(args.run, args.trial, plugins, allow_imports=args.allow_imports)
    if not replayed.is_same_identity:
        out("code, versions, data or parameters are not those of the run any more.")
    for sentence in replayed.differences:
        out(f"differs: {sentence}")
    counted = f"{replayed.n_scores} scores and {replayed.n_values} predicted numbers"
    verdict = "not the same" if replayed.differences else "the same, bit for bit"
    out(f"{replayed.label}: {counted}: {verdict}.")
    return 1 if replayed.differences else 0
