"""Test score of each source of features, task by task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import usual_method
from bakeoff.statistics.significance import ALPHA, holm_of_leader
from bakeoff_report.blocks import Cell, Column, Section, Table
from bakeoff_report.cells import metric_cell, name_cell, score_cell
from bakeoff_report.words import KINDS, NONE, spoken, why_no_ends

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext

CLEAR, TIED = "\N{ASTERISK}", "="
LEAD = (
    "Test score of each source of features, mean over splits. In each split a source is "
    "represented by the method that validation chose among its methods, so that trying more of "
    "them gains nothing from luck. A source that lacks a split is never the best."
)
NOTE = (
    "\N{ASTERISK} best, and clear of every other source; = tied with the best: the paired "
    "difference, corrected for all pairs and tasks, leaves room for 0. A tested source "
    "without a mark is clearly below the best. Below each score: the method chosen most often."
)
ALONE = "there is no other source"
LACKS = "a source lacks a split"
MOST_NAMED = 5
"""Most tasks that the note names for one reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Marks of the sources of one task.

    Args:
        best: source with the best mean test score; empty without scores.
        by_source: mark and its meaning, of sources that were tested.
        reasons: why other sources were not tested against the best.
    """

    best: str
    by_source: dict[str, tuple[str, str]]
    reasons: tuple[str, ...]


def section(context: ReportContext) -> Section | None:
    """Tabulate tasks by sources; None without scores."""
    if context.main.empty:
        return None
    tasks = [task for _, of_kind in context.kinds() for task in of_kind]
    marks = {task: _marks(context, task, len(tasks)) for task in tasks}
    rows = tuple(_row(context, task, marks[task]) for task in tasks)
    columns = (
        Column(title="Task", align="text"),
        Column(title="Metric", align="text"),
        *(Column(title=spoken(source)) for source in context.sources),
    )
    table = Table(
        caption="Mean test score of each source on each task",
        columns=columns,
        rows=rows,
        note=_note(context, marks),
    )
    return Section(title="Which source wins, task by task", order=10, lead=LEAD, blocks=(table,))


def _note(context: ReportContext, marks: dict[str, Marks]) -> str:
    """Explain the marks, and say why sources have none where they were not tested."""
    tasks_by_reason: dict[str, list[str]] = {}
    for task, of_task in marks.items():
        for reason in of_task.reasons:
            tasks_by_reason.setdefault(reason, []).append(task)
    parts = [NOTE] if any(of_task.by_source for of_task in marks.values()) else []
    for reason, tasks in tasks_by_reason.items():
        named = ", ".join(context.names(task) for task in tasks[:MOST_NAMED])
        more = f" and {len(tasks) - MOST_NAMED} more" if len(tasks) > MOST_NAMED else ""
        where = "" if len(tasks) == len(marks) and not parts else f" on {named}{more}"
        parts.append(f"Not tested{where}: {reason}.")
    return " ".join(parts)


def _row(context: ReportContext, task: str, of_task: Marks) -> tuple[Cell, ...]:
    rows, scores = _chosen(context, task)
    means = context.sign(task) * scores.mean(axis=1)
    best, marks = of_task.best, of_task.by_source
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


def _chosen(context: ReportContext, task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the chosen trials of a task, and their scores, sources by splits, higher is better."""
    rows = context.chosen[(context.chosen["task"] == task)]
    rows = rows[rows["source"].isin(context.sources)]
    return rows, rows.pivot_table(index="source", columns=["repeat", "fold"], values="signed")


def _marks(context: ReportContext, task: str, n_tasks: int) -> Marks:
    """Return marks: `=` for sources tied with the best, `*` for a best that beats all others."""
    _, scores = _chosen(context, task)
    # A source that lacks a split can't lead: its mean is over other splits.
    means = scores[scores.notna().all(axis=1)].mean(axis=1)
    best = str(means.idxmax()) if len(means) else ""
    others = [str(source) for source in means.index if source != best]
    intervals: dict[str, Interval] = {}
    untested = [LACKS] if len(means) < len(scores) else [] if others else [ALONE]
    for source in others:
        table = context.paired(best, source).get(task)
        if table is None:
            untested.append(why_no_ends(None))
            continue
        intervals[source] = context.intervals.difference(table, task)
        if not intervals[source].is_known:
            untested.append(why_no_ends(intervals[source]))
    adjusted = n_tasks * holm_of_leader([i.p for i in intervals.values()])
    tested = {s for s, i in intervals.items() if i.is_known}
    beaten = {
        source
        for source, p in zip(intervals, adjusted, strict=True)
        if source in tested and p <= ALPHA and intervals[source].estimate > 0
    }
    marks = dict.fromkeys(tested - beaten, (TIED, "tied with the best"))
    if others and beaten == set(others):
        marks[best] = (CLEAR, "best, clear of every other source")
    elif tested - beaten:
        marks[best] = (TIED, "highest, tied")
    return Marks(best=best, by_source=marks, reasons=tuple(dict.fromkeys(untested)))
