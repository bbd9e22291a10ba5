"""Speed-up of trials on another device or backend, paired by split on one machine.

Speed-ups are means of log ratios over the pairs. Times are compared within a machine, and only
between trials with the same number of concurrent trials. A place is a value of `PLACES`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bakeoff.records import TrialState
from bakeoff.statistics.intervals import Interval, resampled_interval
from bakeoff.trial.prediction_latency import SECONDS, SIZES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakeoff.store.run_data import StoredRun

PLACES = ("device", "backend")
"""Columns whose values are compared; also the names of the studies that pair them."""
CONTROLS = {"device": "cpu", "backend": "tensorflow"}
_SAME = ["task", "method", "study", "variant", "machine"]
_PAIR = ["repeat", "fold", "concurrency", "threads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speedup:
    """Speed-up of one device or backend over its control, on the splits that both have.

    Args:
        task: name of the task.
        method: name of the method.
        study: study of the pairs, or `none`.
        machine: machine on which both ran.
        beside: value of the other column of `PLACES`, the same for both.
        place: device or backend.
        control: device or backend that it is compared with.
        interval: interval of the natural logarithm of the control's seconds over the place's.
    """

    task: str
    method: str
    study: str
    machine: str
    beside: str
    place: str
    control: str
    interval: Interval

    @property
    def times(self) -> float:
        """Speed-up factor; above 1 the device or backend is faster than its control."""
        return math.exp(self.interval.estimate)

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the interval of `times`; NaN if there are too few pairs."""
        return math.exp(self.interval.low), math.exp(self.interval.high)

    @property
    def verdict(self) -> str:
        """`faster`, `slower`, or `undecided` if the interval includes a factor of 1."""
        if not self.interval.is_clear:
            return "undecided"
        return "faster" if self.interval.estimate > 0 else "slower"


def trials_of(runs: Iterable[StoredRun]) -> pd.DataFrame:
    """Return the complete trials of several runs, once per machine, with a column `source_run`.

    A trial that ran on two machines has two rows, since its times differ.
    """
    parts = []
    for number, run in enumerate(runs):
        rows = run.trials[run.trials["state"] == TrialState.COMPLETE]
        parts.append(rows.assign(source_run=number))
    trials = pd.concat(parts, ignore_index=True)
    return trials.drop_duplicates(["trial", "machine"]).reset_index(drop=True)


def speedups(trials: pd.DataFrame, by: str, seconds: str = "fit_s") -> list[Speedup]:
    """Compute the speed-up of every device or backend over its control.

    Args:
        trials: trials of `trials_of`.
        by: `device` or `backend`.
        seconds: column of wall-clock seconds; values that are not above 0 are ignored.

    Raises:
        ValueError: `by` is neither.
    """
    return [
        Speedup(**facts, interval=_ratio(pairs))
        for facts, pairs in _paired(trials.assign(_seconds=trials[seconds]), by)
    ]


def latencies(runs: Iterable[StoredRun], trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row per trial and batch size, with columns `size` and `call_s`, the median call.

    Args:
        runs: the runs that `trials_of` was called with.
        trials: trials of `trials_of`.
    """
    by_number, parts = dict(enumerate(runs)), []
    for row in trials[trials["study"] == "latency"].to_dict("records"):
        arrays = by_number[row["source_run"]].training(row["trial"])
        for size, calls in zip(arrays.get(SIZES, ()), arrays.get(SECONDS, ()), strict=True):
            parts.append({**row, "size": int(size), "call_s": float(np.nanmedian(calls))})
    return pd.DataFrame(parts, columns=[*trials.columns, "size", "call_s"])


def break_even(by_size: pd.DataFrame, by: str) -> list[tuple[Speedup, str]]:
    """Return the batch size from which on each device or backend is faster than its control.

    Args:
        by_size: frame of `latencies`.
        by: `device` or `backend`.

    Returns:
        For each pair the speed-up at the largest batch size that both have, and a batch size,
        `none`, or `undecided`. At that batch size and all larger ones the speed-up is clear.
    """
    series: dict[tuple[str, ...], list[tuple[int, Speedup]]] = {}
    for size in sorted(set(by_size["size"])):
        for s in speedups(by_size[by_size["size"] == size], by, "call_s"):
            pair = (s.task, s.method, s.machine, s.beside, s.place, s.control)
            series.setdefault(pair, []).append((int(size), s))
    return [(of_pair[-1][1], _break_even_size(of_pair)) for of_pair in series.values()]


def _break_even_size(series: list[tuple[int, Speedup]]) -> str:
    """Return the smallest size from which on all speed-ups are `faster`, `none` or `undecided`."""
    smallest = ""
    for size, speedup in reversed(series):
        if speedup.verdict != "faster":
            break
        smallest = str(size)
    if smallest:
        return smallest
    return "none" if series[-1][1].verdict == "slower" else "undecided"


def _paired(trials: pd.DataFrame, by: str) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Yield fields of each `Speedup`, and a frame with its pairs of seconds."""
    if by not in PLACES:
        raise ValueError(f"expected one of {PLACES}; got {by!r}.")
    beside = PLACES[1 - PLACES.index(by)]
    rows = trials[(trials["_seconds"] > 0) & (trials[by] != "")]
    rows = rows.assign(variant=rows["variant"].where(rows["study"] != by, ""))
    same = [*_SAME, beside]
    # Most trials ran on one device and backend; grouping them all would take seconds.
    distinct = rows[[*same, by]].drop_duplicates()
    several = distinct.loc[distinct.duplicated(same, keep=False), same].drop_duplicates()
    if several.empty:
        return
    rows = rows.merge(several, on=same)
    for key, group in rows.groupby(same, sort=False):
        facts = dict(zip(same, map(str, key), strict=True))
        names = sorted(set(group[by]), key=lambda name: (name != CONTROLS[by], name))
        controls = group[group[by] == names[0]]
        for name in names[1:]:
            both = group[group[by] == name].merge(controls, on=_PAIR, suffixes=("", "_control"))
            if len(both):
                fields = {k: facts[k] for k in ("task", "method", "study", "machine")}
                fields |= {"beside": facts[beside], "place": name, "control": names[0]}
                yield fields, both


def _ratio(pairs: pd.DataFrame) -> Interval:
    logs = np.log(pairs["_seconds_control"].to_numpy(float) / pairs["_seconds"].to_numpy(float))
    return resampled_interval(logs, test_ratio=0.0)
