"""Results at a glance: best method by task, its lead, its training time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import CONSTANT
from bakeoff_report.blocks import Cell, Column, Finding, Section, Table
from bakeoff_report.cells import cut, interval_cell, metric_label, score_cell, seconds_cell
from bakeoff_report.model.headline import chosen_on
from bakeoff_report.model.rare_classes import rare_classes
from bakeoff_report.model.standings import margins, standings
from bakeoff_report.model.times import cheaper_method, median_seconds
from bakeoff_report.words import (
    NONE,
    SCALE,
    Unit,
    kind_name,
    plural,
    ratio_ends,
    seconds,
    times,
    why_no_ends,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.rare_classes import RareClass
    from bakeoff_report.model.records import Standing

MOST_TASKS = 8
"""With more tasks, the table has a row per input kind."""

MOST_ROWS = 8
MOST_RARE = 3
"""Most tasks with a rare class that the finding names beside the first."""

TITLE = "Who wins, by how much, how surely and at what cost"
POINT = "a point is a hundredth of the score"
NORMALISED = "on the normalised scale from 0, guessing, to 1, what validation chose"
NOTE = (
    "Validation chose: in each split the method with the best validation score; its test score is "
    "what to expect of choosing so. Highest: by the test scores themselves, so partly by luck; "
    "expect less on new data. Ahead: of the next method on the same rows, with the 95 % interval; "
    "{}. Tied: corrected for all pairs and tasks, the difference leaves room for 0. Training: "
    "median over splits, summed over tasks. Nearly as good: tied, surely at most a tenth of the "
    "normalised scale behind, and at least twice as fast, by the median ratio of both times on the "
    "same splits."
)


def section(context: ReportContext) -> Section | None:
    """Build a row per task, or per input kind if there are many tasks; None without scores."""
    tasks = list(context.scales)
    winners = _of_tasks(context) if len(tasks) <= MOST_TASKS else _of_kinds(context)
    if not winners:
        return None
    rare = rare_classes(context)
    rows, note = cut([_row(context, winner, rare) for winner in winners], MOST_ROWS)
    units = POINT if len(tasks) <= MOST_TASKS else NORMALISED
    columns = (
        Column(title="Task" if len(tasks) <= MOST_TASKS else "Tasks", align="text"),
        Column(title="Validation chose", note="test score"),
        Column(title="Highest", align="text"),
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
    findings = _rare_findings(context, list(rare.values()))
    return Section(title=TITLE, order=5, blocks=(table,), findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """Best method on one task, or over several.

    Args:
        title: title of the row.
        sub: line below it.
        tasks: the tasks compared.
        board: the methods without the constant, best first.
        chosen: test score of what validation chose, and the method.
        score: the leader's score.
        ahead: leader minus runner-up; None without a runner-up or a common scale.
        unit: unit of that difference.
        ties: for each other method of `board`, whether it ties with the leader.
        untested: why that is unknown for some method; empty if it is known for all.
    """

    title: str
    sub: str
    tasks: list[str]
    board: list[Standing]
    chosen: Cell
    score: float
    ahead: Interval | None
    unit: Unit
    ties: list[bool | None]
    untested: str = ""


def _of_tasks(context: ReportContext) -> list[Winner]:
    winners = []
    for kind, tasks in context.kinds():
        for task in tasks:
            methods = margins(context, task, len(context.scales))
            ranked = [(s, i, t) for s, i, t in methods if s.can_lead and s.source != CONSTANT]
            if not ranked:
                continue
            winners.append(
                Winner(
                    title=context.names(task),
                    sub=f"{kind_name(kind)}, {metric_label(context, task)}",
                    tasks=[task],
                    board=[s for s, _, _ in ranked],
                    chosen=_chosen(context, task),
                    score=ranked[0][0].means[task],
                    ahead=ranked[1][1] if len(ranked) > 1 else None,
                    unit=context.unit(task),
                    ties=[tied for _, _, tied in ranked[1:]],
                    untested=_why_untested((i, tied) for _, i, tied in ranked[1:]),
                )
            )
    return winners


def _of_kinds(context: ReportContext) -> list[Winner]:
    kinds = [(kind_name(kind), tasks) for kind, tasks in context.kinds()]
    if len(kinds) > 1:
        kinds.insert(0, ("All kinds", context.compared_tasks))
    winners = []
    for kind, tasks in kinds:
        board = [
            s
            for s in standings(context, tasks, n_boards=len(kinds))
            if s.can_lead and s.source != CONSTANT
        ]
        if not board:
            continue
        winners.append(
            Winner(
                title=kind,
                sub=plural(len(tasks), "task"),
                tasks=tasks,
                board=board,
                chosen=Cell(text=NONE, tone="muted"),
                score=board[0].normalised,
                ahead=board[1].behind if len(board) > 1 else None,
                unit=SCALE,
                ties=[s.is_tied for s in board[1:]],
                untested=_why_untested((s.behind, s.is_tied) for s in board[1:]),
            )
        )
    return winners


def _why_untested(others: Iterable[tuple[Interval | None, bool | None]]) -> str:
    """Return why it is unknown whether the first of these methods ties; empty if all are known."""
    reasons = (why_no_ends(interval) for interval, tied in others if tied is None)
    return next(reasons, "")


def _rare_findings(context: ReportContext, rare: list[RareClass]) -> tuple[Finding, ...]:
    """Say which task is tested on the fewest rows of a class, and name the others."""
    if not rare:
        return ()
    first, *others = sorted(rare, key=lambda c: c.n_rows)
    named = "; ".join(f"{context.names(c.task)}, {c.rows}" for c in others[:MOST_RARE])
    more = f"; {len(others) - MOST_RARE} more" if len(others) > MOST_RARE else ""
    claim = f"On {context.names(first.task)} a split has {first.rows}: {first.effect}."
    if others:
        claim += f" Few rows of a class are tested also on {named}{more}."
    return (Finding(topic="Few test rows", claim=claim, tone="bad", is_urgent=True),)


def _row(context: ReportContext, winner: Winner, rare: Mapping[str, RareClass]) -> tuple[Cell, ...]:
    first = winner.board[0]
    few = [rare[task] for task in winner.tasks if task in rare]
    few_rows = [f"a split has {few[0].rows}"] if len(winner.tasks) == 1 and few else []
    highest = f"highest of {len(winner.board)}"
    return (
        Cell(text=winner.title, sub=winner.sub),
        winner.chosen,
        Cell(text=context.names(first.method), source=first.source, sub=_surely(winner)),
        replace(score_cell(winner.score), sub=", ".join([highest, *few_rows])),
        _ahead(winner),
        _price(context, winner),
        _cheaper(context, winner),
    )


def _chosen(context: ReportContext, task: str) -> Cell:
    """Return the test score of what validation chose, above the method that it chose most often."""
    if (chosen := chosen_on(context, task)) is None:
        return Cell(text=NONE, tone="muted")
    cell = score_cell(chosen.score.estimate, tone="strong")
    times_chosen = f"{chosen.n_times} of {chosen.n_splits} splits"
    return replace(cell, sub=f"{context.names(chosen.method)}, {times_chosen}")


def _surely(winner: Winner) -> str:
    if not winner.ties:
        return "without a rival"
    n_tied = sum(tied is True for tied in winner.ties)
    if n_tied:
        return f"tied with {plural(n_tied, 'other')}"
    if winner.untested:
        return f"how surely is not known ({winner.untested})"
    return "clear of all others"


def _price(context: ReportContext, winner: Winner) -> Cell:
    """Return the leader's training time, above the time of its search."""
    first = winner.board[0]
    rows = context.main[context.main["method"] == first.method]
    rows = rows[rows["task"].isin(winner.tasks)]
    searched = median_seconds(rows, rows["search_s"])
    sub = f"search {seconds(searched)}" if searched > 0 else ""
    return seconds_cell(first.train_s, sub=sub)


def _ahead(winner: Winner) -> Cell:
    cell = interval_cell(winner.ahead, winner.unit)
    if winner.ahead is None or cell.text == NONE:
        return cell
    tone = "good" if winner.ties[0] is False else "plain"
    unit = "" if winner.unit == SCALE else f" {winner.unit.name}"
    return Cell(text=f"{cell.text}{unit}", sub=cell.sub, tone=tone, sort=cell.sort)


def _cheaper(context: ReportContext, winner: Winner) -> Cell:
    """Return the fastest method that is nearly as good as the leader, or a dash."""
    first = winner.board[0]
    tied = [s for s, is_tied in zip(winner.board[1:], winner.ties, strict=True) if is_tied]
    if (cheap := cheaper_method(context, winner.tasks, first, tied)) is None:
        return Cell(text=NONE, tone="muted")
    ratio = f"{times(cheap.ratio.estimate)} {ratio_ends(cheap.ratio)}".strip()
    return Cell(
        text=context.names(cheap.standing.method),
        source=cheap.standing.source,
        sub=f"{seconds(cheap.standing.train_s)}, {ratio} times as fast",
    )
