"""Scores on shuffled labels: how much a method can memorise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import test_ratios
from bakeoff.statistics.intervals import resampled_interval
from bakeoff_report.blocks import Cell, Column, Section, Table
from bakeoff_report.cells import interval_cell, name_cell, score_cell

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

STUDY = "memorisation"
LEAD = (
    "The same method on real labels and on labels shuffled within the training part. What it "
    "reaches there in training it learned by heart; on the test part, whose labels are real, it "
    "can't do better than chance. Chance is the constant method; without one it is unknown."
)


def section(context: ReportContext) -> Section | None:
    """Tabulate scores by method and task; None without the study."""
    rows = context.complete[context.complete["study"] == STUDY]
    if rows.empty:
        return None
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Real: train"),
        Column(title="Real: test"),
        Column(title="Shuffled: train"),
        Column(title="Shuffled: test"),
        Column(title="Chance"),
        Column(title="Shuffled train above chance"),
        Column(title="Shuffled test above chance"),
    )
    groups = rows.groupby(["task", "method"], sort=False)
    lines = tuple(_row(context, part) for _, part in groups)
    table = Table(caption="Learned by heart", columns=columns, rows=lines)
    return Section(title="Memorisation", order=44, lead=LEAD, blocks=(table,))


def _row(context: ReportContext, part: pd.DataFrame) -> tuple[Cell, ...]:
    task = str(part["task"].iloc[0])
    shuffled = part[part["variant"] == "shuffled_labels"]
    real = part[part["variant"] == "real_labels"]
    scale = context.scales.get(task)
    chance = float("nan") if scale is None else scale.zero
    return (
        name_cell(context, part["method"].iloc[0]),
        name_cell(context, task),
        *(score_cell(_mean(rows, which)) for rows in (real, shuffled) for which in PARTS),
        score_cell(chance),
        *(_above(context, task, shuffled, which, chance) for which in PARTS),
    )


PARTS = ("train_score", "test_score")


def _mean(rows: pd.DataFrame, which: str) -> float:
    return float(rows[which].astype(float).mean())


def _above(
    context: ReportContext, task: str, rows: pd.DataFrame, which: str, chance: float
) -> Cell:
    values = (rows[which].to_numpy(dtype=float) - chance) * context.sign(task)
    if not len(values) or not math.isfinite(chance):
        return Cell(text="\N{EN DASH}")
    interval = resampled_interval(
        values,
        test_ratio=test_ratios(rows).to_numpy(dtype=float),
        resolution=context.intervals.resolution(task, len(values)),
    )
    return interval_cell(interval, context.unit(task), good="plain")
