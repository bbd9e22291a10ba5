"""What every section is handed: the runs as one, with the choices that all sections share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from bakeoff.contrasts import (
    KEYS,
    LEARNED,
    Scale,
    learned_rows,
    pairs,
    representatives,
    scale_of,
    with_facts,
)
from bakeoff.records import INPUT_KINDS, LEARNED_SOURCES, SOURCES, TrialState
from bakeoff_report.evidence import Evidence
from bakeoff_report.words import POINTS, Names, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakeoff.registry import Registry
    from bakeoff.stored import StoredRun

BOUNDED = ("accuracy", "balanced_accuracy", "r2")
"""Told in points even where no plugin describes them."""

NUMBERS = [
    "train_score", "validation_score", "test_score", "gap", "n_train", "n_validation", "n_test",
    "n_refit", "load_s", "featurize_s", "search_s", "compile_s", "fit_s", "predict_s", "wall_s",
    "peak_rss_mib",
]  # fmt: skip
"""Columns that count as numbers even where no trial has one."""

PENDING = "pending"
"""State shown for a planned trial without a result."""


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """One or more runs, read for a report.

    Args:
        runs: the runs as stored.
        registry: for the metrics' ranges and for what can be computed again.
        trials: every trial of every run once, with the column `run`; a task that differs between
            runs is named after its run too.
        tasks: one row a task, indexed by `task`.
        names: shortens long names; the page prints the full ones once.
    """

    runs: tuple[StoredRun, ...]
    registry: Registry
    trials: pd.DataFrame
    tasks: pd.DataFrame
    names: Names = field(default_factory=Names)
    _paired: dict[tuple[str, str], dict[str, pd.DataFrame]] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Sequence[StoredRun], registry: Registry) -> ReportContext:
        """Put the runs together."""
        trials, tasks = _merge(runs)
        return cls(runs=tuple(runs), registry=registry, trials=trials, tasks=tasks)

    @cached_property
    def complete(self) -> pd.DataFrame:
        """Trials with a test score."""
        done = self.trials["state"] == TrialState.COMPLETE
        return self.trials[done & self.trials["test_score"].notna()].reset_index(drop=True)

    @cached_property
    def main(self) -> pd.DataFrame:
        """Complete trials outside any study, one a method and split.

        Where a method ran on several devices or backends the first by name stands for it.
        """
        plain = (self.complete["study"] == "none") & (self.complete["variant"] == "default")
        ordered = self.complete[plain].sort_values([*KEYS, "method", "device", "backend"])
        return with_facts(ordered.drop_duplicates([*KEYS, "method"]).reset_index(drop=True))

    @cached_property
    def chosen(self) -> pd.DataFrame:
        """What validation chose for each task, repeat, fold and source, and among the learned."""
        each = representatives(self.main)
        return pd.concat([each, representatives(learned_rows(self.main))], ignore_index=True)

    @cached_property
    def evidence(self) -> Evidence:
        """Intervals, over re-drawn or fixed test parts."""
        return Evidence(self.runs, self.trials, self.tasks, self.registry)

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """Scale of normalised scores of each task with a score, in the order of the tasks."""
        rows = {str(task): part for task, part in self.main.groupby("task", sort=False)}
        return {
            task: scale_of(rows[task], equivalence=float(self.fact(task, "equivalence")))
            for task in map(str, self.tasks.index)
            if task in rows
        }

    @cached_property
    def sources(self) -> list[str]:
        """Sources with a score, in the order of the vocabulary."""
        found = set(self.main["source"])
        return [s for s in SOURCES if s in found] + sorted(found - set(SOURCES))

    @property
    def learned(self) -> list[str]:
        """Learned sources with a score."""
        return [s for s in self.sources if s in LEARNED_SOURCES]

    def paired(self, first: str, second: str) -> dict[str, pd.DataFrame]:
        """Pairs of two sources, by task; each represented by what validation chose."""
        if (first, second) not in self._paired:
            source = self.chosen["source"]
            table = pairs(self.chosen[source == first], self.chosen[source == second])
            self._paired[first, second] = _by_task(table)
        return self._paired[first, second]

    def paired_by_learner(self, first: str, second: str) -> dict[str, pd.DataFrame]:
        """Pairs of two sources with the same learner, by task."""
        rows = self.main[(self.main["features"].fillna("") != "")]
        sides = []
        for source in (first, second):
            of = learned_rows(rows) if source == LEARNED else rows[rows["source"] == source]
            sides.append(representatives(of, by=("source", "learner")))
        return _by_task(pairs(*sides, by=("learner",)))

    def kinds(self) -> Iterator[tuple[str, list[str]]]:
        """Each input kind with its scored tasks, in the order of the vocabulary."""
        scored = self.tasks[self.tasks.index.isin(self.scales)]
        known = [k for k in INPUT_KINDS if k in set(scored["input_kind"])]
        for kind in [*known, *sorted(set(scored["input_kind"]) - set(known))]:
            yield kind, [str(t) for t in scored.index[scored["input_kind"] == kind]]

    def fact(self, task: str, column: str) -> Any:
        """One cell of the tasks' table."""
        return self.tasks.loc[task, column]

    def unit(self, task: str) -> Unit:
        """How differences on a task are told."""
        metric = str(self.tasks.loc[task, "metric"])
        bounded = metric in BOUNDED or (
            metric in self.registry.names("metrics")
            and getattr(self.registry.get("metrics", metric), "high", None) == 1.0
        )
        return POINTS if bounded else Unit(metric.replace("_", " "), 1.0, 3)


def _by_task(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(task): part for task, part in table.groupby("task", sort=False)}


def _merge(runs: Sequence[StoredRun]) -> tuple[pd.DataFrame, pd.DataFrame]:
    differing = _differing_tasks(runs)
    all_trials, all_tasks = [], []
    for run in runs:
        rename = {task: f"{task} ({run.name})" for task in differing}
        trials = run.trials.assign(run=run.name, task=run.trials["task"].replace(rename))
        # Whatever has no state yet was planned and not reached.
        state = trials["state"].astype(object)
        trials["state"] = state.where(state.notna() & (state != ""), PENDING).astype(str)
        all_trials.append(trials)
        all_tasks.append(run.tasks.assign(task=run.tasks["task"].replace(rename)))
    trials = pd.concat(all_trials, ignore_index=True)
    done_first = trials.assign(_open=trials["state"] != TrialState.COMPLETE)
    trials = (
        done_first.astype(dict.fromkeys(NUMBERS, float))
        .sort_values("_open", kind="stable")
        .drop_duplicates("trial")
    )
    trials = trials.drop(columns="_open").sort_index().reset_index(drop=True)
    tasks = pd.concat(all_tasks, ignore_index=True).drop_duplicates("task").set_index("task")
    known = {"equivalence": 0.02, "n_rows": 0, "n_classes": 0}
    tasks = tasks.astype(dict.fromkeys(known, float)).fillna(known)
    return trials, tasks


def _differing_tasks(runs: Sequence[StoredRun]) -> set[str]:
    """Tasks of one name whose rows, split or metric are not the same in all runs."""
    seen: dict[str, tuple[str, ...]] = {}
    differing = set()
    for run in runs:
        protocol = repr(run.suite.get("protocol"))
        for row in run.tasks.to_dict("records"):
            facts = (protocol, *(str(row[c]) for c in ("metric", "split", "n_rows", "sha256")))
            if seen.setdefault(str(row["task"]), facts) != facts:
                differing.add(str(row["task"]))
    return differing
