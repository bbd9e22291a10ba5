"""How many times as fast a trial is in another place: paired by split, within one machine.

A ratio is told by its logarithm's mean over the pairs. The times of a machine are compared with
each other alone, and only where as many trials ran beside.
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
"""Columns whose values are places to compare; also the names of the studies that pair them."""
CONTROLS = {"device": "cpu", "backend": "tensorflow"}
_SAME = ["task", "method", "study", "variant", "machine"]
_PAIR = ["repeat", "fold", "concurrency", "threads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speedup:
    """One place against its control, over the splits that both have.

    Args:
        task: name of the task.
        method: name of the method.
        study: study of the pairs, or `none`.
        machine: where both ran.
        beside: value of the other column of `PLACES`, the same for both.
        place: the place.
        control: what it is compared with.
        interval: of the natural logarithm of the control's seconds over the place's.
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
        """How many times as fast: above 1 the place is faster."""
        return math.exp(self.interval.estimate)

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the interval of `times`; NaN where there are too few pairs for one."""
        return math.exp(self.interval.low), math.exp(self.interval.high)

    @property
    def verdict(self) -> str:
        """`faster`, `slower`, or `undecided` where the noise is too large to tell."""
        if not self.interval.is_clear:
            return "undecided"
        return "faster" if self.interval.estimate > 0 else "slower"


def trials_of(runs: Iterable[StoredRun]) -> pd.DataFrame:
    """Complete trials of several runs, each once a machine, with the column `source_run`.

    A trial that two machines ran stands twice: its times differ.
    """
    parts = []
    for number, run in enumerate(runs):
        rows = run.trials[run.trials["state"] == TrialState.COMPLETE]
        parts.append(rows.assign(source_run=number))
    found = pd.concat(parts, ignore_index=True)
    return found.drop_duplicates(["trial", "machine"]).reset_index(drop=True)


def speedups(trials: pd.DataFrame, by: str, seconds: str = "fit_s") -> list[Speedup]:
    """Every place against its control.

    Args:
        trials: as `trials_of` makes them.
        by: `device` or `backend`.
        seconds: column of wall-clock seconds; values that are not above 0 are left out.

    Raises:
        ValueError: `by` is something else.
    """
    return [
        Speedup(**facts, interval=_ratio(pairs))
        for facts, pairs in _paired(trials.assign(_seconds=trials[seconds]), by)
    ]


def latencies(runs: Iterable[StoredRun], trials: pd.DataFrame) -> pd.DataFrame:
    """Predictions by batch size: the trials' columns, `size`, and `call_s`, a call's median.

    Args:
        runs: as `trials_of` was given them.
        trials: as it made them.
    """
    by_number, parts = dict(enumerate(runs)), []
    for row in trials[trials["study"] == "latency"].to_dict("records"):
        arrays = by_number[row["source_run"]].training(row["trial"])
        for size, calls in zip(arrays.get(SIZES, ()), arrays.get(SECONDS, ()), strict=True):
            parts.append({**row, "size": int(size), "call_s": float(np.nanmedian(calls))})
    return pd.DataFrame(parts, columns=[*trials.columns, "size", "call_s"])


def break_even(found: pd.DataFrame, by: str) -> list[tuple[Speedup, str]]:
    """From which batch size on a place is faster than its control.

    Args:
        found: as `latencies` made it.
        by: `device` or `backend`.

    Returns:
        For each pair of places the speed-up at the largest size that both have, and a batch size,
        `none`, or `undecided`. A size counts if the place is clearly faster from there on.
    """
    chains: dict[tuple[str, ...], list[tuple[int, Speedup]]] = {}
    for size in sorted(set(found["size"])):
        for one in speedups(found[found["size"] == size], by, "call_s"):
            key = (one.task, one.method, one.machine, one.beside, one.place, one.control)
            chains.setdefault(key, []).append((int(size), one))
    return [(chain[-1][1], _from(chain)) for chain in chains.values()]


def _from(chain: list[tuple[int, Speedup]]) -> str:
    first = ""
    for size, one in reversed(chain):
        if one.verdict != "faster":
            break
        first = str(size)
    if first:
        return first
    return "none" if chain[-1][1].verdict == "slower" else "undecided"


def _paired(trials: pd.DataFrame, by: str) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Facts of each pair of places, and its pairs of seconds."""
    if by not in PLACES:
        raise ValueError(f"expected one of {PLACES}; got {by!r}.")
    beside = PLACES[1 - PLACES.index(by)]
    rows = trials[(trials["_seconds"] > 0) & (trials[by] != "")]
    rows = rows.assign(variant=rows["variant"].where(rows["study"] != by, ""))
    same = [*_SAME, beside]
    # Most trials of most runs ran in one place: a frame for each would take seconds.
    ran = rows[[*same, by]].drop_duplicates()
    several = ran.loc[ran.duplicated(same, keep=False), same].drop_duplicates()
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
                told = {k: facts[k] for k in ("task", "method", "study", "machine")}
                places = {"beside": facts[beside], "place": name, "control": names[0]}
                yield told | places, both


def _ratio(pairs: pd.DataFrame) -> Interval:
    logs = np.log(pairs["_seconds_control"].to_numpy(float) / pairs["_seconds"].to_numpy(float))
    return resampled_interval(logs, test_ratio=0.0)
