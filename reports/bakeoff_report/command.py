"""The command `bakeoff report RUN...`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bakeoff
from bakeoff.seals import renew_report

if TYPE_CHECKING:
    import argparse

    from bakeoff.plugins import Plugins

FILE_NAME = "report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
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
    parser.add_argument("--quiet", action="store_true", help="don't print the path")


def main(args: argparse.Namespace, plugins: Plugins) -> int:
    """Write the report of one or more runs and print its path.

    Raises:
        StoreError: a folder holds no run, or the file can't be written.
    """
    from bakeoff_report.page import write_report

    runs = [bakeoff.read_run(folder) for folder in args.runs]
    out = args.out or runs[0].folder / FILE_NAME
    path = write_report(runs, out, plugins.registry, imputes=args.impute)
    renew_report(runs[0].folder)
    if not args.quiet:
        sys.stdout.write(f"report: {path}\n")
    return 0
