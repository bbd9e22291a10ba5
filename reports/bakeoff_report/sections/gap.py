"""Train, validation and test score side by side, and the gap between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakeoff.contrasts import CONSTANT
from bakeoff.records import PARTS, SOURCES
from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Finding, Section, Table
from bakeoff_report.sections.cells import interval_cell, metric_cell, name_cell, score_cell
from bakeoff_report.sections.dumbbells import dumbbells
from bakeoff_report.words import KINDS, metric_name, plural, score, spoken

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.statistics import Interval
    from bakeoff_report.context import ReportContext

MOST_ROWS = 300
CLEAR, WITHIN, UNDECIDED = "clear gap", "within the band", "undecided"
LEAD = (
    "The gap is the train score minus the test score, signed so that positive means overfitting "
    "whatever the metric's direction. Validation chose, so its score is optimistic; only test "
    "scores are compared."
)
NOTE = (
    "clear gap: the interval lies above the band of practical equivalence, 0.02 of the way from "
    "the constant method to the reference unless the task sets another; within the band: it lies "
    "inside; undecided: else. Where a task has no such scale the band is 0."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One method on one task. The scores are means over repeats."""

    task: str
    method: str
    source: str
    train: float
    validation: float
    test: float
    interval: Interval
    verdict: str


def section(context: ReportContext) -> Section | None:
    """Dot plots and a table of what stands for each source, then all; gone without train scores.

    Above 300 rows the others are left to `bakeoff results`.
    """
    rows = context.main[context.main["gap"].notna()]
    if rows.empty:
        return None
    gaps = [_gap(context, part) for _, part in rows.groupby(["task", "method"], sort=False)]
    order = list(context.scales)
    gaps.sort(key=lambda g: (order.index(g.task), _source_order(g.source), g.method))
    blocks: list[Block] = [*_figures(context, gaps)]
    usual = _usual(context, gaps)
    blocks.append(_table(context, "The most chosen method of each source", usual, NOTE))
    if len(usual) < len(gaps) <= MOST_ROWS:
        for kind, tasks in context.kinds():
            of_kind = [g for g in gaps if g.task in tasks]
            name = f"{KINDS.get(kind, spoken(kind))}: every method"
            table = _table(context, name, of_kind, "")
            blocks.append(Details(summary=f"{name}, {len(of_kind)} rows", blocks=(table,)))
    return Section(
        title="Train, validation and test",
        order=40,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=_findings(context, gaps),
    )


def _gap(context: ReportContext, rows: pd.DataFrame) -> Gap:
    task, method = str(rows["task"].iloc[0]), str(rows["method"].iloc[0])
    interval = context.evidence.gap(rows, task)
    scale = context.scales[task]
    band = scale.band if scale.is_known else 0.0
    verdict = UNDECIDED
    if interval.lies_above(band):
        verdict = CLEAR
    elif interval.lies_within(band):
        verdict = WITHIN
    train, validation, test = (float(rows[f"{p}_score"].mean()) for p in PARTS)
    return Gap(
        task=task,
        method=method,
        source=str(rows["source"].iloc[0]),
        train=train,
        validation=validation,
        test=test,
        interval=interval,
        verdict=verdict,
    )


def _usual(context: ReportContext, gaps: list[Gap]) -> list[Gap]:
    """For each task and source the method that validation chose most often."""
    chosen = context.chosen.groupby(["task", "source"])["method"].agg(lambda m: m.mode().iloc[0])
    usual = {(str(key[0]), str(m)) for key, m in chosen.items()}  # type: ignore[index]
    return [gap for gap in gaps if (gap.task, gap.method) in usual]


def _figures(context: ReportContext, gaps: list[Gap]) -> list[Figure]:
    by_metric: dict[str, list[Gap]] = {}
    for gap in _usual(context, gaps):
        # Guessing has no gap, and its score would press all others into a corner.
        if gap.source != CONSTANT:
            by_metric.setdefault(str(context.tasks.loc[gap.task, "metric"]), []).append(gap)
    figures: list[Figure] = []
    for metric, shown in by_metric.items():
        ordered = sorted(shown, key=lambda g: (_source_order(g.source), g.method))
        tasks = [t for t in context.scales if any(g.task == t for g in shown)]
        name = metric_name(context.names(metric))
        svg = dumbbells(ordered, context.names, f"gap{len(figures)}", name, tasks=tasks)
        caption = f"Train, validation and test {name}: the most chosen method of each source"
        alt = f"{caption}; train and validation hollow, test filled. Numbers in the tables."
        figures.append(Figure(svg=svg, caption=caption, alt=alt))
    return figures


def _source_order(source: str) -> int:
    return SOURCES.index(source) if source in SOURCES else len(SOURCES)


def _table(context: ReportContext, what: str, gaps: list[Gap], note: str) -> Table:
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
            Cell(text=gap.verdict, tone="bad" if gap.verdict == CLEAR else "plain"),
        )
        for gap in gaps
    )
    return Table(caption=f"{what}: scores and gap", columns=columns, rows=rows, note=note)


def _gap_cell(context: ReportContext, gap: Gap) -> Cell:
    """The gap with its interval; coloured where the verdict says that it matters."""
    cell = interval_cell(gap.interval, context.unit(gap.task))
    return replace(cell, tone="bad" if gap.verdict == CLEAR else "plain")


def _findings(context: ReportContext, gaps: list[Gap]) -> tuple[Finding, ...]:
    known = [gap for gap in gaps if gap.interval.is_known]
    if not known:
        return ()
    clear = [gap for gap in known if gap.verdict == CLEAR]
    total = f"{plural(len(known), 'pair')} of method and task"
    if not clear:
        text = f"none of {total} shows a gap that lies clearly above the band of equivalence."
        return (Finding(topic="Overfitting", claim=text),)
    worst = max(clear, key=lambda gap: gap.interval.estimate / _span(context, gap.task))
    unit = context.unit(worst.task)
    text = (
        f"{len(clear)} of {total} show a clear gap. The widest: {context.names(worst.method)} on "
        f"{context.names(worst.task)}, train {score(worst.train)}, test {score(worst.test)}, gap "
        f"{unit.size(worst.interval.estimate)} {unit.ends(worst.interval)}."
    )
    return (Finding(topic="Overfitting", claim=text, tone="bad"),)


def _span(context: ReportContext, task: str) -> float:
    scale = context.scales[task]
    return scale.span if scale.is_known else 1.0
