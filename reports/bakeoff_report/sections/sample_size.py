"""Learning curves over the number of training rows, and where learned features win."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.statistics.contrasts import learned_rows, pairs, representatives, with_facts
from bakeoff.statistics.learning_curves import Crossing, find_crossing
from bakeoff_report.blocks import Block, Cell, Column, Figure, Finding, Section, Table
from bakeoff_report.cells import interval_cell, metric_cell, name_cell, score_cell, seconds_cell
from bakeoff_report.charts import colour
from bakeoff_report.figures.lines import curves
from bakeoff_report.model.source_contrasts import MANUAL
from bakeoff_report.words import NONE, ends, metric_name, why_no_ends

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext

STUDY = "sample_size"
LEAD = (
    "Sizes are nested and count training plus validation rows; the test part stays. At each size "
    "validation chose among the learned and among the manual methods. The crossing is the first "
    "size from which the interval of learned minus manual stays above 0."
)


def section(context: ReportContext) -> Section | None:
    """Plot curves, tabulate differences by size and the crossing; None without the study."""
    rows = _sized(context)
    if rows.empty:
        return None
    blocks: list[Block] = [_figure(context, rows)]
    findings: list[Finding] = []
    lines: list[tuple[Cell, ...]] = []
    for task, part in rows.groupby("task", sort=False):
        differences = _differences(context, str(task), part)
        if differences:
            sizes = [size for size, _ in differences]
            crossing = find_crossing(sizes, [interval for _, interval in differences])
            lines += _lines(context, str(task), differences, crossing)
            findings.append(_finding(context, str(task), differences[-1][1], crossing))
    if lines:
        caption = "Learned against manual over the number of training rows"
        blocks.append(Table(caption=caption, columns=COLUMNS, rows=tuple(lines)))
    blocks.append(_scores(context, rows))
    return Section(
        title="From how many samples on",
        order=28,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=tuple(findings),
    )


def _sized(context: ReportContext) -> pd.DataFrame:
    """Return the study's trials and those on all rows, each with its `size`."""
    rows = with_facts(context.complete)
    studied = rows[rows["study"] == STUDY]
    cells = set(zip(studied["task"], studied["method"], strict=True))
    full = rows[(rows["study"] == "none") & (rows["variant"] == "default")]
    is_compared = [cell in cells for cell in zip(full["task"], full["method"], strict=True)]
    sized = pd.concat([studied, full[is_compared]], ignore_index=True)
    if sized.empty:
        return sized
    n_rows = sized["n_train"].astype(float) + sized["n_validation"].astype(float).fillna(0)
    return sized.assign(size=n_rows.groupby([sized["task"], sized["variant"]]).transform("median"))


def _differences(
    context: ReportContext, task: str, rows: pd.DataFrame
) -> list[tuple[float, Interval]]:
    """Return learned minus manual at each size that has both, ascending."""
    differences = []
    for size, part in rows.groupby("size"):
        learned = representatives(learned_rows(part))
        manual = representatives(part[part["source"] == MANUAL])
        if len(learned) and len(manual):
            table = pairs(learned, manual)
            if len(table):
                differences.append((float(str(size)), context.intervals.difference(table, task)))
    return differences


COLUMNS = (
    Column(title="Rows"),
    Column(title="Task", align="text"),
    Column(title="Metric", align="text"),
    Column(title="Learned minus manual"),
    Column(title="Crossing", align="text"),
)


def _lines(
    context: ReportContext,
    task: str,
    differences: list[tuple[float, Interval]],
    crossing: Crossing,
) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(text=f"{size:,.0f}", sort=size),
            name_cell(context, task),
            metric_cell(context, task),
            interval_cell(interval, context.unit(task)),
            Cell(text="from here on" if size == crossing.size else "", tone="good"),
        )
        for size, interval in differences
    ]


def _finding(context: ReportContext, task: str, last: Interval, crossing: Crossing) -> Finding:
    between = ""
    if crossing.low:
        between = f" and are clearly behind up to {crossing.low:,.0f}"
    if math.isfinite(crossing.estimate):
        between += f" (the curves cross near {crossing.estimate:,.0f} rows)"
    unit, name = context.unit(task), context.names(task)
    most = f"with all rows the difference is {unit.difference(last.estimate)} {unit.name}"
    most = f"{most} {unit.ends(last) or f'({why_no_ends(last)})'}"
    sizes = f"On {name} learned features beat manual ones {crossing.how}{between}"
    return Finding(
        topic="Sample size",
        claim=f"{sizes}; {most}."
        if crossing.is_known
        else f"On {name} learned features surely beat manual ones at no size tried{between}; "
        f"{most}.",
        otherwise=f"{sizes}; {most}, which among all findings of this page chance could explain.",
        p=last.p if crossing.is_known else None,
        tone="good" if crossing.is_known else "plain",
    )


def _figure(context: ReportContext, rows: pd.DataFrame) -> Figure:
    points: list[dict[str, object]] = []
    for task, of_task in rows.groupby("task", sort=False):
        metric = metric_name(context.names(context.fact(str(task), "metric")))
        for method, of_method in of_task.groupby("method", sort=False):
            for size, part in of_method.groupby("size"):
                interval = context.intervals.score(part, str(task))
                y = interval.estimate
                has_interval = interval.is_known
                points.append(
                    {
                        "panel": f"{context.names(task)}, {metric}",
                        "line": context.names(method, 26),
                        "hue": colour(str(part["source"].iloc[0])),
                        "x": float(str(size)),
                        "y": y,
                        "low": interval.low if has_interval else y,
                        "high": interval.high if has_interval else y,
                    }
                )
    title = "training plus validation rows (log scale)"
    svg = curves(points, "sizes", x_title=title, y_title="test score", log=True)
    caption = "Test score over the number of training rows, with 95 % intervals"
    return Figure(svg=svg, caption=caption, alt=f"{caption}. Numbers in the tables.")


def _scores(context: ReportContext, rows: pd.DataFrame) -> Table:
    """Return a table of each method's mean test score at each size."""
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Rows"),
        Column(title="Train"),
        Column(title="Test"),
        Column(title="Interval"),
        Column(title="Fit", note="median"),
    )
    lines = []
    for _, part in rows.groupby(["task", "method", "size"], sort=False):
        task, size = str(part["task"].iloc[0]), float(part["size"].iloc[0])
        interval = context.intervals.score(part, task)
        lines.append(
            (
                name_cell(context, part["method"].iloc[0], source=str(part["source"].iloc[0])),
                name_cell(context, task),
                Cell(text=f"{size:,.0f}", sort=size),
                score_cell(float(part["train_score"].astype(float).mean())),
                score_cell(interval.estimate, tone="strong"),
                Cell(text=ends(interval, 3) or NONE),
                seconds_cell(float(part["fit_s"].astype(float).median())),
            )
        )
    lines.sort(key=lambda line: (line[1].text, line[0].text, line[2].sort or 0.0))
    return Table(caption="Scores over the number of rows", columns=columns, rows=tuple(lines))
