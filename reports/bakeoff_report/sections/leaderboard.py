"""Every method on every task, and its mean normalised score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.boards import Standing, standings
from bakeoff_report.sections.cells import name_cell, score_cell
from bakeoff_report.words import ARROWS, KINDS, NONE, SCALE, metric_name, seconds, spoken

if TYPE_CHECKING:
    from bakeoff_report.context import ReportContext

LEAD = (
    "Mean test score of every method. The normalised score is 0 for the constant method and 1 for "
    "the reference that validation chose, so tasks with different metrics can be averaged; every "
    "task weighs the same."
)
NOTE = (
    "= tied with the leader: the paired difference, Holm-corrected within the table, leaves room "
    "for 0. \u201cBehind\u201d is that difference on the normalised scale, with its 95 % interval "
    "about these tasks. A dash is a missing score; such methods stand last and have no mean."
)
NO_SCALE = (
    "There are no normalised scores for {}: they need a constant method that the reference beats, "
    "so methods are ordered by their mean rank there."
)


def section(context: ReportContext) -> Section | None:
    """One table a kind of input, and one over all; gone where nothing has a score."""
    kinds = list(context.kinds())
    if not kinds:
        return None
    blocks: list[Block] = []
    every = [task for _, tasks in kinds for task in tasks]
    if len(kinds) > 1:
        whole = [s for s in standings(context, every) if len(s.means) == len(every)]
        if len(whole) > 1:
            caption = "All kinds of input: methods with a score on every task"
            blocks.append(_table(context, every, whole, caption, note=NOTE))
    for kind, tasks in kinds:
        caption = f"{KINDS.get(kind, spoken(kind))}: mean test score"
        note = "" if blocks else NOTE
        blocks.append(_table(context, tasks, standings(context, tasks), caption, note=note))
    if without := [context.names(t) for t in every if not context.scales[t].is_known]:
        blocks.append(Prose(text=NO_SCALE.format(", ".join(without)), tone="note"))
    return Section(title="Leaderboard", order=30, lead=LEAD, blocks=tuple(blocks))


def _table(
    context: ReportContext, tasks: list[str], board: list[Standing], caption: str, *, note: str
) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Rank"),
        Column(title="Normalised", note="mean"),
        Column(title="Behind"),
        *(_task_column(context, task) for task in tasks),
        Column(title="Training", note="all tasks"),
        Column(title="Complete", note="of planned"),
    )
    best = {t: _best(context, t, board) for t in tasks}
    counts = _counts(context, tasks)
    rows = tuple(_row(context, tasks, standing, best, counts) for standing in board)
    return Table(caption=caption, columns=columns, rows=rows, note=note)


def _task_column(context: ReportContext, task: str) -> Column:
    row = context.tasks.loc[task]
    arrow = ARROWS.get(str(row["direction"]), "")
    return Column(
        title=context.names(task),
        note=f"{metric_name(context.names(row['metric']))} {arrow}".strip(),
    )


def _row(
    context: ReportContext,
    tasks: list[str],
    standing: Standing,
    best: dict[str, float],
    counts: dict[str, tuple[int, int]],
) -> tuple[Cell, ...]:
    complete, planned = counts.get(standing.method, (0, 0))
    scores = []
    for task in tasks:
        value = standing.means.get(task, math.nan)
        scores.append(score_cell(value, tone="strong" if value == best[task] else "plain"))
    return (
        name_cell(context, standing.method, source=standing.source, sub=spoken(standing.source)),
        Cell(text=str(standing.rank), sort=standing.rank),
        score_cell(
            standing.normalised,
            mark="=" if standing.is_tied else "",
            meaning="tied with the leader" if standing.is_tied else "",
            tone="strong" if standing.rank == 1 else "plain",
        ),
        _behind(standing),
        *scores,
        Cell(text=seconds(standing.train_s), sort=_finite(standing.train_s)),
        Cell(
            text=f"{complete}/{planned}",
            tone="bad" if complete < planned else "plain",
            sort=complete,
        ),
    )


def _behind(standing: Standing) -> Cell:
    behind = standing.behind
    if behind is None:
        return Cell(text=NONE, tone="muted")
    text = SCALE.difference(behind.estimate).lstrip("+")
    return Cell(text=text, sub=SCALE.ends(behind) or "no interval", sort=behind.estimate)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _best(context: ReportContext, task: str, board: list[Standing]) -> float:
    values = [s.means[task] for s in board if task in s.means]
    minimize = context.tasks.loc[task, "direction"] == "minimize"
    return (min if minimize else max)(values, default=math.nan)


def _counts(context: ReportContext, tasks: list[str]) -> dict[str, tuple[int, int]]:
    """For each method: complete trials outside studies, and planned ones."""
    rows = context.trials[context.trials["task"].isin(tasks) & (context.trials["study"] == "none")]
    groups = (rows["state"] == "complete").groupby(rows["method"])
    sums, sizes = groups.sum(), groups.size()
    return {str(m): (int(sums[m]), int(sizes[m])) for m in sizes.index}
