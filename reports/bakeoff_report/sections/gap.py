"""Train, validation and test score side by side, and the gap between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.statistics.contrasts import CONSTANT, usual_method
from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Finding, Section, Table
from bakeoff_report.cells import (
    cut,
    interval_cell,
    metric_cell,
    name_cell,
    score_cell,
    verdict_cell,
)
from bakeoff_report.figures.dumbbells import dumbbells
from bakeoff_report.model.gaps import Gap, gaps_of
from bakeoff_report.words import kind_name, metric_name, plural, score, source_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.model.context import ReportContext

MOST_ROWS = 300

MOST_SHOWN = 120

MOST_POINTS = 48

LEAD = (
    "The gap is the train score minus the test score, signed so that positive means overfitting "
    "whatever the metric's direction. Validation chose, so its score is optimistic; only test "
    "scores are compared."
)

NOTE = (
    "Verdict: two answers, which may both hold. overfits: the gap's interval lies above the band "
    "of practical equivalence, 0.02 of the way from the constant method to the reference (what "
    "validation chose) unless the task sets another; else the widest gap that the interval leaves "
    "room for, which doesn't matter if it lies within the band. underfits: the train score's "
    "interval lies below the reference less the band. Where a task has no such scale the band is 0 "
    "and nothing underfits. A learner that interpolates fits its training rows perfectly by "
    "design: such a gap by itself costs nothing."
)


def section(context: ReportContext) -> Section | None:
    """Plot and tabulate gaps, of each source's usual method first; None without train scores.

    With more than 300 rows only the usual methods are shown.
    """
    rows = context.main[context.main["gap"].notna()]
    if rows.empty:
        return None
    order = {task: index for index, task in enumerate(context.scales)}
    gaps = gaps_of(context, rows)
    gaps.sort(key=lambda g: (order[g.task], source_order(g.source), g.method))
    blocks: list[Block] = [*_figures(context, gaps)]
    usual = _usual(context, gaps)
    shown, note = cut(_widest_first(context, usual), MOST_SHOWN, NOTE)
    blocks.append(_table(context, "The most chosen method of each source", shown, note))
    if len(usual) < len(gaps) <= MOST_ROWS:
        for kind, tasks in context.kinds():
            of_kind = [g for g in gaps if g.task in tasks]
            name = f"{kind_name(kind)}: every method"
            table = _table(context, name, of_kind, "")
            blocks.append(Details(summary=f"{name}, {len(of_kind)} rows", blocks=(table,)))
    return Section(
        title="Train, validation and test",
        order=40,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=_findings(context, gaps),
    )


def _usual(context: ReportContext, gaps: list[Gap]) -> list[Gap]:
    """Return for each task and source the gap of the method that validation chose most often."""
    groups = context.chosen.groupby(["task", "source"])
    usual = {(str(rows["task"].iloc[0]), usual_method(rows)) for _, rows in groups}
    return [gap for gap in gaps if (gap.task, gap.method) in usual]


def _widest_first(context: ReportContext, gaps: list[Gap]) -> list[Gap]:
    """Sort by the size of the gap if not all can be shown."""
    if len(gaps) <= MOST_SHOWN:
        return gaps
    return sorted(gaps, key=lambda g: -g.interval.estimate / _span(context, g.task))


def _figures(context: ReportContext, gaps: list[Gap]) -> list[Figure]:
    by_metric: dict[str, list[Gap]] = {}
    for gap in _usual(context, gaps):
        # The constant has no gap, and its score would compress the axis for all others.
        if gap.source != CONSTANT:
            by_metric.setdefault(str(context.tasks.loc[gap.task, "metric"]), []).append(gap)
    figures: list[Figure] = []
    for metric, shown in by_metric.items():
        ordered = sorted(shown, key=lambda g: (source_order(g.source), g.method))
        all_tasks = [t for t in context.scales if any(g.task == t for g in shown)]
        tasks = _that_fit(all_tasks, ordered)
        ordered = [g for g in ordered if g.task in tasks]
        name = metric_name(context.names(metric))
        svg = dumbbells(ordered, context.names, f"gap{len(figures)}", name, tasks=tasks)
        caption = f"Train, validation and test {name}: the most chosen method of each source"
        if len(tasks) < len(all_tasks):
            caption += f", first {len(tasks)} of {len(all_tasks)} tasks"
        alt = f"{caption}; train and validation hollow, test filled. Numbers in the tables."
        figures.append(Figure(svg=svg, caption=caption, alt=alt))
    return figures


def _that_fit(tasks: list[str], gaps: list[Gap]) -> list[str]:
    """Return the first tasks whose rows fit into one chart, at least one."""
    n_rows = [sum(gap.task == task for gap in gaps) for task in tasks]
    fitting = [t for t, upto in zip(tasks, np.cumsum(n_rows), strict=True) if upto <= MOST_POINTS]
    return fitting or tasks[:1]


def _table(context: ReportContext, title: str, gaps: Sequence[Gap], note: str) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Metric", align="text"),
        Column(title="Train"),
        Column(title="Validation"),
        Column(title="Test"),
        Column(title="Gap"),
        Column(title="Verdict", align="text"),
    )
    rows = tuple(
        (
            name_cell(context, gap.method, source=gap.source),
            name_cell(context, gap.task),
            metric_cell(context, gap.task),
            score_cell(gap.train),
            score_cell(gap.validation),
            score_cell(gap.test, tone="strong"),
            _gap_cell(context, gap),
            verdict_cell(gap.verdict, context.unit(gap.task), interpolates=gap.interpolates),
        )
        for gap in gaps
    )
    return Table(caption=f"{title}: scores and gap", columns=columns, rows=rows, note=note)


def _gap_cell(context: ReportContext, gap: Gap) -> Cell:
    """Return the gap with its interval, coloured if the method overfits."""
    cell = interval_cell(gap.interval, context.unit(gap.task))
    return replace(cell, tone="bad" if gap.verdict.overfits else "plain", p=None)


def _findings(context: ReportContext, gaps: list[Gap]) -> tuple[Finding, ...]:
    measured = [gap for gap in gaps if gap.interval.is_known]
    if not measured:
        return ()
    over = [gap for gap in measured if gap.verdict.overfits]
    total = f"{plural(len(measured), 'pair')} of method and task"
    if not over:
        text = f"None of {total} clearly overfits. {_widest(context, measured)}"
        return (Finding(topic="Overfitting", claim=text),)
    costly = [gap for gap in over if not gap.interpolates]
    n_interpolating = len(over) - len(costly)
    by_design = f", {n_interpolating} of them with a learner that keeps its training rows by design"
    text = f"{len(over)} of {total} {'overfits' if len(over) == 1 else 'overfit'}"
    text += f"{by_design if n_interpolating else ''}. {_widest(context, costly or over)}"
    otherwise = f"{text} Among all findings of this page, chance could explain this gap."
    p = _worst(context, costly or over).interval.p
    return (Finding(topic="Overfitting", claim=text, otherwise=otherwise, p=p, tone="bad"),)


def _worst(context: ReportContext, gaps: list[Gap]) -> Gap:
    """Return the widest gap, on the normalised scale where there is one."""
    return max(gaps, key=lambda gap: gap.interval.estimate / _span(context, gap.task))


def _widest(context: ReportContext, gaps: list[Gap]) -> str:
    worst = _worst(context, gaps)
    unit = context.unit(worst.task)
    return (
        f"The widest gap: {context.names(worst.method)} on {context.names(worst.task)}, train "
        f"{score(worst.train)}, test {score(worst.test)}, "
        f"{unit.difference(worst.interval.estimate)} {unit.name} {unit.ends(worst.interval)}."
    )


def _span(context: ReportContext, task: str) -> float:
    scale = context.scales[task]
    return scale.span if scale.is_known else 1.0
