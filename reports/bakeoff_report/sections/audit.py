"""What the audit found in the data before anything was trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.audit import SEVERITIES, from_json
from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.sections.cells import name_cell, text_cell

if TYPE_CHECKING:
    from bakeoff.audit import Finding
    from bakeoff_report.context import ReportContext

LEAD = (
    "Looked at once before training, on the split of the first repeat and on a sample where there "
    "are many rows: balance of classes, gaps, copies across the split, columns that give the "
    "target away, and whether a classifier can tell training rows from test rows."
)
CLEAN = "The audit found nothing to tell."


def section(context: ReportContext) -> Section | None:
    """One row a finding; gone for runs that were not audited."""
    told = [text for run in context.runs if (text := run.audit())]
    if not told:
        return None
    found: dict[tuple[str, str], Finding] = {}
    for text in told:
        for task, findings in from_json(text).items():
            found |= {(task, f"{f.code} {f.what}"): f for f in findings}
    ordered = sorted(found.items(), key=lambda one: SEVERITIES.index(one[1].severity))
    blocks: list[Block] = [Prose(text=CLEAN)] if not ordered else []
    if ordered:
        rows = tuple(_row(context, task, finding) for (task, _), finding in ordered)
        blocks.append(Table(caption="What the audit found", columns=COLUMNS, rows=rows))
    return Section(title="Data audit", order=82, lead=LEAD, blocks=tuple(blocks))


COLUMNS = (
    Column(title="Task", align="text"),
    Column(title="Code", align="text"),
    Column(title="Severity", align="text"),
    Column(title="Finding", align="text"),
    Column(title="Why it matters", align="text"),
    Column(title="What to do", align="text"),
)


def _row(context: ReportContext, task: str, finding: Finding) -> tuple[Cell, ...]:
    warns = finding.severity == SEVERITIES[0]
    return (
        name_cell(context, task),
        Cell(text=finding.code),
        Cell(text=finding.severity, tone="bad" if warns else "plain"),
        text_cell(context, finding.what),
        Cell(text=finding.why),
        Cell(text=finding.remedy),
    )
