"""Asking for a report: by the command that a plugin offers, so that the core imports none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.registry.manager import notify

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.registry.manager import Plugins

REPORT = "report.html"
"""Name of the report in the folder of its run."""


def write_report(folder: Path, plugins: Plugins, target: Path | None = None) -> bool:
    """Write the report of a run, and tell observers where the run's own lies.

    Args:
        folder: of the run.
        plugins: one of them offers the command `report`.
        target: the file to write; the report's place in the folder by default.

    Returns:
        Whether there is such a command.

    Raises:
        PluginError: an observer raised.
    """
    if "report" not in plugins.registry.names("commands"):
        return False
    from bakeoff.cli import Parser

    command = plugins.registry.get("commands", "report").load()
    parser = Parser(prog="bakeoff report")
    command.add_arguments(parser)
    words = [str(folder), "--quiet", *(["--out", str(target)] if target else [])]
    command.main(parser.parse_args(words), plugins)
    if target is None:
        notify(plugins, "bakeoff_report_written", path=folder / REPORT)
    return True
