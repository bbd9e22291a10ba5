"""Headline of the page: the test score of what validation chose, and the highest method's lead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.contrasts import CONSTANT, representatives, usual_method
from bakeoff.statistics.significance import holm_of_leader
from bakeoff_report.blocks import Finding
from bakeoff_report.model.standings import standings
from bakeoff_report.words import SCALE, metric_name, plural, score, seconds, why_no_ends

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

MOST_NAMED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What validation chose on one task, anew for each split.

    Args:
        score: mean test score over the splits, with its interval.
        method: the method that was chosen most often.
        n_times: number of splits on which it was chosen.
        n_splits: number of splits.
    """

    score: Interval
    method: str
    n_times: int
    n_splits: int


def chosen_on(context: ReportContext, task: str) -> Chosen | None:
    """Return what validation chose among all methods of a task; None without validation scores."""
    rows = representatives(context.main[context.main["task"] == task], by=())
    if rows.empty:
        return None
    method = usual_method(rows)
    return Chosen(
        score=context.intervals.score(rows, task),
        method=method,
        n_times=int((rows["method"] == method).sum()),
        n_splits=len(rows.drop_duplicates(["repeat", "fold"])),
    )


def winner(context: ReportContext, tasks: list[str]) -> tuple[Finding, ...]:
    """Give the score of what validation chose, and compare the two highest methods.

    Empty if fewer than two methods have a score on every task and failed on none.
    """
    board = [s for s in standings(context, tasks) if s.can_lead and s.source != CONSTANT]
    if not board or (lead := board[1].behind if len(board) > 1 else None) is None:
        return ()
    first, second = board[0], board[1]
    tied = [s for s in board[1:] if s.is_tied is not False]
    name = context.names(first.method)
    n_methods = plural(len(board), "method")
    highest = f"{_chosen(context, tasks)} Highest of {n_methods} on the test rows: "
    highest += f"{name}, {score(lead.estimate)} {SCALE.ends(lead)}".rstrip()
    highest += f" of the scale ahead of {context.names(second.method)}; "
    price = ""
    if math.isfinite(first.train_s) and math.isfinite(second.train_s):
        price = f" It trains in {seconds(first.train_s)}, {context.names(second.method)} in "
        price += f"{seconds(second.train_s)}."
    caveat = ". The highest of several scores is partly luck: expect less on new data."
    unclear = f"{highest}{_tie(context, tied)}{caveat}{price}"
    if tied:
        return (Finding(topic="Leader", claim=unclear, leads=True),)
    # It is clear of all others if it is of each, so the largest p value counts.
    adjusted = holm_of_leader([math.nan if s.behind is None else s.behind.p for s in board[1:]])
    return (
        Finding(
            topic="Winner",
            claim=f"{highest}it is clear of all others{caveat}{price}",
            otherwise=f"{highest}among all findings of this page, chance could explain it{caveat}"
            f"{price}",
            p=float(np.nanmax(adjusted)),
            tone="good",
            leads=True,
        ),
    )


def _chosen(context: ReportContext, tasks: list[str]) -> str:
    """Return a sentence with the mean test score of what validation chose."""
    choices = [chosen for task in tasks if (chosen := chosen_on(context, task))]
    metrics = {str(context.fact(task, "metric")) for task in tasks}
    if len(choices) < len(tasks) or len(metrics) > 1:
        return "Guessing is 0 of the scale, what validation chose is 1."
    mean = float(np.mean([chosen.score.estimate for chosen in choices]))
    metric = metric_name(context.names(metrics.pop()))
    if len(tasks) > 1:
        scope = plural(len(tasks), "task")
        return f"Over {scope} what validation chose has a mean {metric} of {score(mean)}."
    (chosen,) = choices
    ends = f" [{score(chosen.score.low)}, {score(chosen.score.high)}]"
    return (
        f"On {context.names(tasks[0])} what validation chose has a {metric} of {score(mean)}"
        f"{ends if chosen.score.is_known else ''} on the test rows."
    )


def _tie(context: ReportContext, tied: list[Standing]) -> str:
    if untested := [s for s in tied if s.is_tied is None]:
        return f"how surely is not known ({why_no_ends(untested[0].behind)})"
    if len(tied) <= MOST_NAMED:
        return f"{' and '.join(context.names(s.method) for s in tied)} can't be told from it"
    return f"{plural(len(tied), 'method')} can't be told from it"
