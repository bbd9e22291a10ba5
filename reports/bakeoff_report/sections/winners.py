"""The first screen: which method wins, by how much, how surely, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import CONSTANT
from bakeoff_report.blocks import Cell, Column, Section, Table
from bakeoff_report.cells import cut, interval_cell, metric_label, score_cell, seconds_cell
from bakeoff_report.model.standings import bargain, leads, standings
from bakeoff_report.words import (
    NONE,
    SCALE,
    Unit,
    kind_name,
    plural,
    seconds,
    times,
)

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

MOST_TASKS = 8
"""Of more tasks the table has a row for each kind of input."""

MOST_ROWS = 8
TITLE = "Who wins, by how much, how surely and at what cost"
POINT = "a point is a hundredth of the score"
NORMALISED = "on the normalised scale from 0, guessing, to 1, what validation chose"
NOTE = (
    "Ahead: of the next method on the same rows, with the 95 % interval; {}. Tied: corrected "
    "for all pairs, the difference leaves room for 0. Training: of one split, summed over tasks. "
    "Nearly as good: tied, surely at most a tenth of the normalised scale behind, in less than "
    "half of the time."
)


def section(context: ReportContext) -> Section | None:
    """A row for each task, or for each kind of input where tasks are many; gone without scores."""
    tasks = list(context.scales)
    found = _of_tasks(context) if len(tasks) <= MOST_TASKS else _of_kinds(context)
    if not found:
        return None
    rows, note = cut([_row(context, lead) for lead in found], MOST_ROWS)
    units = POINT if len(tasks) <= MOST_TASKS else NORMALISED
    columns = (
        Column(title="Task" if len(tasks) <= MOST_TASKS else "Tasks", align="text"),
        Column(title="Winner", align="text"),
        Column(title="Test score"),
        Column(title="Ahead of the next"),
        Column(title="Training"),
        Column(title="Nearly as good, and faster", align="text"),
    )
    table = Table(
        caption=TITLE,
        columns=columns,
        rows=rows,
        note=f"{NOTE.format(units)} {note}".strip(),
        is_sortable=False,
    )
    return Section(title=TITLE, order=5, blocks=(table,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Who leads on a task, or over several.

    Args:
        title: of the row.
        sub: below it.
        tasks: that it is about.
        board: the methods, best first, the constant left out.
        score: the test score to show for the leader.
        ahead: leader minus the next; None without a rival or without a common scale.
        unit: of that difference.
        ties: for each method of `board` behind the leader, whether it ties with it.
    """

    title: str
    sub: str
    tasks: list[str]
    board: list[Standing]
    score: float
    ahead: Interval | None
    unit: Unit
    ties: list[bool | None]


def _of_tasks(context: ReportContext) -> list[Lead]:
    found = []
    for kind, tasks in context.kinds():
        for task in tasks:
            every = leads(context, task)
            kept = [(s, i, tied) for s, i, tied in every if s.source != CONSTANT]
            if not kept:
                continue
            found.append(
                Lead(
                    title=context.names(task),
                    sub=f"{kind_name(kind)}, {metric_label(context, task)}",
                    tasks=[task],
                    board=[s for s, _, _ in kept],
                    score=kept[0][0].means[task],
                    ahead=kept[1][1] if len(kept) > 1 else None,
                    unit=context.unit(task),
                    ties=[tied for _, _, tied in kept[1:]],
                )
            )
    return found


def _of_kinds(context: ReportContext) -> list[Lead]:
    kinds = [(kind_name(kind), tasks) for kind, tasks in context.kinds()]
    if len(kinds) > 1:
        kinds.insert(0, ("All kinds", [task for _, tasks in kinds for task in tasks]))
    found = []
    for kind, tasks in kinds:
        board = [s for s in standings(context, tasks) if s.is_whole and s.source != CONSTANT]
        if not board:
            continue
        found.append(
            Lead(
                title=kind,
                sub=plural(len(tasks), "task"),
                tasks=tasks,
                board=board,
                score=board[0].normalised,
                ahead=board[1].behind if len(board) > 1 else None,
                unit=SCALE,
                ties=[s.is_tied for s in board[1:]],
            )
        )
    return found


def _row(context: ReportContext, lead: Lead) -> tuple[Cell, ...]:
    first = lead.board[0]
    return (
        Cell(text=lead.title, sub=lead.sub),
        Cell(text=context.names(first.method), source=first.source, sub=_surely(lead)),
        score_cell(lead.score, tone="strong"),
        _ahead(lead),
        _price(context, lead),
        _bargain(context, lead),
    )


def _surely(lead: Lead) -> str:
    if not lead.ties:
        return "without a rival"
    n_tied = sum(tied is True for tied in lead.ties)
    if n_tied:
        return f"tied with {plural(n_tied, 'other')}"
    if any(tied is None for tied in lead.ties):
        return "too few repeats to tell how surely"
    return "clear of all others"


def _price(context: ReportContext, lead: Lead) -> Cell:
    """Seconds to train the leader, and below them those of its search."""
    first = lead.board[0]
    rows = context.main[context.main["method"] == first.method]
    rows = rows[rows["task"].isin(lead.tasks)]
    searched = float(rows.groupby("task")["search_s"].mean().sum())
    sub = f"search {seconds(searched)}" if searched > 0 else ""
    return seconds_cell(first.train_s, sub=sub)


def _ahead(lead: Lead) -> Cell:
    cell = interval_cell(lead.ahead, lead.unit)
    if lead.ahead is None or cell.text == NONE:
        return cell
    tone = "good" if lead.ties[0] is False else "plain"
    unit = "" if lead.unit == SCALE else f" {lead.unit.name}"
    return Cell(text=f"{cell.text}{unit}", sub=cell.sub, tone=tone, sort=cell.sort)


def _bargain(context: ReportContext, lead: Lead) -> Cell:
    """The fastest method that is nearly as good as the leader."""
    first = lead.board[0]
    tied = [s for s, is_tied in zip(lead.board[1:], lead.ties, strict=True) if is_tied]
    if (cheap := bargain(first, tied)) is None:
        return Cell(text=NONE, tone="muted")
    ratio = times(first.train_s / cheap.train_s) if cheap.train_s > 0 else "many"
    return Cell(
        text=context.names(cheap.method),
        source=cheap.source,
        sub=f"{seconds(cheap.train_s)}, {ratio} times as fast",
    )
