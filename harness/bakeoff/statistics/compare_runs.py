"""Compare the scores of two runs, paired by split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.metrics.base import signed
from bakeoff.records import FIXED_SPLITS
from bakeoff.statistics.bootstrap import WEIGHTED, fixed_part_interval
from bakeoff.statistics.contrasts import test_ratios
from bakeoff.statistics.intervals import (
    MIN_REPEATS,
    THIS_DATA,
    Interval,
    no_interval,
    resampled_interval,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from bakeoff.store.run_data import ResamplingUnits, StoredRun

CELL = ["task", "method", "study", "variant", "device", "backend"]
SPLIT = ["repeat", "fold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change of one method's test score on one task from run A to run B.

    Args:
        cell: task, method, study, variant, device and backend.
        metric: the task's metric.
        a: mean test score in A over the paired splits.
        b: mean test score in B over the paired splits.
        gain: B minus A, signed so that positive is better, with its interval.
        n_lost: number of splits that are complete in A but not in B.
        same_data: whether both runs have the same rows in the same parts.
    """

    cell: tuple[str, ...]
    metric: str
    a: float
    b: float
    gain: Interval
    n_lost: int
    same_data: bool

    def is_regression(self, threshold: float) -> bool:
        """Return True if B lost results, or its whole interval is below -`threshold`.

        Without an interval (under three splits, or equal changes on all splits) the estimate is
        compared instead.
        """
        if self.n_lost:
            return True
        worst = self.gain.high if self.gain.is_known else self.gain.estimate
        return worst < -threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Comparison of two runs: changes of cells in both, and cells in one run only."""

    changes: tuple[Change, ...]
    only_a: tuple[tuple[str, ...], ...]
    only_b: tuple[tuple[str, ...], ...]


def compare(a: StoredRun, b: StoredRun) -> Comparison:
    """Compare two runs, paired by task, method, study, variant, device, backend and split.

    Intervals are for resampled test parts, or for the rows of a fixed one.
    """
    cells_a, cells_b = _cells(a), _cells(b)
    return Comparison(
        changes=tuple(
            _change(cell, (a, b), cells_a[cell], cells_b[cell])
            for cell in cells_a
            if cell in cells_b
        ),
        only_a=tuple(cell for cell in cells_a if cell not in cells_b),
        only_b=tuple(cell for cell in cells_b if cell not in cells_a),
    )


def _cells(run: StoredRun) -> dict[tuple[str, ...], pd.DataFrame]:
    groups = run.trials.groupby(CELL, sort=False)
    return {tuple(map(str, cell)): group.set_index(SPLIT) for cell, group in groups}


def _change(
    cell: tuple[str, ...], runs: tuple[StoredRun, StoredRun], a: pd.DataFrame, b: pd.DataFrame
) -> Change:
    pair = a.join(b, how="inner", lsuffix="_a", rsuffix="_b")
    pair = pair[(pair["state_a"] == "complete") & (pair["state_b"] == "complete")]
    pair = pair.dropna(subset=["test_score_a", "test_score_b"])
    sign = signed(str(a["direction"].iloc[0]))
    pair = pair.assign(gain=sign * (pair["test_score_b"] - pair["test_score_a"]))
    gain = _fixed_gain(cell[0], runs, pair, sign)
    if gain is None:
        ratio = test_ratios(b.loc[pair.index]).to_numpy(dtype=float)
        gain = resampled_interval(pair["gain"], test_ratio=ratio)
    complete = a.index[a["state"] == "complete"]
    return Change(
        cell=cell,
        metric=str(a["metric"].iloc[0]),
        a=float(pair["test_score_a"].mean()),
        b=float(pair["test_score_b"].mean()),
        gain=gain,
        n_lost=int((~complete.isin(b.index[b["state"] == "complete"])).sum()),
        same_data=bool((pair["split_file_a"] == pair["split_file_b"]).all()),
    )


def _fixed_gain(
    task: str, runs: tuple[StoredRun, StoredRun], pair: pd.DataFrame, sign: int
) -> Interval | None:
    """Compute the interval for a fixed test part; None if test parts are resampled."""
    splits = runs[0].tasks.set_index("task")["split"]
    if splits.get(task) not in FIXED_SPLITS or len(pair) < MIN_REPEATS:
        return None
    metric = WEIGHTED.get(str(pair["metric_a"].iloc[0]))
    labels = str(pair["problem_type_a"].iloc[0]) in ("binary", "multiclass")
    sides = [
        [run.tested(str(trial), labels=labels) for trial in pair[f"trial_{side}"]]
        for run, side in zip(runs, "ab", strict=True)
    ]
    stored = [arrays for side in sides for arrays in side if arrays is not None]
    is_complete = metric is not None and len(stored) == 2 * len(pair)
    if metric is None or not is_complete or not _all_equal([truth for truth, _ in stored]):
        how = "no interval: predictions on the fixed test part can't be scored again"
        return no_interval(pair["gain"], target=THIS_DATA, how=how)
    truth, n = stored[0][0], len(pair)
    before, after = (
        np.stack([predicted for _, predicted in part]) for part in (stored[:n], stored[n:])
    )
    return fixed_part_interval(
        lambda w: np.asarray(sign * (metric(w, truth, after) - metric(w, truth, before))),
        len(truth),
        units=_units(runs, pair),
    )


def _units(runs: tuple[StoredRun, StoredRun], pair: pd.DataFrame) -> ResamplingUnits:
    """Return what is drawn of the test part, from the first run that stores groups or times."""
    units = [
        run.test_units(str(pair[f"trial_{side}"].iloc[0]))
        for run, side in zip(runs, "ab", strict=True)
    ]
    stored = [one for one in units if one.groups is not None or one.order is not None]
    return stored[0] if stored else units[0]


def _all_equal(arrays: list[npt.NDArray[np.generic]]) -> bool:
    return all(np.array_equal(arrays[0], other) for other in arrays[1:])
