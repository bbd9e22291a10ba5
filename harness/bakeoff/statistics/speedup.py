"""Ratios of paired times, and the speed-up of another device or backend.

Every ratio of times is a median of the paired ratios (`time_ratio`). Speed-ups are compared within
a machine, and only between trials with the same number of concurrent trials. A place is a value of
`PLACES`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from bakeoff.records import TrialState
from bakeoff.statistics.significance import LEVEL
from bakeoff.trial.prediction_latency import SECONDS, SIZES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from bakeoff.store.run_data import StoredRun

    Floats = npt.NDArray[np.float64]

PLACES = ("device", "backend")
"""Columns whose values are compared; also the names of the studies that pair them."""
CONTROLS = {"device": "cpu", "backend": "tensorflow"}
_SAME = ["task", "method", "study", "variant", "machine"]
_PAIR = ["repeat", "fold", "concurrency", "threads"]

LEAST_LEVEL = 0.9
"""Minimum level of an interval of a ratio; five pairs have 93.75 %, four 87.5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRatio:
    """Ratio of the times of two sides, with its interval if there are enough pairs.

    Args:
        estimate: times as long as the second side the first takes; NaN if a task has no pair.
        low: lower end; NaN if there is no interval.
        high: upper end; NaN if there is no interval.
        n: number of pairs, over all tasks.
        level: confidence level, for several tasks at least this; NaN if there is no interval.
        how: how the interval was computed, or why there is none, for readers of reports.
        by_task: the ratio of each task; empty if this is the ratio of one.
    """

    estimate: float
    low: float
    high: float
    n: int
    level: float
    how: str
    by_task: tuple[TimeRatio, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is an interval besides the estimate."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes 1, or that of every task does, all on the same side."""
        if self.is_known and (self.low > 1 or self.high < 1):
            return True
        return bool(self.by_task) and (
            all(t.low > 1 for t in self.by_task) or all(t.high < 1 for t in self.by_task)
        )


def time_ratio(
    first_s: npt.ArrayLike,
    second_s: npt.ArrayLike,
    tasks: Sequence[Hashable] | npt.NDArray[Any] | pd.Series[Any] | None = None,
) -> TimeRatio:
    """Compute the median ratio of paired times, first over second, with its interval.

    The ends are order statistics of the ratios, the narrowest pair with a level of at least 95 %,
    or else the smallest and largest ratio if their level is at least 90 %. Nothing is assumed about
    how times are distributed, but that pairs are independent. An even number of ratios has the
    geometric mean of the middle two as its median, so that exchanging the sides inverts the ratio.

    Over several tasks it is the geometric mean of the tasks' medians, so that every task weighs the
    same. Its ends are the geometric means of the tasks' ends; as all tasks' intervals hold their
    medians with the product of the tasks' levels, that product is a lower bound of its level.

    Args:
        first_s: float (n_pairs,), seconds of the first side; pairs in which a side is NaN or not
            above 0 are left out.
        second_s: float (n_pairs,), seconds of the second side on the same splits.
        tasks: name of the task of each pair; None if all are of one task.

    Raises:
        ValueError: the arguments differ in length.

    Source:
        Conover, "Practical Nonparametric Statistics", 3rd edition, 1999, section 3.2 (intervals of
        quantiles). The levels and the combination over tasks are chosen here.

    >>> ratio = time_ratio([2.0, 9.0, 3.0, 400.0, 4.0], [1.0, 3.0, 1.0, 4.0, 1.0])
    >>> ratio.estimate, ratio.low, ratio.high, ratio.level
    (3.0, 2.0, 100.0, 0.9375)
    """
    first, second = (np.asarray(side, dtype=float) for side in (first_s, second_s))
    names = np.zeros(len(first), dtype=int) if tasks is None else np.asarray(tasks)
    if not first.shape == second.shape == names.shape:
        expected = f"expected seconds and tasks of shape {first.shape}"
        raise ValueError(f"{expected}; got {second.shape} and {names.shape}.")
    is_measured = (first > 0) & (second > 0) & np.isfinite(first) & np.isfinite(second)
    codes, distinct = pd.factorize(names)
    by_task = [is_measured & (codes == code) for code in range(len(distinct))]
    return _over_tasks([np.sort(first[pairs] / second[pairs]) for pairs in by_task])


def _over_tasks(ratios: list[Floats]) -> TimeRatio:
    """Return the ratio over tasks from the sorted ratios of each."""
    n = sum(map(len, ratios))
    if not ratios or not all(map(len, ratios)):
        return _without_ends(math.nan, n, "no interval: no pair of measured times")
    if len(ratios) == 1:
        return _of_one_task(ratios[0], LEVEL)
    # Each task's part of the level, so that all together have `LEVEL` where there are enough pairs.
    parts = [_of_one_task(r, LEVEL ** (1 / len(ratios)), least=0.0) for r in ratios]
    by_task = tuple(_of_one_task(r, LEVEL) for r in ratios)
    level = math.prod(part.level for part in parts)
    estimate = _geometric_mean([part.estimate for part in parts])
    if level < LEAST_LEVEL:
        counts = f"{min(map(len, ratios))} of at least {_least_pairs(len(ratios))} splits"
        how = f"no interval: {counts} on each of {len(ratios)} tasks"
        return _without_ends(estimate, n, how, by_task)
    return TimeRatio(
        estimate=estimate,
        low=_geometric_mean([part.low for part in parts]),
        high=_geometric_mean([part.high for part in parts]),
        n=n,
        level=level,
        how=f"geometric means of the medians of {len(ratios)} tasks and of their intervals' ends",
        by_task=by_task,
    )


def _of_one_task(ratios: Floats, level: float, *, least: float = LEAST_LEVEL) -> TimeRatio:
    """Return the median with the narrowest interval of at least a level, or the widest."""
    n = len(ratios)
    # Levels fall as the ends move inwards, from the widest interval on.
    levels = [1 - 2 * float(special.bdtr(k, n, 0.5)) for k in range((n + 1) // 2)]
    index = max((k for k, reached in enumerate(levels) if reached >= level), default=0)
    median = _geometric_mean([ratios[(n - 1) // 2], ratios[n // 2]])
    if levels[index] < least:
        return _without_ends(median, n, f"no interval: {n} of at least {_least_pairs(1)} splits")
    ends = "smallest and largest" if not index else f"number {index + 1} from either end"
    return TimeRatio(
        estimate=median,
        low=float(ratios[index]),
        high=float(ratios[n - 1 - index]),
        n=n,
        level=levels[index],
        how=f"median of {n} paired ratios; ends: {ends}",
    )


def _without_ends(
    estimate: float, n: int, how: str, by_task: tuple[TimeRatio, ...] = ()
) -> TimeRatio:
    nan = math.nan
    return TimeRatio(estimate=estimate, low=nan, high=nan, n=n, level=nan, how=how, by_task=by_task)


def _geometric_mean(values: Sequence[float]) -> float:
    # Equal values stay as they are; their logarithms would change the last digit.
    if len(set(values)) == 1:
        return float(values[0])
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _least_pairs(n_tasks: int) -> int:
    """Return the number of pairs of each task from which on there is an interval."""
    n = 1
    while (1 - 2 * 0.5**n) ** n_tasks < LEAST_LEVEL:
        n += 1
    return n


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
        ratio: seconds of the control over those of the place.
    """

    task: str
    method: str
    study: str
    machine: str
    beside: str
    place: str
    control: str
    ratio: TimeRatio

    @property
    def verdict(self) -> str:
        """`faster`, `slower`, or `undecided` if there is no interval or it includes 1."""
        if not self.ratio.is_clear:
            return "undecided"
        return "faster" if self.ratio.estimate > 1 else "slower"


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
        Speedup(**facts, ratio=time_ratio(pairs["_seconds_control"], pairs["_seconds"]))
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
