"""Problems that the audit found in the data before training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.data.audit import SEVERITIES, from_json
from bakeoff.records import TrialState
from bakeoff_report.blocks import Block, Cell, Column, Finding, Prose, Section, Table
from bakeoff_report.cells import LONGEST_TEXT, name_cell, text_cell
from bakeoff_report.words import plural

if TYPE_CHECKING:
    from bakeoff.data.audit import AuditFinding
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Looked at once before training, on the first split and on a sample where there "
    "are many rows: balance of classes, gaps, copies across the split, columns that give the "
    "target away, and whether a classifier can tell training rows from test rows."
)
COMPLETE = TrialState.COMPLETE
CLEAN = "The audit found nothing to tell."


def section(context: ReportContext) -> Section | None:
    """List the audit's findings; None for runs that were not audited."""
    texts = [text for run in context.runs if (text := run.audit())]
    if not texts:
        return None
    by_text: dict[tuple[str, str], AuditFinding] = {}
    for text in texts:
        for task, findings in from_json(text).items():
            by_text |= {(task, f"{f.code} {f.what}"): f for f in findings}
    ordered = sorted(by_text.items(), key=lambda item: SEVERITIES.index(item[1].severity))
    blocks: list[Block] = [Prose(text=CLEAN)] if not ordered else []
    if ordered:
        rows = tuple(_row(context, task, finding) for (task, _), finding in ordered)
        blocks.append(Table(caption="What the audit found", columns=COLUMNS, rows=rows))
    ran = _tasks_with_results(context)
    warned = [(task, f) for (task, _), f in ordered if f.severity == SEVERITIES[0] and task in ran]
    return Section(
        title="Data audit",
        order=82,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=_findings(context, warned),
    )


def _tasks_with_results(context: ReportContext) -> set[str]:
    """Return the tasks of complete trials, by the names that they have in their own run."""
    trials = [run.trials for run in context.runs]
    return {str(t) for rows in trials for t in rows.loc[rows["state"] == COMPLETE, "task"]}


def _findings(
    context: ReportContext, warned: list[tuple[str, AuditFinding]]
) -> tuple[Finding, ...]:
    """Return the first warning on a task with results, since it changes how they are read."""
    if not warned:
        return ()
    task, first = warned[0]
    others = f" {plural(len(warned) - 1, 'more warning')} below." if len(warned) > 1 else ""
    problem = context.names(first.what, LONGEST_TEXT)
    claim = f"On {context.names(task)} the audit warns: {problem}. {first.why}{others}"
    return (Finding(topic="Data", claim=claim, tone="bad"),)


COLUMNS = (
    Column(title="Task", align="text"),
    Column(title="Code", align="text"),
    Column(title="Severity", align="text"),
    Column(title="Finding", align="text"),
    Column(title="Why it matters", align="text"),
    Column(title="What to do", align="text"),
)


def _row(context: ReportContext, task: str, finding: AuditFinding) -> tuple[Cell, ...]:
    warns = finding.severity == SEVERITIES[0]
    return (
        name_cell(context, task),
        Cell(text=finding.code),
        Cell(text=finding.severity, tone="bad" if warns else "plain"),
        text_cell(context, finding.what),
        Cell(text=finding.why),
        Cell(text=finding.remedy),
    )
