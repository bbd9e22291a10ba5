"""What changed between two runs, paired by split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.statistics import Interval, resampled_interval

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.stored import StoredRun

CELL = ["task", "method", "study", "variant", "device", "backend"]
SPLIT = ["repeat", "fold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How one method's test score on one task differs from run A to run B.

    Args:
        cell: task, method, study, variant, device and backend.
        metric: the task's metric.
        a: mean test score in A over the paired splits.
        b: the same in B.
        gain: B less A, signed so that positive is better, with its interval.
        n_lost: splits complete in A that are not complete in B.
        same_data: whether both runs met the same rows.
    """

    cell: tuple[str, ...]
    metric: str
    a: float
    b: float
    gain: Interval
    n_lost: int
    same_data: bool

    def is_regression(self, threshold: float) -> bool:
        """Whether B lost results, or is worse by more than `threshold`, by its whole interval.

        Without an interval (under three splits, or every split changed alike) the change itself
        counts.
        """
        if self.n_lost:
            return True
        worst = self.gain.high if self.gain.is_known else self.gain.estimate
        return worst < -threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs side by side: what stands in both, and what stands in one alone."""

    changes: tuple[Change, ...]
    only_a: tuple[tuple[str, ...], ...]
    only_b: tuple[tuple[str, ...], ...]


def compare(a: StoredRun, b: StoredRun) -> Comparison:
    """Pair the trials of two runs by task, method, variant, place and split."""
    cells_a, cells_b = _cells(a), _cells(b)
    return Comparison(
        changes=tuple(
            _change(cell, cells_a[cell], cells_b[cell]) for cell in cells_a if cell in cells_b
        ),
        only_a=tuple(cell for cell in cells_a if cell not in cells_b),
        only_b=tuple(cell for cell in cells_b if cell not in cells_a),
    )


def _cells(run: StoredRun) -> dict[tuple[str, ...], pd.DataFrame]:
    groups = run.trials.groupby(CELL, sort=False)
    return {tuple(map(str, cell)): group.set_index(SPLIT) for cell, group in groups}


def _change(cell: tuple[str, ...], a: pd.DataFrame, b: pd.DataFrame) -> Change:
    pair = a.join(b, how="inner", lsuffix="_a", rsuffix="_b")
    pair = pair[(pair["state_a"] == "complete") & (pair["state_b"] == "complete")]
    pair = pair.dropna(subset=["test_score_a", "test_score_b"])
    sign = 1 if a["direction"].iloc[0] == "maximize" else -1
    gains = sign * (pair["test_score_b"] - pair["test_score_a"]).to_numpy(dtype=float)
    ratio = (pair["n_test_b"] / pair["n_train_b"]).to_numpy(dtype=float)
    complete = a.index[a["state"] == "complete"]
    return Change(
        cell=cell,
        metric=str(a["metric"].iloc[0]),
        a=float(pair["test_score_a"].mean()),
        b=float(pair["test_score_b"].mean()),
        gain=resampled_interval(gains, test_ratio=ratio),
        n_lost=int((~complete.isin(b.index[b["state"] == "complete"])).sum()),
        same_data=bool((pair["split_file_a"] == pair["split_file_b"]).all()),
    )
