"""Score against training time, as Pareto fronts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import CONSTANT
from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Finding, Section, Table
from bakeoff_report.cells import cut, name_cell, score_cell
from bakeoff_report.figures.pareto_front import Panel, fronts
from bakeoff_report.model.standings import standings
from bakeoff_report.model.times import cheaper_method
from bakeoff_report.words import SCALE, kind_name, ratio_ends, score, seconds, spoken, times

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing
    from bakeoff_report.model.times import CheaperMethod

LEAD = (
    "Methods on the Pareto front, joined by the line, score highest for their training time: "
    "whatever is faster scores lower. Training counts features, compilation and fitting: the "
    "median over splits, summed over tasks. A matrix that was reused counts as if made anew. "
    "Guessing is left out."
)
MOST_ROWS = 60


def section(context: ReportContext) -> Section | None:
    """Plot and tabulate one front per input kind; None without scores or times."""
    panels: list[Panel] = []
    tables: list[Block] = []
    savings: list[Saving] = []
    for kind, tasks in context.kinds():
        board = [s for s in standings(context, tasks) if _is_placed(s)]
        if len(board) < 2:  # noqa: PLR2004  a front of one method tells nothing
            continue
        front = pareto_front(board)
        name = kind_name(kind)
        panels.append(Panel(title=name, board=board, front=front))
        table = _table(context, f"{name}: what each score costs", board, front)
        tables.append(Details(summary=f"{name}: numbers", blocks=(table,)))
        savings += [s for s in [_saving(context, name, tasks, board)] if s]
    if not panels:
        return None
    caption = "Mean normalised test score against training time, by kind of input"
    svg = fronts(panels, context.names, "pareto")
    alt = f"{caption}. Numbers in the tables below."
    return Section(
        title="Score against cost",
        order=60,
        lead=LEAD,
        blocks=(Figure(svg=svg, caption=caption, alt=alt), *tables),
        findings=_findings(context, savings),
    )


def _is_placed(standing: Standing) -> bool:
    is_guess = standing.source == CONSTANT
    is_timed = math.isfinite(standing.normalised) and standing.train_s > 0
    return standing.can_lead and not is_guess and is_timed


def pareto_front(board: list[Standing]) -> set[str]:
    """Return the methods that no other method beats in score without taking longer."""
    front, best = set(), -math.inf
    for standing in sorted(board, key=lambda s: (s.train_s, -s.normalised)):
        if standing.normalised > best:
            front.add(standing.method)
            best = standing.normalised
    return front


def _table(context: ReportContext, caption: str, board: list[Standing], front: set[str]) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Normalised", note="mean"),
        Column(title="Training", note="all tasks"),
        Column(title="On the front", align="text"),
    )
    shown, note = cut(sorted(board, key=lambda s: s.method not in front), MOST_ROWS)
    rows = tuple(
        (
            name_cell(context, s.method, source=s.source, sub=spoken(s.source)),
            score_cell(s.normalised),
            Cell(text=seconds(s.train_s), sort=s.train_s),
            Cell(
                text="yes" if s.method in front else "no",
                tone="strong" if s.method in front else "muted",
            ),
        )
        for s in sorted(shown, key=lambda s: s.train_s)
    )
    return Table(caption=caption, columns=columns, rows=rows, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Method of an input kind that is nearly as good as the leader, and clearly faster."""

    kind: str
    leader: Standing
    behind: Interval
    cheap: CheaperMethod


def _saving(
    context: ReportContext, kind: str, tasks: list[str], board: list[Standing]
) -> Saving | None:
    """Return the fastest method that is nearly as good as the leader, if clearly faster."""
    leader = board[0]
    cheap = cheaper_method(context, tasks, leader, [s for s in board if s.is_tied])
    if cheap is None or cheap.standing.behind is None or not cheap.ratio.is_clear:
        return None
    return Saving(kind=kind, leader=leader, behind=cheap.standing.behind, cheap=cheap)


def _findings(context: ReportContext, savings: list[Saving]) -> tuple[Finding, ...]:
    """Describe the largest saving of time."""
    if not savings:
        return ()
    best = max(savings, key=lambda saving: saving.cheap.ratio.estimate)
    ratio = best.cheap.ratio
    text = (
        f"On {best.kind.lower()}, {context.names(best.cheap.standing.method)} ties with the leader "
        f"{context.names(best.leader.method)} ({score(best.behind.estimate)} "
        f"{SCALE.ends(best.behind)} of the normalised scale behind) and trains "
        f"{f'{times(ratio.estimate)} {ratio_ends(ratio)}'.strip()} times as fast."
    )
    return (Finding(topic="Cost", claim=text),)
