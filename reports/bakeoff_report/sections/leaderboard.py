"""Every method on every task, and its mean normalised score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bakeoff_report.blocks import (
    Block,
    Board,
    Cell,
    Column,
    Details,
    Prose,
    Section,
    Table,
)
from bakeoff_report.cells import cut, name_cell, score_cell
from bakeoff_report.embed import board_data
from bakeoff_report.model.headline import winner
from bakeoff_report.model.standings import standings
from bakeoff_report.words import (
    ARROWS,
    KINDS,
    NONE,
    SCALE,
    metric_name,
    number,
    plural,
    seconds,
    spoken,
)

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

MOST_TASKS = 12
"""More tasks than this have no column of their own; choosing one shows its scores."""

MOST_METHODS = 160
EVERY = "All kinds of input"
NO_RANK = "no ranks, since no two methods have a score on every task"
LEAD = (
    "Mean test score of every method. The normalised score is 0 for the constant method and 1 for "
    "the reference that validation chose, so tasks with different metrics can be averaged; every "
    "task weighs the same."
)
NOTE = (
    "= tied with the leader: the paired difference, corrected for all pairs of the table, leaves "
    "room for 0. \u201cBehind\u201d is that difference on the normalised scale, with its 95 % "
    "interval about these tasks. A dash is a missing score; methods without a score on every task "
    "have no rank and stand last, by their mean rank where they have one."
)
NO_SCALE = (
    "There are no normalised scores for {}: they need a constant method that the reference beats, "
    "so methods are ordered by their mean rank there."
)


def section(context: ReportContext) -> Section | None:
    """One board over all to filter, one table a kind of input; gone where nothing has a score."""
    kinds = list(context.kinds())
    if not kinds:
        return None
    every = [task for _, tasks in kinds for task in tasks]
    start = _start(context, kinds)
    shown = next((tasks for kind, tasks in kinds if kind == start), every)
    first = EVERY if len(kinds) > 1 and not start else _kind(start or kinds[0][0])
    table = _table(context, shown, f"{first}: mean test score", note=NOTE)
    data = board_data(context) | {"start": _kind(start)}
    blocks: list[Block] = [Board(table=table, data=data)]
    for kind, tasks in kinds if len(kinds) > 1 else ():
        if kind == start:
            continue
        caption = f"{_kind(kind)}: mean test score"
        of_kind = _table(context, tasks, caption, most=MOST_METHODS // len(kinds))
        summary = f"{_kind(kind)} alone: {plural(len(standings(context, tasks)), 'method')}"
        blocks.append(Details(summary=summary, blocks=(of_kind,)))
    if start:
        whole = _table(context, every, f"{EVERY}: mean test score")
        blocks.append(Details(summary=f"{EVERY}: {NO_RANK}", blocks=(whole,)))
    if without := [context.names(t) for t in every if not context.scales[t].is_known]:
        blocks.append(Prose(text=NO_SCALE.format(", ".join(without)), tone="note"))
    return Section(
        title="Leaderboard",
        order=30,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=winner(context, every),
    )


def _start(context: ReportContext, kinds: list[tuple[str, list[str]]]) -> str:
    """The kind that the board shows first where no method can be ranked over all; else empty."""
    every = [task for _, tasks in kinds for task in tasks]
    if len(kinds) < 2 or any(s.is_whole for s in standings(context, every)):  # noqa: PLR2004
        return ""
    ranked = {k: sum(s.is_whole for s in standings(context, tasks)) for k, tasks in kinds}
    best = max(ranked, key=lambda kind: ranked[kind])
    return best if ranked[best] else ""


def _kind(kind: str) -> str:
    return KINDS.get(kind, spoken(kind))


def _table(
    context: ReportContext,
    tasks: list[str],
    caption: str,
    *,
    most: int = MOST_METHODS,
    note: str = "",
) -> Table:
    board = standings(context, tasks)
    shown = tasks if len(tasks) <= MOST_TASKS else []
    columns = (
        Column(title="Method", align="text"),
        Column(title="Rank"),
        Column(title="Normalised", note="mean, higher is better"),
        Column(title="Behind", note="the leader"),
        Column(title="Mean rank", note="1 is best"),
        *(_task_column(context, task) for task in shown),
        Column(title="Training", note="sum over tasks"),
        Column(title="Complete", note="of planned"),
    )
    best = {t: _best(context, t, board) for t in shown}
    kept, note = cut(board, most, note)
    rows = tuple(_row(context, shown, standing, best) for standing in kept)
    return Table(caption=caption, columns=columns, rows=rows, note=note)


def _task_column(context: ReportContext, task: str) -> Column:
    row = context.tasks.loc[task]
    arrow = ARROWS.get(str(row["direction"]), "")
    return Column(
        title=context.names(task),
        note=f"{metric_name(context.names(row['metric']))} {arrow}".strip(),
    )


def _row(
    context: ReportContext, tasks: list[str], standing: Standing, best: dict[str, float]
) -> tuple[Cell, ...]:
    scores = []
    for task in tasks:
        value = standing.means.get(task, math.nan)
        scores.append(score_cell(value, tone="strong" if value == best[task] else "plain"))
    return (
        name_cell(context, standing.method, source=standing.source, sub=spoken(standing.source)),
        Cell(text=str(standing.rank), sort=standing.rank) if standing.is_whole else Cell(text=NONE),
        score_cell(
            standing.normalised,
            mark="=" if standing.is_tied else "",
            meaning="tied with the leader" if standing.is_tied else "",
            tone="strong" if standing.rank == 1 else "plain",
        ),
        _behind(standing),
        Cell(text=number(standing.mean_rank, 1), sort=standing.mean_rank),
        *scores,
        Cell(text=seconds(standing.train_s), sort=_finite(standing.train_s)),
        Cell(
            text=f"{standing.complete}/{standing.planned}",
            tone="bad" if standing.complete < standing.planned else "plain",
            sort=standing.complete,
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
