"""Test score of each source of features, task by task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import usual_method
from bakeoff.statistics.significance import holm_of_leader
from bakeoff_report.blocks import Cell, Column, Section, Table
from bakeoff_report.cells import metric_cell, name_cell, score_cell
from bakeoff_report.model.findings import ALPHA
from bakeoff_report.words import KINDS, NONE, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext

CLEAR, TIED = "\N{ASTERISK}", "="
LEAD = (
    "Test score of each source of features, mean over repeats. In each repeat a source is "
    "represented by the method that validation chose among its methods, so that trying more of "
    "them gains nothing from luck. A source that lacks a split is never the best."
)
NOTE = (
    "\N{ASTERISK} best, and clear of every other source; = tied with the best: the paired "
    "difference, corrected for all pairs of the task, leaves room for 0. A source without a mark "
    "lies below the best. Below each score: the method chosen most often."
)
UNMARKED = "Too few repeats for marks: three are needed."


def section(context: ReportContext) -> Section | None:
    """Tabulate tasks by sources; None without scores."""
    if context.main.empty:
        return None
    rows = tuple(_row(context, task) for _, tasks in context.kinds() for task in tasks)
    columns = (
        Column(title="Task", align="text"),
        Column(title="Metric", align="text"),
        *(Column(title=spoken(source)) for source in context.sources),
    )
    marked = any(cell.mark in (CLEAR, TIED) for row in rows for cell in row[2:] if cell.mark)
    table = Table(
        caption="Mean test score of each source on each task",
        columns=columns,
        rows=rows,
        note=NOTE if marked else UNMARKED,
    )
    return Section(title="Which source wins, task by task", order=10, lead=LEAD, blocks=(table,))


def _row(context: ReportContext, task: str) -> tuple[Cell, ...]:
    rows = context.chosen[(context.chosen["task"] == task)]
    rows = rows[rows["source"].isin(context.sources)]
    scores = rows.pivot_table(index="source", columns=["repeat", "fold"], values="signed")
    means = context.sign(task) * scores.mean(axis=1)
    # A source that lacks a split can't lead: its mean is over other splits.
    lasting = scores[scores.notna().all(axis=1)].mean(axis=1)
    best = str(lasting.idxmax()) if len(lasting) else ""
    marks = _marks(context, task, best, list(lasting.index.drop(best, errors="ignore")))
    kind = str(context.tasks.loc[task, "input_kind"])
    cells = [name_cell(context, task, sub=KINDS.get(kind, kind)), metric_cell(context, task)]
    for source in context.sources:
        if source not in means.index:
            cells.append(Cell(text=NONE, tone="muted"))
            continue
        mark, meaning = marks.get(source, ("", ""))
        tone = "strong" if source == best else "plain"
        cell = score_cell(float(means[source]), mark=mark, meaning=meaning, tone=tone)
        usual = context.names(usual_method(rows[rows["source"] == source]))
        n_splits = int(scores.loc[[source]].notna().to_numpy().sum())
        lacks = f", {n_splits} of {scores.shape[1]} splits" if n_splits < scores.shape[1] else ""
        cells.append(replace(cell, sub=f"{usual}{lacks}"))
    return tuple(cells)


def _marks(
    context: ReportContext, task: str, best: str, others: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return marks: `=` for sources tied with the best, `*` for a best that beats all others."""
    intervals: dict[str, Interval] = {}
    for source in others:
        if (table := context.paired(best, source).get(task)) is not None:
            intervals[source] = context.intervals.difference(table, task)
    adjusted = holm_of_leader([i.p for i in intervals.values()])
    tested = {s for s, i in intervals.items() if i.is_known}
    beaten = {
        source
        for source, p in zip(intervals, adjusted, strict=True)
        if source in tested and p <= ALPHA and intervals[source].estimate > 0
    }
    marks = dict.fromkeys(tested - beaten, (TIED, "tied with the best"))
    if intervals and beaten == set(intervals):
        marks[best] = (CLEAR, "best, clear of every other source")
    elif tested - beaten:
        marks[best] = (TIED, "highest, tied")
    return marks
