"""Write every table and chart of a run as files: CSV, Parquet, JSON, LaTeX, SVG, PNG."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bakeoff
from bakeoff.store.checksums import rehash_report

if TYPE_CHECKING:
    import argparse

    from bakeoff.registry.manager import Plugins

FOLDER = "report_export"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to the parser."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help=f"where to write; default: {FOLDER} in the folder of the first run",
    )


def main(args: argparse.Namespace, plugins: Plugins) -> int:
    """Write the files and print how many there are.

    Raises:
        StoreError: a folder holds no run, or a file can't be written.
    """
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.page.exports import export_section, export_stored
    from bakeoff_report.page.write import placed_sections

    runs = [bakeoff.read_run(folder) for folder in args.runs]
    folder = args.out or runs[0].folder / FOLDER
    context = ReportContext.of(runs, plugins.registry)
    components = [c for c in plugins.registry.all("report_sections") if c.name != "trials"]
    paths = [path for run in runs for path in export_stored(run, folder)]
    for placed in placed_sections(context, components):
        paths += export_section(placed, folder)
    rehash_report(runs[0].folder)
    sys.stdout.write(f"{len(paths)} files: {folder}\n")
    return 0
