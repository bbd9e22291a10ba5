"""Every method on every task, and its mean normalised score."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff_report.blocks import (
    Block,
    Board,
    Cell,
    Column,
    Prose,
    Section,
    Table,
    View,
)
from bakeoff_report.cells import cut, metric_label, name_cell, score_cell, seconds_cell
from bakeoff_report.model.headline import winner
from bakeoff_report.model.standings import standings
from bakeoff_report.model.subsets import KIND, Subset, subsets
from bakeoff_report.words import (
    NONE,
    SCALE,
    kind_name,
    number,
    plural,
    score,
    spoken,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.records import Standing

MOST_TASKS = 12
"""With more tasks, tasks have no columns; smaller subsets show their scores."""

MOST_METHODS = 160
MOST_CELLS = 12_000
"""Most cells of all subsets but that of everything; the longest tables are cut."""

FEWEST_METHODS = 10
WHOLE = "All tasks and methods"
EVERY = "All kinds of input"
NO_RANK = "no ranks, since no two methods have a score on every task"
LEAD = (
    "Mean test score of every method. The normalised score is 0 for the constant method and 1 for "
    "the reference that validation chose, so tasks with different metrics can be averaged; every "
    "task weighs the same. The first row is the highest of all test scores, and so partly luck: "
    "expect less on new data."
)
NOTE = (
    "= tied with the leader: the paired difference, corrected for all pairs of the table and for "
    "the number of tables beside the one of all tasks, leaves room for 0. \u201cBehind\u201d is "
    "that difference on the normalised scale, with its 95 % interval about these tasks, over the "
    "splits that both have. A method that failed on a split ranks below all complete ones, "
    "whatever its mean. A dash is a missing score; methods without a score on every task have no "
    "rank and stand last, by their mean rank where they have one."
)
NO_SCALE = (
    "{} left out of the normalised scores: they need a reference that is clearly better than the "
    "constant method."
)
NO_SCALES = (
    "There are no normalised scores: they need a reference that is clearly better than the "
    "constant method. Methods are ordered by their mean rank."
)


def section(context: ReportContext) -> Section | None:
    """Build leaderboards over all tasks and over each subset; None without scores."""
    if not context.scales:
        return None
    everything, *narrower = subsets(context)
    blocks: list[Block] = [_board(context, everything, narrower)]
    if note := _without_scale(context):
        blocks.append(Prose(text=note, tone="note"))
    return Section(
        title="Leaderboard",
        order=30,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=winner(context, list(everything.tasks)),
    )


def _without_scale(context: ReportContext) -> str:
    """Return a sentence that names the tasks without a scale; empty if all have one."""
    without = [context.names(task) for task, scale in context.scales.items() if not scale.is_known]
    if len(without) == len(context.scales):
        return NO_SCALES
    verb = "is" if len(without) == 1 else "are"
    return NO_SCALE.format(f"{', '.join(without)} {verb}") if without else ""


def _board(context: ReportContext, everything: Subset, narrower: list[Subset]) -> Board:
    """Build a view of each subset; skip those with the same rows as the one of everything."""
    first = _start(context, everything, narrower)
    most = _most_rows(context, narrower)
    views, start = [_view(context, everything, MOST_METHODS)], 0
    if first is not everything:
        views[0] = replace(views[0], summary=f"{EVERY}: {NO_RANK}")
    for subset in narrower:
        view = _view(context, subset, most)
        if subset is first:
            start = len(views)
        if view.table.rows != views[0].table.rows:
            views.append(view)
    return Board(views=tuple(views), start=start)


def _start(context: ReportContext, everything: Subset, narrower: list[Subset]) -> Subset:
    """Return the subset to show first: everything, or an input kind if only it has ranks."""

    def ranked(subset: Subset) -> int:
        return sum(standing.can_lead for standing in _standings(context, subset))

    kinds = [subset for subset in narrower if subset.group == KIND]
    if ranked(everything) or not any(map(ranked, kinds)):
        return everything
    return max(kinds, key=ranked)


def _most_rows(context: ReportContext, narrower: list[Subset]) -> int:
    """Return the largest number of rows per subset that keeps the page small."""
    sizes = [(len(_standings(context, s)), len(_columns(context, s))) for s in narrower]
    for most in range(MOST_METHODS, FEWEST_METHODS, -1):
        if sum(min(rows, most) * columns for rows, columns in sizes) <= MOST_CELLS:
            return most
    return FEWEST_METHODS


def _standings(context: ReportContext, subset: Subset) -> list[Standing]:
    return standings(
        context, subset.tasks, subset.methods, device=subset.device, n_boards=subset.n_boards
    )


def _view(context: ReportContext, subset: Subset, most: int) -> View:
    label = _label(context, subset)
    title = label if subset.group == KIND else f"{subset.group} {label}"
    if not subset.group:
        kinds = [kind for kind, _ in context.kinds()]
        title = EVERY if len(kinds) > 1 else kind_name(kinds[0])
    return View(
        table=_table(context, subset, f"{title}: mean test score", most),
        label=label,
        group=subset.group,
        summary=f"{title}: {plural(len(_standings(context, subset)), 'method')}",
    )


def _label(context: ReportContext, subset: Subset) -> str:
    if not subset.group:
        return WHOLE
    return kind_name(subset.value) if subset.group == KIND else context.names(spoken(subset.value))


def _with_columns(subset: Subset) -> tuple[str, ...]:
    """Return the tasks that have a column."""
    return subset.tasks if len(subset.tasks) <= MOST_TASKS else ()


def _table(context: ReportContext, subset: Subset, caption: str, most: int) -> Table:
    board, shown = _standings(context, subset), _with_columns(subset)
    best = {t: _best(context, t, board) for t in shown}
    top, note = cut(board, most, NOTE)
    rows = tuple(_row(context, shown, standing, best) for standing in top)
    return Table(caption=caption, columns=_columns(context, subset), rows=rows, note=note)


def _columns(context: ReportContext, subset: Subset) -> tuple[Column, ...]:
    return (
        Column(title="Method", align="text"),
        Column(title="Rank"),
        Column(title="Normalised", note="mean, higher is better"),
        Column(title="Behind", note="the leader"),
        Column(title="Mean rank", note="1 is best"),
        *(_task_column(context, task) for task in _with_columns(subset)),
        Column(title="Training", note="medians, summed over tasks"),
        Column(title="Complete", note="of planned"),
    )


def _task_column(context: ReportContext, task: str) -> Column:
    return Column(title=context.names(task), note=metric_label(context, task))


def _row(
    context: ReportContext, tasks: Sequence[str], standing: Standing, best: dict[str, float]
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
            tone="strong" if standing.rank == 1 and standing.can_lead else "plain",
        ),
        _behind(standing),
        Cell(text=number(standing.mean_rank, 1), sort=standing.mean_rank),
        *scores,
        seconds_cell(standing.train_s),
        _complete(standing),
    )


def _complete(standing: Standing) -> Cell:
    failed = f"failed on {standing.failed} of {standing.planned}" if standing.failed else ""
    return Cell(
        text=f"{standing.complete}/{standing.planned}",
        sub=failed,
        tone="bad" if standing.complete < standing.planned else "plain",
        sort=standing.complete,
    )


def _behind(standing: Standing) -> Cell:
    behind = standing.behind
    if behind is None:
        return Cell(text=NONE, tone="muted")
    text = score(behind.estimate)
    return Cell(text=text, sub=SCALE.ends(behind) or "no interval", sort=behind.estimate)


def _best(context: ReportContext, task: str, board: list[Standing]) -> float:
    values = [s.means[task] for s in board if task in s.means]
    return (max if context.sign(task) > 0 else min)(values, default=math.nan)
