"""Seconds by phase of a trial, and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.cells import cut, name_cell, seconds_cell
from bakeoff_report.words import kind_name, memory, plural

if TYPE_CHECKING:
    from collections.abc import Hashable

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
_TIMES = [*PHASES, "seconds", "wall_s"]
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
    lines = []
    for method, facts in _facts(rows).items():
        sub = f"{facts['n_tasks']} of {plural(n_tasks, 'task')}"
        source = str(facts["source"])
        cells = [
            name_cell(context, method, source=source, sub=sub if facts["n_tasks"] < n_tasks else "")
        ]
        for column in (*used, "seconds", "wall_s"):
            is_reused = column == "featurize_s" and facts["n_reused"]
            reused = f"reused in {facts['n_reused']} of {facts['n']}" if is_reused else ""
            cells.append(seconds_cell(float(facts[column]), sub=reused))
        peak = float(facts["peak_rss_mib"])
        cells.append(Cell(text=memory(peak), sort=peak if peak >= 0 else None))
        lines.append(tuple(cells))
    # Of many methods the slowest are shown.
    lines.sort(key=lambda line: line[-2].sort or 0.0, reverse=len(lines) > MOST_ROWS)
    note = "A reused feature matrix is shown with the time that its making took."
    rows_shown, note = cut(lines, MOST_ROWS, note)
    return Table(caption=caption, columns=columns, rows=rows_shown, note=note)


def _facts(rows: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """Return times, memory and counts by method: medians over splits, then over tasks.

    Times are sums over tasks, `seconds` those of training; memory is that of the largest task.
    """
    by_task = rows.groupby(["method", "task"], sort=False)[[*_TIMES, "peak_rss_mib"]].median()
    by_method = by_task.groupby("method", sort=False)
    facts = by_method[_TIMES].sum(min_count=1)
    facts["peak_rss_mib"], facts["n_tasks"] = by_method["peak_rss_mib"].max(), by_method.size()
    of_trials = rows["reused_featurize"].eq(True).groupby(rows["method"], sort=False)
    facts["n_reused"], facts["n"] = of_trials.sum(), of_trials.size()
    facts["source"] = rows.groupby("method", sort=False)["source"].first()
    return {str(row["method"]): row for row in facts.reset_index().to_dict("records")}


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
