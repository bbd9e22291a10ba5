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
    """Repeat the trial; 1 where something came out differently."""
    from bakeoff.reproduce.replay import replay

    found = replay(args.run, args.trial, plugins, allow_imports=args.allow_imports)
    if not found.is_same_identity:
        out("code, versions, data or parameters are not those of the run any more.")
    for sentence in found.differences:
        out(f"differs: {sentence}")
    counted = f"{found.n_scores} scores and {found.n_values} predicted numbers"
    verdict = "not the same" if found.differences else "the same, bit for bit"
    out(f"{found.label}: {counted}: {verdict}.")
    return 1 if found.differences else 0
