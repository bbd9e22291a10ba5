"""Clusters: number, sizes, stability, and agreement with labels unseen in training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_report.blocks import Block, Cell, Column, Figure, Finding, Section, Table
from bakeoff_report.cells import cut, metric_cell, name_cell, score_cell
from bakeoff_report.charts import Svg, source_scale
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.model.notes import groups, noted, reason, values
from bakeoff_report.words import NONE, label, number, spoken

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

NAMES = ("clusters_found", "n_clusters", "cluster_stability")
LEAD = (
    "Labels, where a task has them, score clusters and are seen by no component. Stability is the "
    "adjusted Rand index between subsamples that were clustered anew: 1 where every pair of rows "
    "meets again, about 0 where clusters are cuts through one cloud. Stable clusters need not be "
    "those that the labels name. A clusterer that can't place new rows meets the rows of all parts "
    "together and has no gap. Measures of the distance between clusters, such as the silhouette, "
    "compare clusterers over the same features and not features."
)
MOST_ROWS = 80
SIZES = 12


def section(context: ReportContext) -> Section | None:
    """Plot stability, tabulate numbers and sizes; None without clusters."""
    rows = noted(context, NAMES)
    if rows.empty or "clusters_found" not in rows:
        return None
    blocks: list[Block] = []
    points = _points(context, rows)
    if points:
        caption = "Stability of clusters over subsamples"
        alt = f"{caption}: mean and the middle 95 % of pairs; numbers in the table."
        blocks.append(Figure(svg=_chart(points), caption=caption, alt=alt))
    blocks.append(_table(context, rows))
    return Section(
        title="Clusters", order=47, lead=LEAD, blocks=tuple(blocks), findings=_findings(points)
    )


def _arrays(context: ReportContext, part: pd.DataFrame, name: str) -> list[Any]:
    stored = []
    for row in part.to_dict("records"):
        arrays = context.run_of(row).training(str(row["trial"]))
        if name in arrays:
            stored.append(arrays[name])
    return stored


def _points(context: ReportContext, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return mean and 2.5 and 97.5 % quantiles of stability over the pairs of all splits."""
    points = []
    for task, method, part in groups(rows):
        stability = _arrays(context, part, "cluster_stability")
        if stability:
            pairs = np.concatenate(stability)
            low, high = np.percentile(pairs, [2.5, 97.5])
            points.append(
                {
                    "task": label(context.names(task)),
                    "method": label(context.names(method)),
                    "source": spoken(str(part["source"].iloc[0])),
                    "raw_source": str(part["source"].iloc[0]),
                    "mean": float(pairs.mean()),
                    "low": float(low),
                    "high": float(high),
                }
            )
    return points


def _chart(points: list[dict[str, Any]]) -> Svg:
    import altair as alt

    sources = list(dict.fromkeys(point["raw_source"] for point in points))
    low = min(0.0, *(point["low"] for point in points))
    base = alt.Chart().encode(  # rows come with the facets: data of its own would fill each facet
        y=alt.Y("method:N", sort=None, title=None),
        color=alt.Color("source:N", scale=source_scale(sources), title="Source"),
    )
    x = alt.X("low:Q", title="adjusted Rand between subsamples", scale=alt.Scale(domain=[low, 1]))
    lines = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(x="mean:Q")
    layered = alt.layer(lines, dots).properties(width=420)
    header = alt.Header(labelOrient="top", labelAnchor="start")
    chart = layered.facet(
        facet=alt.Facet("task:N", sort=None, title=None, header=header),
        columns=1,
        data=alt.InlineData(values=points),
    ).resolve_scale(y="independent")
    return to_svg(chart, "clusters")


def _table(context: ReportContext, rows: pd.DataFrame) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Metric", align="text"),
        Column(title="Test"),
        Column(title="Clusters", note="found"),
        Column(title="Number chosen", align="text"),
        Column(title="Stability", align="text"),
        Column(title="Sizes", align="text", note="first split, largest first"),
    )
    lines = [
        (
            name_cell(context, method, source=str(part["source"].iloc[0])),
            name_cell(context, task),
            metric_cell(context, task),
            score_cell(float(part["test_score"].mean()), tone="strong"),
            Cell(text=_range(values(part, "clusters_found"))),
            Cell(text=_chosen(part)),
            Cell(text=_stability(context, part)),
            Cell(text=_sizes(context, part)),
        )
        for task, method, part in groups(rows)
    ]
    shown, note = cut(lines, MOST_ROWS)
    return Table(caption="Clusters, sizes and stability", columns=columns, rows=shown, note=note)


def _range(numbers: list[float]) -> str:
    if not numbers:
        return NONE
    low, high = int(min(numbers)), int(max(numbers))
    return str(low) if low == high else f"{low} to {high}"


def _chosen(part: pd.DataFrame) -> str:
    """Return the number of clusters of each split, with the interval of the first."""
    numbers = _range(values(part, "n_clusters"))
    interval = reason(part, "n_clusters")
    return f"{numbers} {interval.partition(']')[0]}]" if interval.startswith("[") else numbers


def _stability(context: ReportContext, part: pd.DataFrame) -> str:
    stability = _arrays(context, part, "cluster_stability")
    if not stability:
        return NONE
    pairs = np.concatenate(stability)
    low, high = np.percentile(pairs, [2.5, 97.5])
    return f"{number(float(pairs.mean()), 2)} [{number(float(low), 2)}, {number(float(high), 2)}]"


def _sizes(context: ReportContext, part: pd.DataFrame) -> str:
    """Return the sizes of the first split's clusters, largest first, then noise."""
    first = part.iloc[:1]
    sizes, codes = (_arrays(context, first, f"cluster_{name}") for name in ("sizes", "codes"))
    if not sizes or not codes:
        return NONE
    counts = sorted(map(int, sizes[0][codes[0] >= 0]), reverse=True)
    text = ", ".join(map(str, counts[:SIZES])) + (", ..." if len(counts) > SIZES else "")
    noise = int(sizes[0][codes[0] < 0].sum())
    return f"{text}; noise {noise}" if noise else text


def _findings(points: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """Name the most and the least stable clusters."""
    if len(points) < 2:  # noqa: PLR2004  nothing to compare
        return ()
    ordered = sorted(points, key=lambda point: point["mean"])
    worst, best = ordered[0], ordered[-1]
    pairs = [
        f"{point['method']} on {point['task']} ({number(point['mean'], 2)} "
        f"[{number(point['low'], 2)}, {number(point['high'], 2)}])"
        for point in (best, worst)
    ]
    text = (
        f"Clustered anew on subsamples, {pairs[0]} finds the same groups most often of "
        f"{len(points)} and {pairs[1]} least often (adjusted Rand index, 1 is always; in brackets "
        "the middle 95 % of pairs)."
    )
    return (Finding(topic="Clusters", claim=text),)
