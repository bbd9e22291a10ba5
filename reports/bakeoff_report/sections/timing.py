"""Seconds by phase of a trial, and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.cells import cut, name_cell, seconds_cell
from bakeoff_report.model.times import median_seconds
from bakeoff_report.words import kind_name, memory, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bakeoff_report.model.context import ReportContext

PHASES = {
    "load_s": "Load",
    "featurize_s": "Features",
    "search_s": "Search",
    "compile_s": "Compile",
    "fit_s": "Fit",
    "predict_s": "Predict",
}
MOST_ROWS = 60
LEAD = (
    "Wall-clock time of each phase of a trial: the median over the splits of a task, summed over "
    "tasks. Apart from the fit: loading, features, search, and compilation with its first step. "
    "Memory: the median over splits, of the task that needs most."
)


def section(context: ReportContext) -> Section | None:
    """Build one table per input kind; None if nothing completed."""
    rows = context.main
    if rows.empty:
        return None
    blocks: list[Block] = []
    if warning := _mixed(rows):
        blocks.append(Prose(text=warning, tone="note"))
    for kind, tasks in context.kinds():
        name = kind_name(kind)
        blocks.append(_table(context, f"{name}: time of one split", rows[rows["task"].isin(tasks)]))
    return Section(title="Time and memory", order=65, lead=LEAD, blocks=tuple(blocks))


def _table(context: ReportContext, caption: str, rows: pd.DataFrame) -> Table:
    n_tasks = rows["task"].nunique()
    used = [p for p in PHASES if rows[p].fillna(0).gt(0).any()]
    columns = (
        Column(title="Method", align="text"),
        *(Column(title=PHASES[phase]) for phase in used),
        Column(title="Training", note="features, compile and fit"),
        Column(title="Whole trial"),
        Column(title="Peak memory"),
    )
    lines = [
        _row(context, str(method), part, used, n_tasks)
        for method, part in rows.groupby("method", sort=False)
    ]
    # Of many methods the slowest are shown.
    lines.sort(key=lambda line: line[-2].sort or 0.0, reverse=len(lines) > MOST_ROWS)
    note = "A reused feature matrix is shown with the time that its making took."
    rows_shown, note = cut(lines, MOST_ROWS, note)
    return Table(caption=caption, columns=columns, rows=rows_shown, note=note)


def _row(
    context: ReportContext, method: str, part: pd.DataFrame, used: Sequence[str], n_tasks: int
) -> tuple[Cell, ...]:
    """Return the times of a method, and its memory on the task that needs most."""
    n_own = part["task"].nunique()
    sub = f"{n_own} of {plural(n_tasks, 'task')}" if n_own < n_tasks else ""
    cells = [name_cell(context, method, source=str(part["source"].iloc[0]), sub=sub)]
    for phase in used:
        again = int(part["reused_featurize"].eq(True).sum()) if phase == "featurize_s" else 0
        reused = f"reused in {again} of {len(part)}" if again else ""
        cells.append(seconds_cell(median_seconds(part, part[phase]), sub=reused))
    cells.append(seconds_cell(median_seconds(part)))
    cells.append(seconds_cell(median_seconds(part, part["wall_s"])))
    peak = float(part["peak_rss_mib"].groupby(part["task"]).median().max())
    return (*cells, Cell(text=memory(peak), sort=peak if peak >= 0 else None))


def _mixed(rows: pd.DataFrame) -> str:
    """Return a warning if times were measured under different conditions, else an empty text."""
    parts = []
    for column, name in (("concurrency", "number of trials at once"), ("machine", "machine")):
        values = sorted({str(v) for v in rows[column].dropna()} - {""})
        if len(values) > 1:
            parts.append(f"{plural(len(values), name)} ({', '.join(values[:5])})")
    if not parts:
        return ""
    return (
        f"Mind the comparison: these times were taken under more than one {' and '.join(parts)}. "
        "Times of different conditions are not comparable."
    )
