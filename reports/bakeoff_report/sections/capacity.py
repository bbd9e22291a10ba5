"""Gap and score over model capacity, and effects of batch size and epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.statistics.variant_pairs import pairs_with_control
from bakeoff_report.blocks import Block, Cell, Column, Figure, Section, Table
from bakeoff_report.cells import interval_cell, name_cell, score_cell, seconds_cell
from bakeoff_report.figures.lines import curves
from bakeoff_report.words import NONE, ends, metric_name, number

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Methods without regularisation unless the suite says otherwise. The smallest setting is the "
    "control of the others: a positive change of gap is more overfitting."
)


def section(context: ReportContext) -> Section | None:
    """Plot and tabulate capacity, batch size and epochs; None without such studies."""
    rows = context.complete
    blocks: list[Block] = []
    sized = (
        rows[(rows["study"] == "capacity") & rows["level"].notna()]
        if _has_levels(rows)
        else rows[:0]
    )
    if not sized.empty:
        blocks += [_figure(context, sized), _table(context, rows[rows["study"] == "capacity"])]
    batches = rows[rows["study"] == "batch_epoch"]
    if not batches.empty:
        blocks.append(_batches(context, batches))
    if not blocks:
        return None
    return Section(title="Capacity, batches and epochs", order=46, lead=LEAD, blocks=tuple(blocks))


def _has_levels(rows: pd.DataFrame) -> bool:
    """Return True if the trials have levels; older stores lack them."""
    return "level" in rows.columns


def _figure(context: ReportContext, rows: pd.DataFrame) -> Figure:
    points: list[dict[str, object]] = []
    for _, part in rows.groupby(["task", "method", "factor", "level"], sort=False):
        task, method = str(part["task"].iloc[0]), str(part["method"].iloc[0])
        names = (context.names(method, 22), context.names(task, 22), part["factor"].iloc[0])
        metric = metric_name(context.names(context.fact(task, "metric")))
        for which in ("train", "test"):
            y = float(part[f"{which}_score"].astype(float).mean())
            interval = context.intervals.score(part, task) if which == "test" else None
            has_interval = interval is not None and interval.is_known
            points.append(
                {
                    "panel": f"{names[0]} on {names[1]}\n{metric} over {context.names(names[2])}",
                    "line": which,
                    "x": float(part["level"].iloc[0]),
                    "y": y,
                    "low": interval.low if interval is not None and has_interval else y,
                    "high": interval.high if interval is not None and has_interval else y,
                }
            )
    svg = curves(points, "capacity", x_title="value (log scale)", y_title="score", log=True)
    caption = "Train and test score over capacity, with 95 % intervals of the test score"
    return Figure(svg=svg, caption=caption, alt=f"{caption}. Numbers in the table.")


def _table(context: ReportContext, rows: pd.DataFrame) -> Table:
    paired = pairs_with_control(rows)
    changes = {
        tuple(map(str, part[["task", "method", "variant"]].iloc[0])): part
        for _, part in paired.groupby(["task", "method", "variant"], sort=False)
    }
    columns = (
        Column(title="Setting", align="text"),
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Parameters"),
        Column(title="Train"),
        Column(title="Test"),
        Column(title="Change of gap"),
        Column(title="Change of test"),
        Column(title="Fit", note="median"),
    )
    lines = []
    for _, part in rows.groupby(["task", "method", "variant"], sort=False):
        task, method, variant = (str(part[n].iloc[0]) for n in ("task", "method", "variant"))
        pairs, unit = changes.get((task, method, variant)), context.unit(task)
        lines.append(
            (
                name_cell(context, variant),
                name_cell(context, method),
                name_cell(context, task),
                _count(part["n_parameters"]),
                score_cell(float(part["train_score"].astype(float).mean())),
                score_cell(float(part["test_score"].astype(float).mean())),
                Cell(text="control", tone="muted")
                if pairs is None
                else interval_cell(context.intervals.gap_change(pairs, task), unit, good="bad"),
                Cell(text=NONE)
                if pairs is None
                else interval_cell(context.intervals.difference(pairs, task), unit),
                seconds_cell(float(part["fit_s"].astype(float).median())),
            )
        )
    return Table(caption="Over capacity", columns=columns, rows=tuple(lines))


def _batches(context: ReportContext, rows: pd.DataFrame) -> Table:
    columns = (
        Column(title="Setting", align="text"),
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Updates an epoch"),
        Column(title="Updates"),
        Column(title="Train"),
        Column(title="Test"),
        Column(title="Fit", note="median"),
    )
    lines = []
    for _, part in rows.groupby(["task", "method", "variant"], sort=False):
        task = str(part["task"].iloc[0])
        interval = context.intervals.score(part, task)
        lines.append(
            (
                name_cell(context, part["variant"].iloc[0]),
                name_cell(context, part["method"].iloc[0]),
                name_cell(context, task),
                _count(part["updates_per_epoch"]),
                _count(part["n_updates"]),
                score_cell(float(part["train_score"].astype(float).mean())),
                Cell(
                    text=number(interval.estimate, 3),
                    sub=ends(interval, 3),
                    sort=interval.estimate,
                ),
                seconds_cell(float(part["fit_s"].astype(float).median())),
            )
        )
    return Table(caption="Batch size and epochs", columns=columns, rows=tuple(lines))


def _count(values: pd.Series[int]) -> Cell:
    counts = values.dropna()
    if counts.empty:
        return Cell(text=NONE)
    mean = float(counts.astype(float).mean())
    return Cell(text=f"{mean:,.0f}", sort=mean)
