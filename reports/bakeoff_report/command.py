"""The command `bakeoff report RUN...`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bakeoff

if TYPE_CHECKING:
    import argparse

    from bakeoff.registry import Registry

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


def main(args: argparse.Namespace, registry: Registry) -> int:
    """Write the report of one or more runs and print its path.

    Raises:
        StoreError: a folder holds no run, or the file can't be written.
    """
    from bakeoff_report.page import write_report

    runs = [bakeoff.read_run(folder) for folder in args.runs]
    out = args.out or runs[0].folder / FILE_NAME
    sys.stdout.write(f"{write_report(runs, out, registry)}\n")
    return 0
