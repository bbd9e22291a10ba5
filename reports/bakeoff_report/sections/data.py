"""Datasets: size, split, origin, licence and hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Block, Cell, Code, Column, Details, Section, Table
from bakeoff_report.cells import metric_cell, name_cell, text_cell
from bakeoff_report.words import KINDS, NONE, spoken

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

SHORT_HASH = 12
MOST_CLASSES = 200
LEAD = "What was used, from where, under which licence. A composed dataset is made up and says so."


def section(context: ReportContext) -> Section | None:
    """List the tasks and the names of their classes; None without tasks."""
    if context.tasks.empty:
        return None
    columns = (
        Column(title="Task", align="text"),
        Column(title="Input", align="text"),
        Column(title="Problem", align="text"),
        Column(title="Rows"),
        Column(title="Classes"),
        Column(title="Split", align="text"),
        Column(title="Metric", align="text"),
        Column(title="Origin", align="text"),
        Column(title="Licence", align="text"),
        Column(title="SHA-256", align="text", note="beginning"),
    )
    rows = tuple(_row(context, str(task), row) for task, row in context.tasks.iterrows())
    blocks: list[Block] = [Table(caption="Tasks and their data", columns=columns, rows=rows)]
    if details := _hashes_and_classes(context):
        blocks.append(Details(summary="Class names and full hashes", blocks=details))
    return Section(title="Data", order=80, lead=LEAD, blocks=tuple(blocks))


def _row(context: ReportContext, task: str, row: Any) -> tuple[Cell, ...]:
    n_rows, n_classes = _count(row["n_rows"]), _count(row["n_classes"])
    dataset = str(row["dataset"])
    sub = "" if dataset == task else context.names(dataset)
    if _count(row["composed"]):
        sub = f"{sub} composed".strip()
    kind = str(row["input_kind"])
    return (
        name_cell(context, task, sub=sub),
        Cell(text=KINDS.get(kind, kind).lower().removesuffix("s")),
        Cell(text=spoken(str(row["problem_type"]))),
        Cell(text=f"{n_rows:,}" if n_rows else NONE, sort=n_rows),
        Cell(text=f"{n_classes:,}" if n_classes else NONE, sort=n_classes),
        Cell(text=spoken(str(row["split"]))),
        metric_cell(context, task),
        text_cell(context, _text(row["origin"]) or NONE),
        text_cell(context, _text(row["licence"]) or "unknown"),
        Cell(text=_text(row["sha256"])[:SHORT_HASH] or NONE),
    )


def _text(value: Any) -> str:
    """Return a text; empty if there is none, as for data that could not be had."""
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    return int(value) if value == value and value is not None else 0  # noqa: PLR0124  NaN


def _hashes_and_classes(context: ReportContext) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for task, row in context.tasks.iterrows():
        classes = row["classes"]
        names = (
            [context.names(c) for c in list(classes)[:MOST_CLASSES]] if classes is not None else []
        )
        lines = [f"sha256: {digest}"] if (digest := _text(row["sha256"])) else []
        if names:
            left = len(classes) - len(names)
            lines += [f"classes: {' | '.join(names)}{f' and {left:,} more' if left else ''}"]
        if lines:
            blocks.append(Code(label=context.names(task), text="\n".join(lines)))
    return tuple(blocks)
