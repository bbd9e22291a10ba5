"""Seconds by phase of a trial, and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.cells import cut, name_cell
from bakeoff_report.words import kind_name, memory, plural, seconds

if TYPE_CHECKING:
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
    "Median wall-clock time of each phase of a trial, over the complete trials of a method. Apart "
    "from the fit: loading, features, search, and compilation with its first step."
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
        blocks.append(
            _table(context, f"{name}: median time of a trial", rows[rows["task"].isin(tasks)])
        )
    return Section(title="Time and memory", order=65, lead=LEAD, blocks=tuple(blocks))


def _table(context: ReportContext, caption: str, rows: pd.DataFrame) -> Table:
    groups = rows.groupby("method", sort=False)
    medians = groups[[*PHASES, "wall_s", "peak_rss_mib"]].median(numeric_only=True)
    sources = groups["source"].first()
    reused = rows["reused_featurize"].eq(True).groupby(rows["method"]).sum()
    sizes = groups.size()
    used = [p for p in PHASES if medians[p].fillna(0).gt(0).any()]
    columns = (
        Column(title="Method", align="text"),
        *(Column(title=PHASES[phase]) for phase in used),
        Column(title="Whole trial"),
        Column(title="Peak memory"),
    )
    lines = []
    for method in medians["wall_s"].sort_values(ascending=len(medians) <= MOST_ROWS).index:
        row = medians.loc[method]
        cells = [name_cell(context, method, source=str(sources[method]))]
        for phase in used:
            again = int(reused[method]) if phase == "featurize_s" else 0
            sub = f"reused in {again} of {sizes[method]}" if again else ""
            value = float(row[phase])
            cells.append(Cell(text=seconds(value), sub=sub, sort=value if value >= 0 else None))
        whole_s, peak = float(row["wall_s"]), float(row["peak_rss_mib"])
        cells.append(Cell(text=seconds(whole_s), sort=whole_s if whole_s >= 0 else None))
        cells.append(Cell(text=memory(peak), sort=peak if peak >= 0 else None))
        lines.append(tuple(cells))
    note = "A reused feature matrix is shown with the time that its making took."
    rows_shown, note = cut(lines, MOST_ROWS, note)
    return Table(caption=caption, columns=columns, rows=rows_shown, note=note)


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
