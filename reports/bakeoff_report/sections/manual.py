"""Manual features against raw, random and learned ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import LEARNED
from bakeoff.statistics.intervals import NEW_DATA
from bakeoff.statistics.significance import ALPHA, holm
from bakeoff_report.blocks import Block, Cell, Column, Figure, Section, Table
from bakeoff_report.cells import interval_cell, name_cell, ratio_cell
from bakeoff_report.figures.forest import forest
from bakeoff_report.model.source_contrasts import (
    EQUIVALENT,
    MANUAL,
    Contrast,
    task_contrasts,
    why_undecided,
)
from bakeoff_report.model.source_findings import source_findings
from bakeoff_report.words import spoken

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

RIVALS = ("raw", "random")
LEAD = (
    "Paired differences on the same rows; positive favours the source named first. A point is a "
    "hundredth of the score. Filled marks leave 0 out, hollow ones don't."
)
NOTE = (
    "Each source is represented by what validation chose; \u201csame learner\u201d holds the "
    "learner constant instead and averages over those that both sources have. Intervals are 95 % "
    "each; who is ahead is said, and coloured, where the difference is significant among all of "
    "the table (Holm). Times are those of features, compilation and training."
)


def section(context: ReportContext) -> Section | None:
    """Plot and tabulate paired differences; None if manual features have no other source."""
    blocks: list[Block] = []
    titles = [(MANUAL, r) for r in RIVALS if r in context.sources]
    if context.learned:
        several = context.learned if len(context.learned) > 1 else []
        titles += [(LEARNED, MANUAL), *((source, MANUAL) for source in several)]
    by_pair = [task_contrasts(context, first, second) for first, second in titles]
    order = [task for _, tasks in context.kinds() for task in tasks]
    contrasts = [by_task[t] for by_task in by_pair for t in order if t in by_task]
    if not contrasts:
        return None
    for unit in dict.fromkeys(c.unit for c in contrasts):
        shown = [c for c in contrasts if c.unit == unit]
        svg = forest(shown, context.names, f"forest{len(blocks)}")
        caption = f"Paired difference of test scores in {unit.name}, with 95 % interval"
        blocks.append(Figure(svg=svg, caption=caption, alt=f"{caption}. The table below holds it."))
    blocks.append(_table(context, contrasts))
    title = "Manual features against raw, random and learned ones"
    return Section(
        title=title,
        order=20,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=tuple(source_findings(context)),
    )


def _table(context: ReportContext, contrasts: list[Contrast]) -> Table:
    columns = (
        Column(title="Task", align="text"),
        Column(title="Contrast", align="text"),
        Column(title="Difference"),
        Column(title="Same learner"),
        Column(title="Training time", note="times as long"),
        Column(title="What it says", align="text wide"),
    )
    differences = [i for c in contrasts for i in (c.interval, c.same_learner)]
    adjusted = holm([math.nan if i is None else i.p for i in differences])[::2]
    rows = tuple(
        _row(context, contrast, is_clear=bool(p <= ALPHA))
        for contrast, p in zip(contrasts, adjusted, strict=True)
    )
    return Table(caption="Contrasts task by task", columns=columns, rows=rows, note=NOTE)


def _row(context: ReportContext, contrast: Contrast, *, is_clear: bool) -> tuple[Cell, ...]:
    return (
        name_cell(context, contrast.tasks[0]),
        Cell(text=f"{spoken(contrast.first)} against {spoken(contrast.second)}"),
        interval_cell(contrast.interval, contrast.unit),
        interval_cell(contrast.same_learner, contrast.unit),
        ratio_cell(contrast.fit_ratio),
        Cell(text=_verdict(contrast, is_clear=is_clear), sub=_about(contrast)),
    )


def _about(contrast: Contrast) -> str:
    interval = contrast.interval
    how = "re-drawn splits" if interval.target == NEW_DATA else "repeats, fixed test part"
    return f"about {interval.target}: {interval.n} {how}"


def _verdict(contrast: Contrast, *, is_clear: bool) -> str:
    """Say who is ahead; `is_clear` is whether the difference is significant in its table."""
    interval = contrast.interval
    ahead = contrast.first if interval.estimate > 0 else contrast.second
    if contrast.is_equivalent:
        more = f"; {spoken(ahead)} ahead by less" if is_clear else ""
        return f"alike: {EQUIVALENT}{more}"
    if is_clear:
        return f"{spoken(ahead)} ahead"
    return f"undecided: {why_undecided(contrast)}" if interval.is_known else interval.how
