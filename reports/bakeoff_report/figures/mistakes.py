"""Predictions of a trial on its test part: confusion matrix, calibration, largest errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.metrics.classification import calibration_bins, expected_calibration_error
from bakeoff_report.blocks import Block, Cell, Column, Figure, Table
from bakeoff_report.figures.small_svg import Series, small_chart
from bakeoff_report.words import NONE, number, plural, score

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.model.context import ReportContext

    Array = npt.NDArray[Any]

MOST_CLASSES = 12
MOST_WORST = 6
MOST_POINTS = 250
LEAST_IN_BIN = 5
CALIBRATION_ERROR = "expected_calibration_error"


def predicted_blocks(context: ReportContext, row: dict[Any, Any]) -> list[Block]:
    """Return confusion and calibration of classes, or residuals of numbers."""
    run, trial = context.run_of(row), str(row["trial"])
    truths = run.truths(trial)
    truth, predicted = truths.get("test"), run.predictions(trial).get("test")
    if truth is None or predicted is None or len(truth) != len(predicted) or truth.ndim != 1:
        return []
    rows = truths.get("test_rows", np.arange(len(truth)))
    if row["problem_type"] in ("binary", "multiclass"):
        error = _stored_error(context, trial)
        names = class_names(context, str(row["task"]))
        return _of_classes(names, truth.astype(int), predicted, rows, error)
    if row["problem_type"] == "regression" and predicted.ndim == 1:
        return _of_values(truth.astype(float), predicted.astype(float), rows)
    return []


def _of_classes(
    names: list[str], truth: Array, predicted: Array, rows: Array, error: float
) -> list[Block]:
    labels = predicted.argmax(axis=1) if predicted.ndim > 1 else predicted.astype(int)
    blocks: list[Block] = [_confusion(names, truth, labels)]
    if predicted.ndim > 1:
        sure = predicted.max(axis=1)
        blocks += _calibration(truth, predicted, error)
        blocks += _surest_mistakes(names, truth, labels, sure, rows)
    return blocks


def class_names(context: ReportContext, task: str) -> list[str]:
    """Return the names of a task's classes as the page shows them; empty without classes."""
    classes = context.tasks.loc[task, "classes"]
    return [context.names(c, 32) for c in classes] if isinstance(classes, list) else []


def _name(names: list[str], code: int) -> str:
    return names[code] if 0 <= code < len(names) else str(code)


def _confusion(names: list[str], truth: Array, labels: Array) -> Table:
    """Return the confusion matrix, or the commonest confusions of many classes."""
    codes = np.unique(np.concatenate([truth, labels]))
    if len(codes) > MOST_CLASSES:
        return _commonest(names, truth, labels)
    columns = (
        Column(title="Truth", align="text"),
        *(Column(title=_name(names, int(c)), note="predicted") for c in codes),
        Column(title="Recall"),
    )
    lines = []
    for code in codes:
        predicted = labels[truth == code]
        counts = [int((predicted == answer).sum()) for answer in codes]
        right = int((predicted == code).sum())
        cells = [
            Cell(text=str(n) if n else NONE, tone=_tone(n, is_right=answer == code), sort=n)
            for n, answer in zip(counts, codes, strict=True)
        ]
        recall = right / len(predicted) if len(predicted) else float("nan")
        lines.append((Cell(text=_name(names, int(code))), *cells, Cell(text=number(recall, 3))))
    return Table(
        caption="Confusion on the test part", columns=columns, rows=tuple(lines), is_sortable=False
    )


def _tone(count: int, *, is_right: bool) -> str:
    if is_right:
        return "strong"
    return "bad" if count else "muted"


def _commonest(names: list[str], truth: Array, labels: Array) -> Table:
    wrong = truth != labels
    pairs, counts = np.unique(np.stack([truth[wrong], labels[wrong]]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    columns = (
        Column(title="Truth", align="text"),
        Column(title="Predicted", align="text"),
        Column(title="Times"),
    )
    rows = tuple(
        (
            Cell(text=_name(names, int(pairs[0, i]))),
            Cell(text=_name(names, int(pairs[1, i]))),
            Cell(text=str(counts[i]), sort=float(counts[i])),
        )
        for i in order
    )
    caption = f"Commonest of {plural(int(wrong.sum()), 'mistake')} on {len(truth):,} test rows"
    return Table(caption=caption, columns=columns, rows=rows, is_sortable=False)


def _calibration(truth: Array, proba: Array, stored: float) -> list[Block]:
    """Draw accuracy over confidence in the bins of the calibration error, where rows suffice.

    Args:
        truth: int (n_rows,), true classes.
        proba: float (n_rows, n_classes).
        stored: the trial's expected calibration error; NaN to compute it from the probabilities.
    """
    counts, confidence, accuracy = calibration_bins(truth, proba)
    error = stored
    if not math.isfinite(error):
        error = expected_calibration_error(truth, proba, n_classes=proba.shape[1])
    drawn = np.flatnonzero(counts >= LEAST_IN_BIN)
    points = [(float(confidence[i]), float(accuracy[i])) for i in drawn]
    series = [Series(name="", points=points, colour="accent"),
              Series(name="", points=points, colour="accent", is_line=False)]  # fmt: skip
    svg = small_chart(series, x="mean confidence", y="share right", square=True, ends=(0.0, 1.0))
    if not svg:
        return []
    caption = f"Calibration on the test part: expected calibration error {score(error)}"
    alt = f"{caption}; points below the dashed line are too sure of themselves."
    return [Figure(svg=svg, caption=caption, alt=alt)]


def _stored_error(context: ReportContext, trial: str) -> float:
    """Return the calibration error in the table of the trial's metrics; NaN if it has none."""
    scores = context.details("scores").get(trial)
    if scores is None:
        return math.nan
    tested = scores.loc[scores["metric"] == CALIBRATION_ERROR, "test"].astype(float)
    return float(tested.iloc[0]) if len(tested) else math.nan


def _surest_mistakes(
    names: list[str], truth: Array, labels: Array, sure: Array, rows: Array
) -> list[Block]:
    wrong = np.flatnonzero(truth != labels)
    if not wrong.size:
        return []
    order = wrong[np.argsort(-sure[wrong], kind="stable")][:MOST_WORST]
    columns = (
        Column(title="Row", align="text"),
        Column(title="Truth", align="text"),
        Column(title="Predicted", align="text"),
        Column(title="Confidence"),
    )
    lines = tuple(
        (
            Cell(text=str(int(rows[i]))),
            Cell(text=_name(names, int(truth[i]))),
            Cell(text=_name(names, int(labels[i]))),
            Cell(text=number(float(sure[i]), 3), sort=float(sure[i])),
        )
        for i in order
    )
    return [Table(caption="Its surest mistakes", columns=columns, rows=lines, is_sortable=False)]


def _of_values(truth: Array, predicted: Array, rows: Array) -> list[Block]:
    picked = np.linspace(0, len(truth) - 1, min(len(truth), MOST_POINTS)).astype(int)
    points = [(float(truth[i]), float(predicted[i])) for i in picked]
    svg = small_chart(
        [Series(name="", points=points, colour="accent", is_line=False)],
        x="truth", y="predicted", square=True,
    )  # fmt: skip
    residuals = predicted - truth
    caption = (
        f"Predicted against true values: mean error {residuals.mean():.4g}, "
        f"half of all within {np.median(np.abs(residuals)):.4g}"
    )
    order = np.argsort(-np.abs(residuals), kind="stable")[:MOST_WORST]
    columns = (Column(title="Row", align="text"), Column(title="Truth"), Column(title="Predicted"))
    lines = tuple(
        (
            Cell(text=str(int(rows[i]))),
            Cell(text=f"{truth[i]:.4g}", sort=float(truth[i])),
            Cell(text=f"{predicted[i]:.4g}", sort=float(predicted[i])),
        )
        for i in order
    )
    return [
        Figure(svg=svg, caption=caption, alt=f"{caption}."),
        Table(caption="Its largest errors", columns=columns, rows=lines, is_sortable=False),
    ]
