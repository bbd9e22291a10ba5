"""Compute every stored number of a run again, and hold every file to its hash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.commands.common import out

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins
    from bakeoff.reproduce.verify import Verification


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff verify`."""
    parser.add_argument("run", type=Path, help="folder of a run, or an archive of bakeoff pack")


def main(args: Namespace, plugins: Plugins) -> int:
    """Verify a run and print the problems; return 1 if there are any."""
    from bakeoff.errors import DataError
    from bakeoff.reproduce.pack import unpacked
    from bakeoff.reproduce.verify import verify

    if not args.run.is_file():
        return _print_result(verify(args.run, plugins))
    try:
        with unpacked(args.run) as folder:
            return _print_result(verify(folder, plugins))
    except DataError as error:
        out(str(error))
        return 1


def _print_result(result: Verification) -> int:
    """Print problems, unchecked items and counts; return the exit code."""
    for sentence in result.problems:
        out(f"not so: {sentence}")
    for sentence in dict.fromkeys(result.unchecked):
        out(f"not checked: {sentence}")
    counted = f"{result.n_files} files, {result.n_scores} scores, "
    counted += f"{result.n_lines} lines of the report"
    n_bad = len(result.problems)
    out(f"{counted}: {f'{n_bad} not as stored' if n_bad else 'all as stored'}.")
    return 1 if result.problems else 0
