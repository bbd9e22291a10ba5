"""The command `bakeoff report RUN...`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bakeoff
from bakeoff.store.checksums import rehash_report

if TYPE_CHECKING:
    import argparse

    from bakeoff.registry.manager import Plugins

FILE_NAME = "report.html"
COMPARISON = "report-comparison.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to the parser."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"where to write; default: {FILE_NAME} in the folder of the first run",
    )
    parser.add_argument(
        "--impute",
        action="store_true",
        help="rank failed trials with the scores of the constant method, and mark them",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="RUN",
        help="compare the one run with this one instead; exit with 1 on a regression",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.0,
        help="loss, in units of each metric, that is still no regression; default: %(default)s",
    )
    parser.add_argument("--quiet", action="store_true", help="don't print the path")


def main(args: argparse.Namespace, plugins: Plugins) -> int:
    """Write the report of one or more runs, or a comparison of two, and print its path.

    Raises:
        StoreError: a folder holds no run, or the file can't be written.
    """
    from bakeoff_report.page.comparison import write_comparison
    from bakeoff_report.page.write import write_report

    runs = [bakeoff.read_run(folder) for folder in args.runs]
    if args.against is not None:
        out = args.out or runs[0].folder / COMPARISON
        baseline = bakeoff.read_run(args.against)
        n_worse = write_comparison(baseline, runs[0], out, threshold=args.threshold)
        rehash_report(runs[0].folder)
        if not args.quiet:
            sys.stdout.write(f"comparison: {out}\n")
        return int(n_worse > 0)
    out = args.out or runs[0].folder / FILE_NAME
    path = write_report(runs, out, plugins.registry, imputes=args.impute)
    rehash_report(runs[0].folder)
    if not args.quiet:
        sys.stdout.write(f"report: {path}\n")
    return 0
