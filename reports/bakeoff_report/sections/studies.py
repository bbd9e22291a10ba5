"""Variants against their control: changes of score, gap and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.statistics.variant_pairs import pairs_with_control
from bakeoff_report.blocks import Block, Cell, Column, Section, Table
from bakeoff_report.cells import interval_cell, name_cell, score_cell, time_cell
from bakeoff_report.words import spoken

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Each variant is matched with its control on the same split and seeds. Differences are variant "
    "minus control; for the test score positive is better, for the gap negative is better."
)


def section(context: ReportContext) -> Section | None:
    """Build one table per study; None if the run has none."""
    matched = pairs_with_control(context.complete)
    if matched.empty:
        return None
    blocks: list[Block] = [
        _table(context, str(study), part) for study, part in matched.groupby("study", sort=False)
    ]
    return Section(title="Studies", order=50, lead=LEAD, blocks=tuple(blocks))


def _table(context: ReportContext, study: str, matched: pd.DataFrame) -> Table:
    columns = (
        Column(title="Variant", align="text"),
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Test of control"),
        Column(title="Test of variant"),
        Column(title="Change of test"),
        Column(title="Change of gap"),
        Column(title="Training time", note="times as long"),
    )
    groups = matched.groupby(["task", "method", "variant"], sort=False)
    differs = len(set(matched["control"])) > 1
    rows = tuple(_row(context, part, names_control=differs) for _, part in groups)
    caption = f"Study {spoken(context.names(study))}: variants against their control"
    return Table(caption=caption, columns=columns, rows=rows)


def _row(context: ReportContext, part: pd.DataFrame, *, names_control: bool) -> tuple[Cell, ...]:
    first = part.iloc[0]
    task = str(first["task"])
    unit = context.unit(task)
    has_gap = bool(part[["gap_first", "gap_second"]].notna().all(axis=None))
    gap = context.intervals.gap_change(part, task) if has_gap else None
    control = f"control: {context.names(first['control'])}" if names_control else ""
    return (
        name_cell(context, first["variant"], sub=control),
        name_cell(context, first["method"]),
        name_cell(context, task),
        score_cell(float(part["test_score_second"].mean())),
        score_cell(float(part["test_score_first"].mean())),
        interval_cell(context.intervals.difference(part, task), unit),
        interval_cell(gap, unit, good="bad"),
        time_cell(part),
    )
