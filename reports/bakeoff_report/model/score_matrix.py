"""Test scores as a matrix, methods by splits, from which leaderboards are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bakeoff.records import TrialState
from bakeoff.statistics.contrasts import KEYS, adjusted_means
from bakeoff.statistics.imputation import FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMatrix:
    """Dense matrix of the test scores of complete trials outside any study.

    Args:
        methods: names, sorted.
        sources: source of each method.
        tasks: in the order of the run.
        scores: float (n_methods, n_splits), test scores signed so that higher is better; NaN if
            a trial has none.
        ratios: float (n_methods, n_splits), n_test / n_fit.
        ends: first column of each task's splits, and one past the last.
        train_s: float (n_methods, n_splits), seconds of training, features included; NaN if they
            were not measured.
        seconds: float (n_methods, n_tasks), median of `train_s` over the splits of each task.
        complete: int (n_methods, n_tasks), number of complete trials.
        failed: int (n_methods, n_tasks), number of trials that the method itself failed.
        planned: int (n_methods, n_tasks), number of planned trials.
    """

    methods: list[str]
    sources: list[str]
    tasks: list[str]
    scores: Floats
    ratios: Floats
    ends: dict[str, tuple[int, int]]
    train_s: Floats
    seconds: Floats
    complete: Ints
    failed: Ints
    planned: Ints

    @classmethod
    def of(cls, main: pd.DataFrame, planned: pd.DataFrame, tasks: Sequence[str]) -> ScoreMatrix:
        """Build the matrix.

        Args:
            main: rows of `ReportContext.main`, at most one per method and split.
            planned: every trial outside studies, in any state; several of one method and split,
                such as those of several devices, count as one, the complete one if there is one.
            tasks: those with a score, in order.
        """
        ordered = main.assign(_task=pd.Categorical(main["task"], categories=list(tasks)))
        ordered = ordered.sort_values(["_task", "repeat", "fold"], kind="stable")
        methods = sorted(ordered["method"].unique())
        done_first = planned.assign(_open=planned["state"] != TrialState.COMPLETE)
        once = done_first.sort_values("_open", kind="stable").drop_duplicates([*KEYS, "method"])
        line = pd.Categorical(ordered["method"], categories=methods).codes
        group = ordered.groupby(["_task", "repeat", "fold"], observed=True, sort=True)
        column = group.ngroup().to_numpy()
        shape = (len(methods), int(column.max(initial=-1)) + 1)
        scores, ratios, train_s = (np.full(shape, np.nan) for _ in range(3))
        scores[line, column] = ordered["signed"].to_numpy(dtype=float)
        ratios[line, column] = ordered["ratio"].to_numpy(dtype=float)
        first = ordered.drop_duplicates("method").set_index("method")["source"]
        train_s[line, column] = ordered["seconds"].to_numpy(dtype=float)
        ones = np.ones(len(ordered))
        return cls(
            methods=[str(m) for m in methods],
            sources=[str(first[m]) for m in methods],
            tasks=list(tasks),
            scores=scores,
            ratios=ratios,
            ends=_ends(np.asarray(ordered["_task"].cat.codes), np.asarray(column), tasks),
            train_s=train_s,
            seconds=_medians(ordered, methods, tasks),
            complete=_sums(ordered, methods, tasks, ones).astype(int),
            failed=_sums(once, methods, tasks, once["state"].isin(FAILED)).astype(int),
            planned=_sums(once, methods, tasks, np.ones(len(once))).astype(int),
        )

    def of_task(self, task: str) -> tuple[Floats, Floats]:
        """Return scores and ratios of one task, each float (n_methods, splits of the task)."""
        start, stop = self.ends[task]
        return self.scores[:, start:stop], self.ratios[:, start:stop]

    def means(self, task: str) -> Floats:
        """Return each method's mean test score on a task, higher is better; NaN without one."""
        scores, _ = self.of_task(task)
        has_score = np.isfinite(scores)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(has_score, scores, 0.0).sum(axis=1) / has_score.sum(axis=1))

    def adjusted(self, task: str) -> Floats:
        """Return means as `means`, adjusted for the splits that a method lacks."""
        return adjusted_means(self.of_task(task)[0])


def _ends(codes: Ints, column: Ints, tasks: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the first column of each task, and one past the last; rows are ordered by task."""
    bounds = np.searchsorted(codes, np.arange(len(tasks) + 1))
    starts = np.append(column, column.max(initial=-1) + 1)[bounds].tolist()
    return {task: (starts[i], starts[i + 1]) for i, task in enumerate(tasks)}


def _medians(rows: pd.DataFrame, methods: Sequence[str], tasks: Sequence[str]) -> Floats:
    """Return the median of `seconds` (n_methods, n_tasks) over the splits of each task."""
    table = rows.assign(task=rows["task"].astype(object), seconds=rows["seconds"].astype(float))
    medians = table.pivot_table(index="method", columns="task", values="seconds", aggfunc="median")
    return medians.reindex(index=list(methods), columns=list(tasks)).to_numpy(dtype=float)


def _sums(
    rows: pd.DataFrame, methods: Sequence[str], tasks: Sequence[str], values: npt.ArrayLike
) -> Floats:
    """Return sums (n_methods, n_tasks) over the rows of each method and task."""
    line = pd.Index(methods).get_indexer(pd.Index(rows["method"]))
    column = pd.Index(tasks).get_indexer(pd.Index(rows["task"]))
    inside = (line >= 0) & (column >= 0)
    index = line[inside] * len(tasks) + column[inside]
    sums = np.bincount(
        index, np.asarray(values, dtype=float)[inside], minlength=len(methods) * len(tasks)
    )
    return np.asarray(sums.reshape(len(methods), len(tasks)))
