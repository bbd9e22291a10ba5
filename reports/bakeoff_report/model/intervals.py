"""Confidence intervals of stored trials, over re-drawn splits or a fixed test part."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bakeoff.records import FIXED_SPLITS
from bakeoff.statistics.bootstrap import (
    ROWS,
    WEIGHTED,
    WeightedMetric,
    all_draws,
    by_calling,
    interval_of_draws,
    pair_errors,
)
from bakeoff.statistics.contrasts import rows_drawn_from, signs, test_ratios
from bakeoff.statistics.intervals import (
    MIN_REPEATS,
    THIS_DATA,
    Interval,
    no_interval,
    resampled_interval,
    resolution_of,
)
from bakeoff.statistics.significance import repeats_to_tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import ResamplingUnits, StoredRun

    Floats = npt.NDArray[np.float64]
    Output = tuple[npt.NDArray[Any], npt.NDArray[Any]]

FEW_TRIALS = 20
"""Most trials that are scored by a metric that is called anew for each draw."""

BATCH_CELLS = 5_000_000


class TrialIntervals:
    """Confidence intervals of scores and differences; caches scores on bootstrap draws."""

    def __init__(
        self,
        runs: Sequence[StoredRun],
        trials: pd.DataFrame,
        tasks: pd.DataFrame,
        registry: Registry,
    ) -> None:
        self._runs = {run.name: run for run in runs}
        self._trials = trials
        self._tasks = tasks
        self._registry = registry
        self._bootstrap: dict[str, BootstrapScores] = {}

    def is_fixed(self, task: str) -> bool:
        """Return True if every repeat has the same test rows."""
        return str(self._tasks.loc[task, "split"]) in FIXED_SPLITS

    def sign(self, task: str) -> float:
        """Return 1 if the task's metric is maximised, -1 if it is minimised."""
        return self._signs[task]

    @cached_property
    def _signs(self) -> dict[str, float]:
        return {str(task): float(sign) for task, sign in signs(self._tasks).items()}

    def resolution(self, task: str, n_splits: int) -> float:
        """Return the smallest step of a mean score (`resolution_of`); 0 if it isn't a share."""
        n_test, n_rows = self._drawn.get(task, (0.0, 0.0))
        is_defined = n_splits > 0 and 0 < n_test < n_rows
        return resolution_of(n_test, n_rows, n_splits) if is_defined else 0.0

    @cached_property
    def _drawn(self) -> dict[str, tuple[float, float]]:
        """Rows of a test part, and rows it is drawn from, by task; only where scores are shares."""
        metrics = self._tasks["metric"].astype(str)
        shares = [t for t, metric in metrics.items() if is_share(self._registry, metric)]
        rows = self._trials[self._trials["n_test"].notna() & self._trials["task"].isin(shares)]
        sizes = pd.DataFrame({"n_test": rows["n_test"], "n_rows": rows_drawn_from(rows)})
        medians = sizes.groupby(rows["task"]).median()
        return {str(task): (n_test, n_rows) for task, n_test, n_rows in medians.itertuples()}

    def resolutions(self, task: str, n_splits: int) -> Floats:
        """Return float (n_splits,): the smallest steps of means over 1, 2, ... splits."""
        return np.array([self.resolution(task, n) for n in range(1, n_splits + 1)], dtype=float)

    def difference(self, pairs: pd.DataFrame, task: str) -> Interval:
        """Return the interval of a paired difference on one task, positive if the first is better.

        Args:
            pairs: rows of `bakeoff.statistics.contrasts.pairs` of this task; several pairs of one
                split, such as one per learner, are averaged.
            task: its name.
        """
        share = _averaging(pairs)
        return self._interval(
            task,
            pairs["difference"].to_numpy(dtype=float) @ share,
            pairs["test_ratio"].to_numpy(dtype=float) @ share,
            [pairs["trial_first"], pairs["trial_second"]],
            on_draws=lambda first, second: self.sign(task) * (first - second) @ share,
        )

    def score(self, trials: pd.DataFrame, task: str) -> Interval:
        """Return the interval of a mean test score on one task, in the metric's own sign.

        Args:
            trials: one per split; several of one split are averaged.
            task: its name.
        """
        share = _averaging(trials)
        return self._interval(
            task,
            trials["test_score"].to_numpy(dtype=float) @ share,
            test_ratios(trials).to_numpy(dtype=float) @ share,
            [trials["trial"]],
            on_draws=lambda scores: scores @ share,
            is_difference=False,
        )

    def gap(self, trials: pd.DataFrame, task: str) -> Interval:
        """Return the interval of a method's gap on one task, positive if it overfits."""
        rows = trials[trials["gap"].notna()]
        train = rows["train_score"].to_numpy(dtype=float)
        return self._interval(
            task,
            rows["gap"].to_numpy(dtype=float),
            test_ratios(rows).to_numpy(dtype=float),
            [rows["trial"]],
            on_draws=lambda scores: self.sign(task) * (train - scores),
        )

    def gap_change(self, pairs: pd.DataFrame, task: str) -> Interval:
        """Return the interval of the first's gap minus the second's, positive if it is wider.

        Args:
            pairs: one row per split: repeat, fold, test_ratio, trial_first, trial_second,
                gap_first, gap_second, train_score_first, train_score_second.
            task: its name.
        """
        train = (pairs["train_score_first"] - pairs["train_score_second"]).to_numpy(dtype=float)
        return self._interval(
            task,
            (pairs["gap_first"] - pairs["gap_second"]).to_numpy(dtype=float),
            pairs["test_ratio"].to_numpy(dtype=float),
            [pairs["trial_first"], pairs["trial_second"]],
            on_draws=lambda first, second: self.sign(task) * (train - (first - second)),
        )

    def _interval(
        self,
        task: str,
        values: Floats,
        ratios: npt.ArrayLike,
        sides: Sequence[Iterable[str]],
        *,
        on_draws: Callable[..., Floats],
        is_difference: bool = True,
    ) -> Interval:
        """Return the interval of a mean over splits of one task.

        Args:
            task: its name.
            values: float (n_splits,), one per split.
            ratios: float (n_splits,), test rows over rows fitted.
            sides: ids of the trials that the values come from, one sequence per side.
            on_draws: computes the values again, float (1 + n_draws, n_splits), from the scores of
                each side on the rows of a fixed test part and on its draws.
            is_difference: whether the width is at least that of the smallest step of the mean.
        """
        if not self.is_fixed(task) or len(values) < MIN_REPEATS:
            step = self.resolution(task, len(values)) if is_difference else 0.0
            return resampled_interval(values, test_ratio=ratios, resolution=step)
        scores = [self._scores(task, trials) for trials in sides]
        arrays = [of_side for of_side in scores if of_side is not None]
        if len(arrays) < len(scores):
            how = "no interval: predictions on the fixed test part can't be scored again"
            return no_interval(values, target=THIS_DATA, how=how)
        drawn, part = on_draws(*arrays), self._bootstrap[task]
        return interval_of_draws(drawn[0], drawn[1:], part.n_rows, units=part.units)

    def pair_errors(
        self, trials: pd.DataFrame, task: str, methods: Sequence[str]
    ) -> tuple[Floats, Floats]:
        """Return standard errors of all pairwise differences on a fixed test part, and their df.

        Args:
            trials: complete trials of the task, one per method and split.
            task: its name.
            methods: the order of rows and columns.

        Returns:
            Error and degrees of freedom, each float (n_methods, n_methods); NaN where a method
            lacks a repeat, has under three, or its predictions can't be scored again, and
            everywhere if the test part has too few groups.
        """
        shape = (len(methods), len(methods))
        error, df = np.full(shape, np.nan), np.full(shape, np.nan)
        by_method = {str(m): list(ids) for m, ids in trials.groupby("method")["trial"]}
        n_repeats = max(map(len, by_method.values()), default=0)
        if n_repeats < MIN_REPEATS or not self._is_quick(task, len(trials)):
            return error, df
        scored = {
            m: scores
            for m, ids in by_method.items()
            if len(ids) == n_repeats and (scores := self._scores(task, ids)) is not None
        }
        indices = [index for index, method in enumerate(methods) if method in scored]
        if indices:
            draws = np.stack([scored[methods[index]][1:] for index in indices])
            draws = draws[:, np.isfinite(draws).all(axis=(0, 2))]
            part, at = self._bootstrap[task], np.ix_(indices, indices)
            error[at], df[at] = pair_errors(draws, part.n_rows, part.units)
        return error, df

    def more_repeats(self, tables: Sequence[pd.DataFrame], tasks: Sequence[str]) -> int | None:
        """Return how many more repeats would show the mean difference; None if none would.

        None on a fixed test part, where repeats add no rows.
        """
        if any(self.is_fixed(task) for task in tasks):
            return None
        samples = [table["difference"].to_numpy(dtype=float) for table in tables]
        return repeats_to_tell(samples, [float(t["test_ratio"].mean()) for t in tables])

    def _is_quick(self, task: str, n_trials: int) -> bool:
        """Return True if so many trials can be scored on every draw within seconds."""
        return str(self._tasks.loc[task, "metric"]) in WEIGHTED or n_trials <= FEW_TRIALS

    def _scores(self, task: str, trials: Iterable[str]) -> Floats | None:
        """Return scores (1 + n_draws, n_trials) on the original rows, then on each draw."""
        if task not in self._bootstrap:
            row = self._tasks.loc[task]
            metric = _weighted(self._registry, str(row["metric"]), int(row["n_classes"] or 0))
            self._bootstrap[task] = BootstrapScores(metric, self._units)
            if str(row["metric"]) in WEIGHTED:
                rows = self._trials[(self._trials["task"] == task)]
                rows = rows[(rows["state"] == "complete") & (rows["study"] == "none")]
                self._bootstrap[task].add(self._outputs(rows["trial"]))
        bootstrap, ids = self._bootstrap[task], list(trials)
        bootstrap.add(self._outputs([t for t in ids if t not in bootstrap.scores]))
        by_trial = [bootstrap.scores[t] for t in ids]
        arrays = [scores for scores in by_trial if scores is not None]
        return np.stack(arrays, axis=1) if len(arrays) == len(by_trial) else None

    def _outputs(self, trials: Iterable[str]) -> dict[str, Output | None]:
        ids = set(trials)
        rows = self._trials[self._trials["trial"].isin(ids)]
        return {str(row["trial"]): self._output(row) for row in rows.to_dict("records")}

    def _units(self, trial: str) -> ResamplingUnits:
        run = self._trials.loc[self._trials["trial"] == trial, "run"].iloc[0]
        return self._runs[run].test_units(trial)

    def _output(self, row: dict[Any, Any]) -> Output | None:
        """Return truth and predictions of a trial on its test part, as its metric takes them."""
        is_class = row["problem_type"] in ("binary", "multiclass")
        labels = is_class and _uses(self._registry, row["metric"]) == "labels"
        return self._runs[row["run"]].tested(str(row["trial"]), labels=labels)


class BootstrapScores:
    """Scores of trials on the same bootstrap draws of one fixed test part.

    Args:
        metric: None if the task's metric is unknown; then every score is None.
        units_of: returns what is drawn of a trial's test part.
    """

    def __init__(
        self, metric: WeightedMetric | None, units_of: Callable[[str], ResamplingUnits]
    ) -> None:
        self.n_rows = 0
        self.units = ROWS
        self.scores: dict[str, Floats | None] = {}
        self._metric = metric
        self._units_of = units_of
        self._truth: npt.NDArray[Any] | None = None

    def add(self, outputs: dict[str, Output | None]) -> None:
        """Score trials; None for those without predictions or with other test rows."""
        self.scores |= dict.fromkeys(outputs)
        readable = {trial: output for trial, output in outputs.items() if output}
        if self._metric is None or not readable:
            return
        if self._truth is None:
            trial, (self._truth, _) = next(iter(readable.items()))
            self.n_rows, self.units = len(self._truth), self._units_of(trial)
        same = [t for t, (truth, _) in readable.items() if np.array_equal(truth, self._truth)]
        size = max(1, BATCH_CELLS // self.n_rows)
        for start in range(0, len(same), size):
            batch = same[start : start + size]
            scores = self._score(np.stack([readable[t][1] for t in batch]))
            self.scores |= dict(zip(batch, scores.T, strict=True))

    def _score(self, predicted: npt.NDArray[Any]) -> Floats:
        metric, truth = self._metric, self._truth
        if metric is None or truth is None:  # `add` checks both
            raise ValueError("expected a metric and a truth; got none.")

        def statistic(weights: Floats) -> Floats:
            return metric(weights, truth, predicted)

        original = statistic(np.ones((1, self.n_rows)))
        return np.concatenate([original, all_draws(statistic, self.n_rows, units=self.units)])


def _weighted(registry: Registry, name: str, n_classes: int) -> WeightedMetric | None:
    if name in WEIGHTED:
        return WEIGHTED[name]
    if name not in registry.names("metrics"):
        return None
    return by_calling(registry.get("metrics", name).load(), n_classes=n_classes)


def is_share(registry: Registry, metric: str) -> bool:
    """Return True if a metric lies in [-1, 1], as means over rows or classes do."""
    if metric not in registry.names("metrics"):
        return metric in ("accuracy", "balanced_accuracy")
    component = registry.get("metrics", metric)
    low, high = getattr(component, "low", None), getattr(component, "high", None)
    return low is not None and high is not None and low >= -1 and high <= 1


def _uses(registry: Registry, metric: str) -> str:
    if metric in WEIGHTED or metric not in registry.names("metrics"):
        return "labels"
    return str(getattr(registry.get("metrics", metric), "uses", "labels"))


def _averaging(rows: pd.DataFrame) -> Floats:
    """Return the matrix (n_rows, n_splits) that averages the rows of each split."""
    splits = split_numbers(rows)
    member = (splits[:, None] == np.arange(splits.max(initial=-1) + 1)).astype(float)
    return np.asarray(member / member.sum(axis=0))


def split_numbers(rows: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return the number of each row's split, pair of repeat and fold, counted from 0."""
    repeats, folds = rows["repeat"].to_numpy(dtype=int), rows["fold"].to_numpy(dtype=int)
    return np.unique(repeats * (folds.max(initial=0) + 1) + folds, return_inverse=True)[1]
