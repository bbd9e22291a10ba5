"""Score against training time, as Pareto fronts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.contrasts import CONSTANT, pairs
from bakeoff.statistics.intervals import mean_interval, resampled_interval
from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Finding, Section, Table
from bakeoff_report.cells import cut, name_cell, score_cell
from bakeoff_report.figures.pareto_front import Panel, fronts
from bakeoff_report.model.standings import cheaper_method, standings
from bakeoff_report.words import SCALE, kind_name, score, seconds, spoken, times

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

LEAD = (
    "Methods on the Pareto front, joined by the line, score highest for their training time: "
    "whatever is faster scores lower. Training counts features, compilation and fitting; a matrix "
    "that was reused counts as if made anew. Guessing is left out."
)
MOST_ROWS = 60


def section(context: ReportContext) -> Section | None:
    """Plot and tabulate one front per input kind; None without scores or times."""
    panels: list[Panel] = []
    tables: list[Block] = []
    cheaper: list[CheaperMethod] = []
    for kind, tasks in context.kinds():
        board = [s for s in standings(context, tasks) if _is_placed(s)]
        if len(board) < 2:  # noqa: PLR2004  a front of one method tells nothing
            continue
        front = pareto_front(board)
        name = kind_name(kind)
        panels.append(Panel(title=name, board=board, front=front))
        table = _table(context, f"{name}: what each score costs", board, front)
        tables.append(Details(summary=f"{name}: numbers", blocks=(table,)))
        cheaper += [b for b in [_cheaper(context, name, tasks, board)] if b]
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
        findings=_findings(context, cheaper),
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
class CheaperMethod:
    """Method that is nearly as good as the leader in at most half of its training time."""

    kind: str
    leader: Standing
    cheap: Standing
    behind: Interval
    log_ratio: Interval


def _cheaper(
    context: ReportContext, kind: str, tasks: list[str], board: list[Standing]
) -> CheaperMethod | None:
    """Return the fastest method that is nearly as good as the leader, if clearly faster."""
    leader = board[0]
    cheap = cheaper_method(leader, [s for s in board if s.is_tied])
    if cheap is None or cheap.behind is None:
        return None
    ratio = _ratio(context, tasks, leader.method, cheap.method)
    if ratio is None or not ratio.is_known or ratio.low <= 0:
        return None
    return CheaperMethod(
        kind=kind, leader=leader, cheap=cheap, behind=cheap.behind, log_ratio=ratio
    )


def _findings(context: ReportContext, cheaper: list[CheaperMethod]) -> tuple[Finding, ...]:
    """Describe the largest saving of time."""
    if not cheaper:
        return ()
    best = max(cheaper, key=lambda b: b.log_ratio.estimate)
    logs = best.log_ratio
    low, middle, high = (times(math.exp(v)) for v in (logs.low, logs.estimate, logs.high))
    text = (
        f"On {best.kind.lower()}, {context.names(best.cheap.method)} ties with the leader "
        f"{context.names(best.leader.method)} ({score(best.behind.estimate)} "
        f"{SCALE.ends(best.behind)} of the normalised scale behind) and trains {middle} "
        f"[{low}, {high}] times as fast."
    )
    return (Finding(topic="Cost", claim=text),)


def _ratio(context: ReportContext, tasks: list[str], slow: str, fast: str) -> Interval | None:
    """Return the interval of the log ratio of training times, paired by split."""
    rows = context.main[context.main["task"].isin(tasks)]
    table = pairs(rows[rows["method"] == slow], rows[rows["method"] == fast])
    logs = table.assign(log=np.log(table["fit_ratio"].astype(float)))
    logs = logs[np.isfinite(logs["log"])]
    parts = [resampled_interval(p["log"], test_ratio=0.0) for _, p in logs.groupby("task")]
    return mean_interval(parts) if parts else None
