"""Cells that several sections share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bakeoff_report.blocks import Cell
from bakeoff_report.words import (
    ARROWS,
    DIRECTIONS,
    NONE,
    Unit,
    metric_name,
    plural,
    score,
    seconds,
    spoken,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bakeoff.statistics.intervals import Interval
    from bakeoff.statistics.overfitting import Verdict
    from bakeoff_report.model.context import ReportContext

Row = TypeVar("Row")
UNDECIDED = "0 lies within the interval"
LONGEST_TEXT = 120


def cut(rows: Sequence[Row], most: int, note: str = "") -> tuple[tuple[Row, ...], str]:
    """The first rows of a table, and its note, which says how many are left out."""
    left = len(rows) - most
    told = f"{plural(left, 'more row')} left out here; `bakeoff export` writes them all."
    return tuple(rows[:most]), f"{told} {note}".strip() if left > 0 else note


def name_cell(context: ReportContext, name: object, *, source: str = "", sub: str = "") -> Cell:
    """A name from outside, shortened where it is long."""
    return Cell(text=context.names(name), source=source, sub=sub)


def text_cell(context: ReportContext, text: object) -> Cell:
    """A sentence from outside, shortened where it is very long."""
    return Cell(text=context.names(text, LONGEST_TEXT))


def source_cell(source: str) -> Cell:
    """A source with its colour."""
    return Cell(text=spoken(source), source=source)


def score_cell(value: float, *, mark: str = "", meaning: str = "", tone: str = "plain") -> Cell:
    """A score, or a dash."""
    return Cell(text=score(value), mark=mark, meaning=meaning, tone=tone, sort=finite(value))


def seconds_cell(value: float, *, sub: str = "") -> Cell:
    """Seconds in the unit that fits, or a dash."""
    return Cell(text=seconds(value), sub=sub, sort=finite(value))


def interval_cell(interval: Interval | None, unit: Unit, *, good: str = "good") -> Cell:
    """A difference with its interval below; coloured only where 0 is left out.

    Args:
        interval: None leaves a dash.
        unit: of the metric.
        good: tone of a clear positive difference; the opposite tone goes to a negative one.
    """
    if interval is None or not math.isfinite(interval.estimate):
        return Cell(text=NONE, sort=None)
    tones = (good, "bad" if good == "good" else "good")
    tone = "plain"
    if interval.is_clear:
        tone = tones[0] if interval.estimate > 0 else tones[1]
    return Cell(
        text=unit.difference(interval.estimate),
        sub=unit.ends(interval) or "no interval",
        tone=tone,
        sort=interval.estimate,
    )


def metric_cell(context: ReportContext, task: str) -> Cell:
    """The metric of a task with its direction."""
    row = context.tasks.loc[task]
    direction = str(row["direction"])
    return Cell(
        text=metric_name(context.names(row["metric"])),
        mark=ARROWS.get(direction, ""),
        meaning=DIRECTIONS.get(direction, ""),
    )


def metric_label(context: ReportContext, task: str) -> str:
    """The metric of a task and the arrow of its direction, in one text."""
    cell = metric_cell(context, task)
    return f"{cell.text} {cell.mark}".strip()


def finite(value: float) -> float | None:
    """A number to sort by; None where there is none."""
    return value if math.isfinite(value) else None


def verdict_cell(found: Verdict, sub: str = "") -> Cell:
    """The verdict in a word, coloured where it is a warning."""
    return Cell(text=found, sub=sub, tone="bad" if found == found.OVERFITS else "plain")


def time_cell(part: pd.DataFrame) -> Cell:
    """How many times as long the first of each pair was fitted as the second, in geometric mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(part["fit_s_first"].astype(float) / part["fit_s_second"].astype(float))
    logs = logs[np.isfinite(logs)]
    if logs.empty:
        return Cell(text=NONE)
    ratio = float(np.exp(logs.mean()))
    return Cell(text=f"{times(ratio)}\N{MULTIPLICATION SIGN}", sort=ratio)
