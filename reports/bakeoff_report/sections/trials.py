"""Every trial: a table of links, and the pages themselves if they fit into the file."""

from __future__ import annotations

import hashlib
import math
import re
from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Block, Cell, Column, Details, Prose, Section, Table
from bakeoff_report.cells import cut, name_cell, score_cell
from bakeoff_report.figures.trial_blocks import trial_blocks
from bakeoff_report.words import plural, score, spoken

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Each trial alone: its parameters, curves, predictions, log, and the command that repeats it. "
    "The links are named by repeat, and by fold where there are several."
)
PART = (
    "{} of {} have a page here, failures first. `bakeoff results RUN` has every row, and the "
    "command on a page repeats its trial."
)
CELL = ["task", "method", "study", "variant", "device", "backend"]
MOST_ROWS = 2000


def section(context: ReportContext) -> Section | None:
    """Link trials by task and method, then add their pages; None before anything has run."""
    rows = context.paged
    if rows.empty:
        return None
    blocks: list[Block] = []
    if len(rows) < len(context.trials):
        n, n_trials = f"{len(rows):,}", plural(len(context.trials), "trial")
        blocks.append(Prose(text=PART.format(n, n_trials), tone="note"))
    tables = [_table(context, str(task), part.to_dict("records"))
              for task, part in rows.groupby("task", sort=False)]  # fmt: skip
    blocks += [
        Details(
            summary=f"{table.caption}: {plural(len(table.rows), 'row')}",
            blocks=(table,),
            on_paper=False,
        )
        for table in tables
    ]
    if not context.beside:
        pages = [_details(context, row) for row in rows.to_dict("records")]
        summary = f"Pages of {plural(len(pages), 'trial')}"
        blocks.append(Details(summary=summary, blocks=(*pages,), on_paper=False))
    return Section(title="Trials one by one", order=85, lead=LEAD, blocks=tuple(blocks))


def page_name(trial: object) -> str:
    """Return a trial's id as file name, or a hash of it if it has other characters."""
    name = str(trial)
    if re.fullmatch(r"[\w-]{1,80}", name, re.ASCII):
        return name
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def anchor(trial: object) -> str:
    """Return the id of a trial's page inside the report."""
    return f"trial-{page_name(trial)}"


def heading(context: ReportContext, row: dict[Any, Any]) -> str:
    """Describe a trial in one line."""
    parts = [context.names(row["task"]), context.names(row["method"])]
    if str(row["study"]) != "none":
        parts.append(f"{context.names(row['study'])}: {context.names(row['variant'])}")
    fold = f", fold {row['fold']}" if row["fold"] else ""
    parts.append(f"repeat {row['repeat']}{fold}")
    if row["device"] and row["device"] != "cpu":
        parts.append(str(row["device"]))
    value = row["test_score"]
    result = f"test {score(float(value))}" if _is_score(value) else spoken(str(row["state"]))
    return f"{' / '.join(parts)}: {result}"


def _is_score(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _details(context: ReportContext, row: dict[Any, Any]) -> Details:
    return Details(
        summary=heading(context, row),
        blocks=tuple(trial_blocks(context, row)),
        anchor=anchor(row["trial"]),
        on_paper=False,
    )


def _table(context: ReportContext, task: str, rows: list[dict[Any, Any]]) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Test", note="mean"),
        Column(title="Trials", align="text wide"),
    )
    groups: dict[tuple[str, ...], list[dict[Any, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[c]) for c in CELL), []).append(row)
    lines = [_line(context, group) for group in groups.values()]
    shown, note = cut(lines, MOST_ROWS)
    return Table(caption=context.names(task), columns=columns, rows=shown, note=note)


def _line(context: ReportContext, rows: list[dict[Any, Any]]) -> tuple[Cell, ...]:
    first = rows[0]
    values = [float(r["test_score"]) for r in rows if _is_score(r["test_score"])]
    mean = sum(values) / len(values) if values else math.nan
    sub = "" if first["study"] == "none" else f"{first['study']}: {first['variant']}"
    has_folds = any(row["fold"] for row in rows)
    links = tuple(
        (f"{r['repeat']}.{r['fold']}" if has_folds else str(r["repeat"]), _where(context, r))
        for r in rows
    )
    return (
        name_cell(context, first["method"], source=str(first["source"]), sub=context.names(sub)),
        score_cell(mean),
        Cell(text="repeat", links=links),
    )


def _where(context: ReportContext, row: dict[Any, Any]) -> str:
    trial = row["trial"]
    return f"{context.beside}/{page_name(trial)}.html" if context.beside else f"#{anchor(trial)}"
