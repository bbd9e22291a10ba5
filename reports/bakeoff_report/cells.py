"""Table cells that several sections share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

from bakeoff.statistics.speedup import time_ratio
from bakeoff_report.blocks import Cell
from bakeoff_report.words import (
    ARROWS,
    DIRECTIONS,
    NONE,
    Unit,
    metric_name,
    plural,
    ratio_ends,
    score,
    seconds,
    spoken,
    times,
    why_no_ends,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bakeoff.statistics.intervals import Interval
    from bakeoff.statistics.overfitting import Verdict
    from bakeoff.statistics.speedup import TimeRatio
    from bakeoff_report.model.context import ReportContext

Row = TypeVar("Row")
UNDECIDED = "0 lies within the interval"
LONGEST_TEXT = 120


def cut(rows: Sequence[Row], most: int, note: str = "") -> tuple[tuple[Row, ...], str]:
    """Return the first rows of a table, and its note with the number of rows left out."""
    left = len(rows) - most
    sentence = f"{plural(left, 'more row')} left out here; `bakeoff export` writes them all."
    return tuple(rows[:most]), f"{sentence} {note}".strip() if left > 0 else note


def name_cell(context: ReportContext, name: object, *, source: str = "", sub: str = "") -> Cell:
    """Return a name from data or plugins, shortened where it is long."""
    return Cell(text=context.names(name), source=source, sub=sub)


def text_cell(context: ReportContext, text: object) -> Cell:
    """Return a sentence from data or plugins, shortened where it is very long."""
    return Cell(text=context.names(text, LONGEST_TEXT))


def source_cell(source: str) -> Cell:
    """Return a source of features with its colour."""
    return Cell(text=spoken(source), source=source)


def score_cell(value: float, *, mark: str = "", meaning: str = "", tone: str = "plain") -> Cell:
    """Return a score, or a dash for NaN."""
    return Cell(text=score(value), mark=mark, meaning=meaning, tone=tone, sort=finite(value))


def seconds_cell(value: float, *, sub: str = "") -> Cell:
    """Return a time in the unit that fits, or a dash for NaN."""
    return Cell(text=seconds(value), sub=sub, sort=finite(value))


def interval_cell(interval: Interval | None, unit: Unit, *, good: str = "good") -> Cell:
    """Return a difference above its interval, coloured if the interval excludes 0.

    Its table takes the colour where the difference is not significant among all of the table.

    Args:
        interval: None gives a dash.
        unit: of the metric.
        good: tone of a clear positive difference; a negative one has the opposite tone.
    """
    if interval is None or not math.isfinite(interval.estimate):
        return Cell(text=NONE, sort=None)
    tones = (good, "bad" if good == "good" else "good")
    tone = "plain"
    if interval.is_clear:
        tone = tones[0] if interval.estimate > 0 else tones[1]
    return Cell(
        text=unit.difference(interval.estimate),
        sub=unit.ends(interval) or why_no_ends(interval),
        tone=tone,
        sort=interval.estimate,
        p=finite(interval.p),
    )


def metric_cell(context: ReportContext, task: str) -> Cell:
    """Return the metric of a task with an arrow for its direction."""
    row = context.tasks.loc[task]
    direction = str(row["direction"])
    return Cell(
        text=metric_name(context.names(row["metric"])),
        mark=ARROWS.get(direction, ""),
        meaning=DIRECTIONS.get(direction, ""),
    )


def metric_label(context: ReportContext, task: str) -> str:
    """Return the metric of a task and the arrow of its direction as one text."""
    cell = metric_cell(context, task)
    return f"{cell.text} {cell.mark}".strip()


def finite(value: float) -> float | None:
    """Return a number to sort by, or None for NaN and infinity."""
    return value if math.isfinite(value) else None


def verdict_cell(verdict: Verdict, unit: Unit, *, interpolates: bool = False) -> Cell:
    """Return the answers on overfitting and underfitting, coloured if one is a warning."""
    answers = ["overfits"] if verdict.overfits else []
    answers += ["underfits"] if verdict.underfits else []
    at_most = f"at most {unit.size(verdict.at_most)}"
    if not math.isfinite(verdict.at_most):
        at_most = "gap unknown"
    elif verdict.is_small:
        answers = answers or ["no gap that matters"]
    if not answers:
        return Cell(text=at_most)
    sub = "" if verdict.overfits else at_most
    return Cell(
        text=", ".join(answers),
        sub="interpolates" if interpolates else sub,
        tone="bad" if verdict.overfits else "plain",
    )


def ratio_cell(ratio: TimeRatio) -> Cell:
    """Return a ratio of times above its interval, or a dash if none were measured."""
    if not math.isfinite(ratio.estimate):
        return Cell(text=NONE)
    text = f"{times(ratio.estimate)}\N{MULTIPLICATION SIGN}"
    return Cell(text=text, sub=ratio_ends(ratio) or why_no_ends(ratio), sort=ratio.estimate)


def time_cell(part: pd.DataFrame) -> Cell:
    """Return the ratio of training times of pairs of one task, first over second."""
    return ratio_cell(time_ratio(part["seconds_first"], part["seconds_second"]))
