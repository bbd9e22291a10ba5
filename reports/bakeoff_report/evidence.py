"""Intervals from stored trials: over re-drawn splits, or over the rows of a fixed test part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.bootstrap import WEIGHTED, WeightedMetric, by_calling, fixed_part_interval
from bakeoff.contrasts import test_ratios
from bakeoff.statistics import (
    MIN_REPEATS,
    THIS_DATA,
    Interval,
    no_interval,
    repeats_to_tell,
    resampled_interval,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from bakeoff.registry import Registry
    from bakeoff.stored import StoredRun

    Floats = npt.NDArray[np.float64]

FIXED_SPLITS = ("official", "time")
"""Protocols whose test part is the same rows in every repeat."""


class Evidence:
    """Answers with intervals; holds the predictions that it has read."""

    def __init__(
        self,
        runs: Sequence[StoredRun],
        trials: pd.DataFrame,
        tasks: pd.DataFrame,
        registry: Registry,
    ) -> None:
        by_name = {run.name: run for run in runs}
        self._run_of = {
            trial: by_name[run] for trial, run in zip(trials["trial"], trials["run"], strict=True)
        }
        self._tasks = tasks
        self._registry = registry
        self._read: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]] | None] = {}

    def is_fixed(self, task: str) -> bool:
        """Whether every repeat meets the same test rows by protocol."""
        return str(self._tasks.loc[task, "split"]) in FIXED_SPLITS

    def difference(self, pairs: pd.DataFrame, task: str) -> Interval:
        """Interval of a paired difference on one task, positive where the first is better.

        Args:
            pairs: rows of `bakeoff.contrasts.pairs` of this task; several pairs of one split,
                such as one a learner, are averaged.
            task: its name.
        """
        means, split_of = _split_means(pairs)
        values = means["difference"].to_numpy(dtype=float)
        if not self.is_fixed(task) or len(values) < MIN_REPEATS:
            return resampled_interval(values, test_ratio=means["test_ratio"].to_numpy(dtype=float))
        first, second = self._parts(pairs["trial_first"]), self._parts(pairs["trial_second"])
        metric = self._metric(task)
        if first is None or second is None or metric is None:
            return self._unread(values)
        sign, truth = self._sign(task), first[0]
        share = _averaging(split_of)

        def statistic(weights: Floats) -> Floats:
            one = metric(weights, truth, first[1])
            return np.asarray(sign * (one - metric(weights, truth, second[1])) @ share)

        return fixed_part_interval(statistic, len(truth))

    def gap(self, trials: pd.DataFrame, task: str) -> Interval:
        """Interval of the gap of one method on one task, positive where it overfits."""
        known = trials[trials["gap"].notna()]
        values = known["gap"].to_numpy(dtype=float)
        if not self.is_fixed(task) or len(values) < MIN_REPEATS:
            return resampled_interval(values, test_ratio=test_ratios(known).to_numpy(dtype=float))
        parts, metric = self._parts(known["trial"]), self._metric(task)
        if parts is None or metric is None:
            return self._unread(values)
        sign, truth = self._sign(task), parts[0]
        train = known["train_score"].to_numpy(dtype=float)
        return fixed_part_interval(
            lambda weights: sign * (train - metric(weights, truth, parts[1])), len(truth)
        )

    def gap_change(self, pairs: pd.DataFrame, task: str) -> Interval:
        """Interval of the gap of the first minus the gap of the second, positive where it widens.

        Args:
            pairs: one row a split: repeat, fold, test_ratio, trial_first, trial_second,
                gap_first, gap_second, train_score_first, train_score_second.
            task: its name.
        """
        values = (pairs["gap_first"] - pairs["gap_second"]).to_numpy(dtype=float)
        if not self.is_fixed(task) or len(values) < MIN_REPEATS:
            return resampled_interval(values, test_ratio=pairs["test_ratio"].to_numpy(dtype=float))
        first, second = self._parts(pairs["trial_first"]), self._parts(pairs["trial_second"])
        metric = self._metric(task)
        if first is None or second is None or metric is None:
            return self._unread(values)
        sign, truth = self._sign(task), first[0]
        train = (pairs["train_score_first"] - pairs["train_score_second"]).to_numpy(dtype=float)

        def statistic(weights: Floats) -> Floats:
            test = metric(weights, truth, first[1]) - metric(weights, truth, second[1])
            return np.asarray(sign * (train - test))

        return fixed_part_interval(statistic, len(truth))

    def more_repeats(self, tables: Sequence[pd.DataFrame], tasks: Sequence[str]) -> int | None:
        """How many more repeats a task would tell the mean difference; None: none would.

        On a fixed test part repeats add no rows, so none would there either.
        """
        if any(self.is_fixed(task) for task in tasks):
            return None
        samples = [table["difference"].to_numpy(dtype=float) for table in tables]
        return repeats_to_tell(samples, [float(t["test_ratio"].mean()) for t in tables])

    def _unread(self, values: Floats) -> Interval:
        how = "no interval: predictions on the fixed test part can't be scored again"
        return no_interval(values, target=THIS_DATA, how=how)

    def _fact(self, task: str, column: str) -> Any:
        return self._tasks.loc[task, column]

    def _sign(self, task: str) -> float:
        return -1.0 if self._tasks.loc[task, "direction"] == "minimize" else 1.0

    def _component(self, task: str) -> Any:
        name = str(self._tasks.loc[task, "metric"])
        known = name in self._registry.names("metrics")
        return self._registry.get("metrics", name) if known else None

    def _metric(self, task: str) -> WeightedMetric | None:
        name = str(self._tasks.loc[task, "metric"])
        if name in WEIGHTED:
            return WEIGHTED[name]
        component = self._component(task)
        if component is None:
            return None
        n_classes = int(self._fact(task, "n_classes") or 0)
        return by_calling(component.load(), n_classes=n_classes)

    def _parts(self, trials: pd.Series[str]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]] | None:
        """Truth (n_rows,) and predictions (n_repeats, n_rows, ...), if all meet the same rows."""
        outputs = [self._output(trial) for trial in trials]
        found = [output for output in outputs if output is not None]
        if len(found) < len(outputs):
            return None
        truth = found[0][0]
        if any(not np.array_equal(truth, other) for other, _ in found):
            return None
        return truth, np.stack([predicted for _, predicted in found])

    def _output(self, trial: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]] | None:
        if trial not in self._read:
            self._read[trial] = self._load(trial)
        return self._read[trial]

    def _load(self, trial: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]] | None:
        run = self._run_of[trial]
        truth = run.truths(trial).get("test")
        predicted = run.predictions(trial).get("test")
        if truth is None or predicted is None or len(truth) != len(predicted):
            return None
        row = run.trials.loc[run.trials["trial"] == trial].iloc[0]
        is_class = row["problem_type"] in ("binary", "multiclass")
        component_uses = self._uses(str(row["metric"]))
        if is_class and predicted.ndim > 1 and component_uses == "labels":
            predicted = predicted.argmax(axis=1)
        return truth, predicted

    def _uses(self, metric: str) -> str:
        if metric in WEIGHTED or metric not in self._registry.names("metrics"):
            return "labels"
        return str(getattr(self._registry.get("metrics", metric), "uses", "labels"))


def _split_means(pairs: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """One line a split, and which split each pair belongs to."""
    if not pairs.duplicated(["repeat", "fold"]).any():
        return pairs, np.arange(len(pairs))
    splits = pairs.groupby(["repeat", "fold"])
    number: npt.NDArray[np.int64] = np.asarray(splits.ngroup(), dtype=np.int64)
    return splits[["difference", "test_ratio"]].mean(), number


def _averaging(splits: npt.NDArray[np.int64]) -> Floats:
    """Matrix (n_pairs, n_splits) that averages the pairs of each split."""
    member = (splits[:, None] == np.arange(splits.max() + 1)).astype(float)
    return np.asarray(member / member.sum(axis=0))
