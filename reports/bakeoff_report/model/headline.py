"""Headline of the page: the method with the highest score, its lead and its cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import CONSTANT
from bakeoff_report.blocks import Finding
from bakeoff_report.model.standings import standings
from bakeoff_report.words import SCALE, plural, score, seconds

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

MOST_NAMED = 2


def winner(context: ReportContext, tasks: list[str]) -> tuple[Finding, ...]:
    """Compare the two best methods with a score on every task; empty if there is only one."""
    board = [s for s in standings(context, tasks) if s.is_whole and s.source != CONSTANT]
    if not board or (lead := board[1].behind if len(board) > 1 else None) is None:
        return ()
    first, second = board[0], board[1]
    tied = [s for s in board[1:] if s.is_tied is not False]
    name, n_tasks = context.names(first.method), plural(len(tasks), "task")
    ahead = f"{score(abs(lead.estimate))} {SCALE.ends(lead)}".strip()
    scope = f"Over {n_tasks}" if len(tasks) > 1 else f"On {context.names(tasks[0])}"
    reached = f"{scope} {name} scores highest ({score(first.normalised)}, where 0 is guessing "
    reached += "and 1 what validation chose)"
    price = ""
    if math.isfinite(first.train_s) and math.isfinite(second.train_s):
        price = f" It trains in {seconds(first.train_s)}, {context.names(second.method)} in "
        price += f"{seconds(second.train_s)}."
    gap = f"{ahead} ahead of {context.names(second.method)}"
    rest = f"{reached}, {gap}; {_tie(context, tied)}.{price}"
    return (
        Finding(
            topic="Leader" if tied else "Winner",
            claim=rest,
            tone="plain" if tied else "good",
            leads=True,
        ),
    )


def _tie(context: ReportContext, tied: list[Standing]) -> str:
    if not tied:
        return "it is clear of all others"
    if any(s.is_tied is None for s in tied):
        return "too few repeats to tell how surely"
    if len(tied) <= MOST_NAMED:
        return f"{' and '.join(context.names(s.method) for s in tied)} can't be told from it"
    return f"{plural(len(tied), 'method')} can't be told from it"
