"""Devices and backends: paired speed-ups, and prediction time by batch size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.statistics.speedup import PLACES, break_even, latencies, speedups, trials_of
from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.cells import cut, name_cell, ratio_cell
from bakeoff_report.words import NONE, number, plural, seconds, spoken

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.statistics.speedup import Speedup
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "The same trial in two places: same split, same seeds, same machine. A speed-up above 1 means "
    "faster than the control. It is the median of the ratios of the splits, with an interval for "
    "that median and its level, which five splits or more give; it is undecided where the interval "
    "holds 1. Compilation and warm-up are not part of training time."
)
MOST_ROWS = 200
PHASES = {"fit_s": "Training", "predict_s": "Prediction of the test part"}
TONES = {"faster": "good", "slower": "bad", "undecided": "plain"}


def section(context: ReportContext) -> Section | None:
    """Compare devices and backends; None if all trials ran on one, without timed predictions."""
    trials = trials_of(context.runs)
    blocks: list[Block] = []
    for column in PLACES:
        blocks += _pairs(context, trials, column)
    timings = latencies(context.runs, trials)
    if not timings.empty:
        blocks += [_by_size(context, timings), *_break_evens(context, timings)]
    skipped = int((context.trials["reason"].fillna("") == "no GPU found").sum())
    if skipped:
        text = f"{plural(skipped, 'trial')} for a GPU did not run: no GPU found."
        blocks.insert(0, Prose(text=text, tone="note"))
    if not blocks:
        return None
    return Section(title="Devices and backends", order=66, lead=LEAD, blocks=tuple(blocks))


def _pairs(context: ReportContext, trials: pd.DataFrame, column: str) -> list[Block]:
    """Return a table with one row per method, task and machine that has pairs."""
    by_phase = {phase: {_key(s): s for s in speedups(trials, column, phase)} for phase in PHASES}
    keys = list(dict.fromkeys(key for of_phase in by_phase.values() for key in of_phase))
    if not keys:
        return []
    columns = (
        *(Column(title=title, align="text") for title in ("Method", "Task", "Place", "Machine")),
        Column(title="Splits"),
        *(Column(title=title, note="times as fast") for title in PHASES.values()),
    )
    rows = []
    for key in keys:
        speedup = next(of_phase[key] for of_phase in by_phase.values() if key in of_phase)
        rows.append(
            (
                *_names(context, speedup),
                Cell(text=str(speedup.ratio.n), sort=speedup.ratio.n),
                *(_times(of_phase.get(key)) for of_phase in by_phase.values()),
            )
        )
    shown, note = cut(rows, MOST_ROWS)
    caption = f"{spoken(column).capitalize()}s compared: speed-up over the control"
    return [Table(caption=caption, columns=columns, rows=shown, note=note)]


def _key(speedup: Speedup) -> tuple[str, ...]:
    return (
        speedup.task,
        speedup.method,
        speedup.study,
        speedup.machine,
        speedup.beside,
        speedup.place,
    )


def _names(context: ReportContext, speedup: Speedup) -> tuple[Cell, ...]:
    study = "" if speedup.study == "none" else f"study {context.names(speedup.study)}"
    against = f"against {context.names(speedup.control)}"
    place_name = f"{speedup.place}, {speedup.beside}" if speedup.beside else speedup.place
    return (
        name_cell(context, speedup.method, sub=study),
        name_cell(context, speedup.task),
        name_cell(context, place_name, sub=against),
        name_cell(context, speedup.machine),
    )


def _times(speedup: Speedup | None) -> Cell:
    if speedup is None:
        return Cell(text=NONE)
    cell, verdict = ratio_cell(speedup.ratio), speedup.verdict
    is_open = verdict == "undecided" and speedup.ratio.is_known
    return replace(cell, sub=f"undecided {cell.sub}" if is_open else cell.sub, tone=TONES[verdict])


def _by_size(context: ReportContext, timings: pd.DataFrame) -> Table:
    sizes = sorted(set(timings["size"]))
    same = ["method", "task", "device", "backend", "machine"]
    columns = (
        *(Column(title=title, align="text") for title in ("Method", "Task", "Place", "Machine")),
        *(Column(title=plural(size, "row"), note="a call") for size in sizes),
    )
    rows = []
    for key, group in timings.groupby(same, sort=False):
        method, task, device, backend, machine = map(str, key)
        medians = group.groupby("size")["call_s"].median()
        place_name = f"{device}, {backend}" if backend else device
        cells = [_call(float(medians.get(size, float("nan"))), size) for size in sizes]
        names = (name_cell(context, name) for name in (method, task, place_name, machine))
        rows.append((*names, *cells))
    note = (
        "From raw inputs to answers, features included: the median over splits of each split's "
        "median call. Below it, the time of a row."
    )
    shown, note = cut(rows, MOST_ROWS, note)
    return Table(caption="Prediction by batch size", columns=columns, rows=shown, note=note)


def _call(call_s: float, size: int) -> Cell:
    if not call_s >= 0:
        return Cell(text=NONE)
    return Cell(text=_short(call_s), sub=f"{_short(call_s / size)} a row", sort=call_s)


def _short(value: float) -> str:
    """Return seconds as text, in microseconds or milliseconds where they are short."""
    if value < 1e-3:  # noqa: PLR2004  a millisecond
        return f"{number(value * 1e6, 0)} \N{MICRO SIGN}s"
    return f"{number(value * 1e3, 1)} ms" if value < 1 else seconds(value)


def _break_evens(context: ReportContext, timings: pd.DataFrame) -> list[Block]:
    rows = []
    for column in PLACES:
        for speedup, size in break_even(timings, column):
            rows.append((*_names(context, speedup), Cell(text=size), _times(speedup)))
    if not rows:
        return []
    columns = (
        *(Column(title=title, align="text") for title in ("Method", "Task", "Place", "Machine")),
        Column(title="Faster from", note="rows a call"),
        Column(title="At the largest size", note="times as fast"),
    )
    shown, note = cut(rows, MOST_ROWS)
    caption = "Break-even: from which batch size prediction is faster than on the control"
    return [Table(caption=caption, columns=columns, rows=shown, note=note)]
