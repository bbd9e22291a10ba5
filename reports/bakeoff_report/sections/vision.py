"""Segmentation and detection: metrics by method, and predictions drawn over test images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.problems.ragged import unpack
from bakeoff_report.blocks import Block, Column, Figure, Section, Table
from bakeoff_report.cells import name_cell, score_cell, seconds_cell
from bakeoff_report.figures.pictures import Strip, strips
from bakeoff_report.model.times import median_seconds
from bakeoff_report.words import label, metric_name

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Where the answer lies in the image: a class for each pixel, or boxes with a class. Scores are "
    "means over splits on test images; pictures are the first test images of the first split."
)
METRICS = {
    "segmentation": ("mean_iou", "dice", "pixel_accuracy"),
    "recognition": ("map50", "map50_95"),
}
N_IMAGES, N_METHODS = 5, 4


def section(context: ReportContext) -> Section | None:
    """Build one table and one figure per task; None if no task has masks or boxes."""
    blocks: list[Block] = []
    for task, facts in context.tasks.iterrows():
        problem = str(facts["problem_type"])
        rows = context.main[context.main["task"] == task]
        if problem not in METRICS or rows.empty:
            continue
        rows = rows.sort_values(["repeat", "fold", "test_score"], ascending=[True, True, False])
        blocks.append(_table(context, str(task), problem, rows))
        figure = _figure(context, str(task), problem, rows, list(facts["classes"]))
        if figure is not None:
            blocks.append(figure)
    if not blocks:
        return None
    return Section(title="Masks and boxes", order=45, lead=LEAD, blocks=tuple(blocks))


def _table(context: ReportContext, task: str, problem: str, rows: pd.DataFrame) -> Table:
    names = METRICS[problem]
    by_run = {run.name: run.scores for run in context.runs}
    lines = []
    for method, part in rows.groupby("method", sort=False):
        means = []
        for name in names:
            values = [
                value
                for trial, run in zip(part["trial"], part["run"], strict=True)
                for value in _test_scores(by_run[run], trial, name)
            ]
            means.append(sum(values) / len(values) if values else float("nan"))
        cells = [score_cell(value) for value in means]
        last = seconds_cell(median_seconds(part))
        lines.append((name_cell(context, method, source=str(part["source"].iloc[0])), *cells, last))
    columns = (
        Column(title="Method", align="text"),
        *(Column(title=metric_name(name)) for name in names),
        Column(title="Training", note="median"),
    )
    caption = f"{context.names(task)}: test scores, higher is better"
    return Table(caption=caption, columns=columns, rows=tuple(lines))


def _test_scores(scores: pd.DataFrame, trial: str, metric: str) -> list[float]:
    rows = scores[(scores["trial"] == trial) & (scores["metric"] == metric)]
    return [float(value) for value in rows["test"].dropna()]


def _figure(
    context: ReportContext, task: str, problem: str, rows: pd.DataFrame, classes: list[str]
) -> Figure | None:
    """Draw truth and predictions over the example images; None if none are stored."""
    first = rows[(rows["repeat"] == rows["repeat"].min()) & (rows["fold"] == rows["fold"].min())]
    shown = first.drop_duplicates("method").head(N_METHODS)
    by_name = {run.name: run for run in context.runs}
    run = by_name[str(shown["run"].iloc[0])]
    truths = run.truths(str(shown["trial"].iloc[0]))
    images = truths.get("test_images")
    if images is None or not len(images):
        return None
    images = images[:N_IMAGES]
    is_masks = problem == "segmentation"
    truth = _masks(truths, "truth") if is_masks else _boxes(truths, "truth", None)
    drawn = [truth]
    for trial, name, method in zip(shown["trial"], shown["run"], shown["method"], strict=True):
        title = label(context.names(method), 22)
        strip = _predicted(by_name[str(name)], str(trial), title, None if is_masks else truth)
        if strip is not None:
            drawn.append(strip)
    caption = f"{context.names(task)}: truth and predictions on {len(images)} test images"
    if not is_masks:
        caption += "; of each method as many of its best-scored boxes as the truth has"
    alt = f"{caption}. Rows: {', '.join(strip.label for strip in drawn)}."
    legend = [label(context.names(name), 18) for name in (classes[1:] if is_masks else classes)]
    return Figure(svg=strips(images, drawn, legend), caption=caption, alt=alt)


def _predicted(run: StoredRun, trial: str, title: str, truth: Strip | None) -> Strip | None:
    arrays = run.predictions(trial)
    if truth is not None and "test_offsets" in arrays:
        return _boxes(arrays, title, truth)
    return _masks(arrays, title) if truth is None and "test_examples" in arrays else None


def _masks(arrays: dict[str, Any], title: str) -> Strip:
    return Strip(label=title, masks=arrays["test_examples"][:N_IMAGES])


def _boxes(arrays: dict[str, Any], title: str, truth: Strip | None) -> Strip:
    """Return boxes of the examples; of predictions the best-scored, as many as in the truth."""
    boxes = list(unpack(arrays["test_boxes"], arrays["test_offsets"])[:N_IMAGES])
    if truth is not None and truth.boxes is not None:
        boxes = [
            predicted[(-predicted[:, 5]).argsort(kind="stable")][: len(true)]
            for predicted, true in zip(boxes, truth.boxes, strict=True)
        ]
    return Strip(label=title, boxes=boxes)
