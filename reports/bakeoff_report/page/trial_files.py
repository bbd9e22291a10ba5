"""Pages of single trials, beside a large report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff_report.figures.trial_blocks import trial_blocks
from bakeoff_report.page.files import write_file
from bakeoff_report.page.templating import fill
from bakeoff_report.sections.trials import heading, page_name

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff_report.model.context import ReportContext

MARK = "<!doctype html>\n<!-- a trial of bakeoff -->\n"
"""First lines of every such page, by which pages of an earlier report are recognised."""


def write_trials(context: ReportContext, out: Path) -> None:
    """Write the pages of trials that are not in the report itself, and remove old ones."""
    folder = out.with_name(f"{out.stem}_trials")
    written = set()
    for row in context.paged.to_dict("records") if context.beside else ():
        path = folder / f"{page_name(row['trial'])}.html"
        written.add(path)
        context.names.full.clear()
        values = {
            "title": heading(context, row),
            "back": f"../{out.name}",
            "blocks": trial_blocks(context, row),
            "names": context.names,
        }
        write_file(path, MARK + fill("plain.html.j2", values))
    for path in folder.glob("*.html") if folder.is_dir() else ():
        if path not in written and path.read_text(encoding="utf-8").startswith(MARK):
            path.unlink()
