"""Devices and backends: paired speed-ups, and prediction by batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.statistics.speedup import PLACES, break_even, latencies, speedups, trials_of
from bakeoff_report.blocks import Block, Cell, Column, Prose, Section, Table
from bakeoff_report.cells import cut, name_cell
from bakeoff_report.words import NONE, number, plural, seconds, spoken

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.statistics.speedup import Speedup
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "The same trial in two places: same split, same seeds, same machine. A speed-up above 1 means "
    "faster than the control, with a 95 % interval over the splits; it is undecided where the "
    "interval holds 1. Compilation and warm-up are not part of training time."
)
MOST_ROWS = 200
PHASES = {"fit_s": "Training", "predict_s": "Prediction of the test part"}
TONES = {"faster": "good", "slower": "bad", "undecided": "plain"}


def section(context: ReportContext) -> Section | None:
    """Gone where every trial ran in one place and no prediction was timed by batch size."""
    trials = trials_of(context.runs)
    blocks: list[Block] = []
    for by in PLACES:
        blocks += _pairs(context, trials, by)
    found = latencies(context.runs, trials)
    if not found.empty:
        blocks += [_by_size(context, found), *_break_evens(context, found)]
    skipped = int((context.trials["reason"].fillna("") == "no GPU found").sum())
    if skipped:
        told = f"{plural(skipped, 'trial')} for a GPU did not run: no GPU found."
        blocks.insert(0, Prose(text=told, tone="note"))
    if not blocks:
        return None
    return Section(title="Devices and backends", order=66, lead=LEAD, blocks=tuple(blocks))


def _pairs(context: ReportContext, trials: pd.DataFrame, by: str) -> list[Block]:
    """A row for each method, task and machine with pairs."""
    told = {phase: {_key(s): s for s in speedups(trials, by, phase)} for phase in PHASES}
    keys = list(dict.fromkeys(key for found in told.values() for key in found))
    if not keys:
        return []
    columns = (
        *(Column(title=title, align="text") for title in ("Method", "Task", "Place", "Machine")),
        Column(title="Splits"),
        *(Column(title=title, note="times as fast") for title in PHASES.values()),
    )
    rows = []
    for key in keys:
        one = next(found[key] for found in told.values() if key in found)
        rows.append(
            (
                *_names(context, one),
                Cell(text=str(one.interval.n), sort=one.interval.n),
                *(_times(found.get(key)) for found in told.values()),
            )
        )
    shown, note = cut(rows, MOST_ROWS)
    caption = f"{spoken(by).capitalize()}s compared: speed-up over the control"
    return [Table(caption=caption, columns=columns, rows=shown, note=note)]


def _key(one: Speedup) -> tuple[str, ...]:
    return (one.task, one.method, one.study, one.machine, one.beside, one.place)


def _names(context: ReportContext, one: Speedup) -> tuple[Cell, ...]:
    study = "" if one.study == "none" else f"study {context.names(one.study)}"
    against = f"against {context.names(one.control)}"
    place = f"{one.place}, {one.beside}" if one.beside else one.place
    return (
        name_cell(context, one.method, sub=study),
        name_cell(context, one.task),
        name_cell(context, place, sub=against),
        name_cell(context, one.machine),
    )


def _times(one: Speedup | None) -> Cell:
    if one is None:
        return Cell(text=NONE)
    low, high = one.ends
    ends = f"[{_number(low)}, {_number(high)}]" if one.interval.is_known else "no interval"
    sub = ends if one.verdict != "undecided" else f"undecided {ends}"
    return Cell(text=_number(one.times), sub=sub, tone=TONES[one.verdict], sort=one.times)


def _number(ratio: float) -> str:
    return number(ratio, 1 if ratio >= 10 else 2)  # noqa: PLR2004  three digits tell enough


def _by_size(context: ReportContext, found: pd.DataFrame) -> Table:
    sizes = sorted(set(found["size"]))
    same = ["method", "task", "device", "backend", "machine"]
    columns = (
        *(Column(title=title, align="text") for title in ("Method", "Task", "Place", "Machine")),
        *(Column(title=plural(size, "row"), note="a call") for size in sizes),
    )
    rows = []
    for key, group in found.groupby(same, sort=False):
        method, task, device, backend, machine = map(str, key)
        medians = group.groupby("size")["call_s"].median()
        place = f"{device}, {backend}" if backend else device
        cells = [_call(float(medians.get(size, float("nan"))), size) for size in sizes]
        names = (name_cell(context, name) for name in (method, task, place, machine))
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
    """Calls take from microseconds to seconds."""
    if value < 1e-3:  # noqa: PLR2004  a millisecond
        return f"{number(value * 1e6, 0)} \N{MICRO SIGN}s"
    return f"{number(value * 1e3, 1)} ms" if value < 1 else seconds(value)


def _break_evens(context: ReportContext, found: pd.DataFrame) -> list[Block]:
    rows = []
    for by in PLACES:
        for one, size in break_even(found, by):
            rows.append((*_names(context, one), Cell(text=size), _times(one)))
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
