"""A section of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff_report.blocks import Prose, Section

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext


def tally(context: ReportContext) -> Section | None:
    """Return a section with the number of trials."""
    text = f"The demo plugin counted {len(context.trials)} trials & <b>escaped</b> this."
    return Section(title="Tally of the demo plugin", order=95, blocks=(Prose(text=text),))
