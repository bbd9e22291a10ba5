"""Runs read for a report, with the tables and statistics that all sections share."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from bakeoff.records import CHOICE, INPUT_KINDS, LEARNED_SOURCES, SOURCES, TrialState
from bakeoff.registry.catalogue import Trainable
from bakeoff.statistics.contrasts import (
    KEYS,
    learned_rows,
    pairs,
    representatives,
    with_facts,
)
from bakeoff.statistics.overfitting import interpolates
from bakeoff_report.model.intervals import TrialIntervals
from bakeoff_report.model.scales import clear_scales
from bakeoff_report.model.score_matrix import ScoreMatrix
from bakeoff_report.model.task_rows import ExampleRows
from bakeoff_report.words import POINTS, Names, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry
    from bakeoff.statistics.contrasts import Scale
    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.model.intervals import Floats
    from bakeoff_report.model.records import Standing

BOUNDED = ("accuracy", "balanced_accuracy", "r2")
"""Metrics whose differences are shown in points even if no plugin describes them."""

NUMBERS = [
    "train_score", "validation_score", "test_score", "gap", "n_train", "n_validation", "n_test",
    "n_refit", "load_s", "featurize_s", "search_s", "compile_s", "fit_s", "predict_s", "wall_s",
    "peak_rss_mib",
]  # fmt: skip
"""Columns that are numeric even if no trial has a value."""

EXAMPLES = "report_examples.json"
"""File in the first run's folder with the rows of the data that its report shows."""

MOST_INSIDE = 200
"""Reports of more trials have the trials' pages beside them."""

MOST_BESIDE = 2000
"""Reports of more trials have pages of a selection alone."""

CLUSTERING = "clustering"
"""Problem type whose tasks are a kind of their own."""

PENDING = "pending"
"""State shown for a planned trial without a result."""


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """One or more runs, read for a report.

    Args:
        runs: the runs as stored.
        registry: the metrics with their ranges, and the sections.
        trials: every trial of every run once, with the column `run`; a task that differs between
            runs is named after its run too.
        tasks: one row a task, indexed by `task`.
        names: shortens long names; the page lists the full ones once.
        imputes: whether failed trials enter the ranks with the constant method's scores.
        is_own: whether this is the report in the first run's own folder.
        beside: name of the folder beside the page with the trials' pages; empty if they are in it.
        boards: cache of `standings`, by tasks, methods and device.
    """

    runs: tuple[StoredRun, ...]
    registry: Registry
    trials: pd.DataFrame
    tasks: pd.DataFrame
    names: Names = field(default_factory=Names)
    imputes: bool = False
    beside: str = ""
    is_own: bool = False
    boards: dict[Any, list[Standing]] = field(default_factory=dict)
    _details: dict[str, dict[str, pd.DataFrame]] = field(default_factory=dict)
    _paired: dict[tuple[str, str], dict[str, pd.DataFrame]] = field(default_factory=dict)
    _errors: dict[tuple[str, str], tuple[Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, runs: Sequence[StoredRun], registry: Registry, *, out: Path | None = None
    ) -> ReportContext:
        """Combine runs.

        Args:
            runs: at least one.
            registry: offers sections and metrics.
            out: the page that will be written; None if none will be.
        """
        trials, tasks = _merge(runs)
        is_large = len(trials) > MOST_INSIDE
        return cls(
            runs=tuple(runs),
            registry=registry,
            trials=trials,
            tasks=tasks,
            beside=f"{out.stem if out else 'report'}_trials" if is_large else "",
            is_own=out is not None and out.parent.resolve() == runs[0].folder.resolve(),
        )

    @cached_property
    def paged(self) -> pd.DataFrame:
        """Trials that have a page of their own.

        All of them up to 2,000; else one per task and method, 200 at most, failed ones first, so
        that a large report takes seconds.
        """
        if len(self.trials) <= MOST_BESIDE:
            return self.trials[self.trials["state"] != PENDING]
        state = self.trials["state"]
        failed = self.trials[~state.isin([TrialState.COMPLETE, TrialState.SKIPPED, PENDING])]
        failed = failed.drop_duplicates(["task", "method"]).head(MOST_INSIDE // 2)
        rest = self.trials[state == TrialState.COMPLETE].drop_duplicates(["task", "method"])
        return pd.concat([failed, rest.head(MOST_INSIDE - len(failed))]).sort_index()

    def details(self, table: str) -> dict[str, pd.DataFrame]:
        """Return rows of `scores`, `epochs` or `notes` by trial, for trials with a page."""
        if table not in self._details:
            frames = [getattr(run, table) for run in self.runs]
            trials = set(self.paged["trial"])
            rows = pd.concat([f[f["trial"].isin(trials)] for f in frames], ignore_index=True)
            groups = rows.groupby("trial", sort=False)
            self._details[table] = {str(trial): part for trial, part in groups}
        return self._details[table]

    def run_of(self, row: Mapping[Any, Any]) -> StoredRun:
        """Return the run that a row of `trials` comes from."""
        return next(run for run in self.runs if run.name == row["run"])

    @property
    def n_unstored(self) -> int:
        """Number of planned trials that the runs have no row of, since they have not run."""
        return sum(max(0, run.n_planned - len(run.trials)) for run in self.runs)

    @cached_property
    def complete(self) -> pd.DataFrame:
        """Complete trials with a test score."""
        done = self.trials["state"] == TrialState.COMPLETE
        return self.trials[done & self.trials["test_score"].notna()].reset_index(drop=True)

    @cached_property
    def main(self) -> pd.DataFrame:
        """Complete trials outside any study, one per method and split.

        If a method ran on several devices or backends, the first by name.
        """
        return self._one_each(self._plain)

    @cached_property
    def _plain(self) -> pd.DataFrame:
        rows = self.complete
        plain = rows[(rows["study"] == "none") & (rows["variant"] == "default")]
        return with_facts(plain.sort_values([*KEYS, "method", "device", "backend"]))

    def _one_each(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows.drop_duplicates([*KEYS, "method"]).reset_index(drop=True)

    @cached_property
    def devices(self) -> list[str]:
        """Names of the devices of complete trials outside any study, sorted."""
        return sorted(set(self._plain["device"].astype(str)))

    @cached_property
    def chosen(self) -> pd.DataFrame:
        """Trials with the best validation score of each split and source, and among learned."""
        rows = self._sourced
        return pd.concat(
            [representatives(rows), representatives(learned_rows(rows))], ignore_index=True
        )

    @cached_property
    def example_rows(self) -> ExampleRows:
        """Rows of the data that the first run's report shows."""
        return ExampleRows(self.runs[0].folder / EXAMPLES, is_fixed=not self.is_own)

    @cached_property
    def intervals(self) -> TrialIntervals:
        """Confidence intervals of scores and differences."""
        return TrialIntervals(self.runs, self.trials, self.tasks, self.registry)

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """Scales of normalised scores of the tasks that have scores, in the order of the tasks."""
        return clear_scales(self.main, self.tasks, self.intervals)

    @property
    def score_matrix(self) -> ScoreMatrix:
        """Test scores of `main` as a matrix."""
        return self.score_matrices[""]

    @cached_property
    def score_matrices(self) -> dict[str, ScoreMatrix]:
        """Score matrices by device; the one over all devices has an empty name."""
        planned = self.trials[self.trials["study"] == "none"]
        tasks = list(self.scales)
        matrices = {"": ScoreMatrix.of(self.main, planned, tasks)}
        for device in self.devices:
            of_device = planned[planned["device"] == device]
            matrices[device] = ScoreMatrix.of(self._of_device(device), of_device, tasks)
        return matrices

    def _of_device(self, device: str) -> pd.DataFrame:
        rows = self._plain
        return self._one_each(rows[rows["device"] == device]) if device else self.main

    def pair_errors(self, task: str, device: str = "") -> tuple[Floats, Floats]:
        """Return standard errors of all pairwise differences on a fixed test part, and their df.

        NaN if a method lacks a repeat or its predictions can't be scored again.
        """
        if (task, device) not in self._errors:
            rows = self._of_device(device)
            errors = self.intervals.pair_errors(
                rows[rows["task"] == task], task, self.score_matrices[device].methods
            )
            self._errors[task, device] = errors
        return self._errors[task, device]

    def sign(self, task: str) -> float:
        """Return 1 if the task's metric is maximised, -1 if it is minimised."""
        return self.intervals.sign(task)

    @cached_property
    def _sourced(self) -> pd.DataFrame:
        """Trials of a single source; choices across methods mix several."""
        return self.main[self.main["learner"] != CHOICE]

    @cached_property
    def sources(self) -> list[str]:
        """Sources with a score, in the order of `SOURCES`."""
        present = set(self._sourced["source"])
        return [s for s in SOURCES if s in present] + sorted(present - set(SOURCES))

    @property
    def learned(self) -> list[str]:
        """Learned sources with a score."""
        return [s for s in self.sources if s in LEARNED_SOURCES]

    def paired(self, first: str, second: str) -> dict[str, pd.DataFrame]:
        """Pair two sources by split, each as the method with the best validation score, by task."""
        if (first, second) not in self._paired:
            source = self.chosen["source"]
            table = pairs(self.chosen[source == first], self.chosen[source == second])
            self._paired[first, second] = _by_task(table)
        return self._paired[first, second]

    def paired_by_learner(self, first: str, second: str) -> dict[str, pd.DataFrame]:
        """Pair two sources by split and learner, by task."""
        source = self._chosen_by_learner["source"]
        sides = [self._chosen_by_learner[source == side] for side in (first, second)]
        return _by_task(pairs(*sides, by=("learner",)))

    @cached_property
    def _chosen_by_learner(self) -> pd.DataFrame:
        rows = self.main[self.main["features"].fillna("") != ""]
        each = [representatives(r, by=("source", "learner")) for r in (rows, learned_rows(rows))]
        return pd.concat(each, ignore_index=True)

    def kinds(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each input kind with its scored tasks, in the order of `INPUT_KINDS`.

        Clustering tasks are a kind of their own, the last: their scores can't be compared with
        those of tasks whose targets are known in training.
        """
        scored = self.tasks[self.tasks.index.isin(self.scales)]
        is_clustering = scored["problem_type"] == CLUSTERING
        kinds = scored["input_kind"].astype(str).where(~is_clustering, CLUSTERING)
        order = [*INPUT_KINDS, *sorted(set(kinds) - {*INPUT_KINDS, CLUSTERING}), CLUSTERING]
        for kind in order:
            if tasks := [str(task) for task in kinds.index[kinds == kind]]:
                yield kind, tasks

    @cached_property
    def compared_tasks(self) -> list[str]:
        """Scored tasks that are averaged over all kinds: all but clustering, if others exist."""
        by_kind = dict(self.kinds())
        clustering = by_kind.pop(CLUSTERING, [])
        return [task for tasks in by_kind.values() for task in tasks] or clustering

    def fact(self, task: str, column: str) -> Any:
        """Return a cell of the tasks' table."""
        return self.tasks.loc[task, column]

    def interpolates(self, task: str, learner: str, train: float, test: float) -> bool:
        """Return True if the learner fits training data perfectly by design, and the gap shows it.

        Args:
            task: its name.
            learner: its name.
            train: train score.
            test: test score.
        """
        if (perfect := self._perfect[task]) is None:
            return False
        sign, declared = self.sign(task), learner in self._interpolating
        return interpolates(sign * train, sign * test, sign * perfect, declared=declared)

    @cached_property
    def _perfect(self) -> dict[str, float | None]:
        """Best value of each task's metric, NaN if unbounded; None if the metric is unknown."""
        registered = self.registry.names("metrics")
        best: dict[str, float | None] = {}
        for task, metric in self.tasks["metric"].astype(str).items():
            name = str(task)
            best[name] = None
            if metric in registered:
                end = "high" if self.sign(name) > 0 else "low"
                component = self.registry.get("metrics", metric)
                best[name] = float(getattr(component, end, math.nan))
        return best

    @cached_property
    def _interpolating(self) -> set[str]:
        """Names of learners and methods that declare that they fit training data perfectly."""
        return {
            component.name
            for kind in ("learners", "methods")
            for component in self.registry.all(kind)
            if isinstance(component, Trainable)
            and (remedies := component.load_remedies()) is not None
            and remedies.interpolates
        }

    def unit(self, task: str) -> Unit:
        """Return the unit in which differences on a task are shown."""
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
        # Trials without a state were planned and have not run.
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
    trials = trials.astype(dict.fromkeys(trials.select_dtypes("string").columns, object))
    tasks = pd.concat(all_tasks, ignore_index=True).drop_duplicates("task").set_index("task")
    defaults = {"equivalence": 0.02, "n_rows": 0, "n_classes": 0}
    tasks = tasks.astype(dict.fromkeys(defaults, float)).fillna(defaults)
    return trials, tasks


def _differing_tasks(runs: Sequence[StoredRun]) -> set[str]:
    """Return the tasks of one name whose rows, split or metric differ between runs."""
    seen: dict[str, tuple[str, ...]] = {}
    differing = set()
    for run in runs:
        protocol = repr(run.suite.get("protocol"))
        for row in run.tasks.to_dict("records"):
            facts = (protocol, *(str(row[c]) for c in ("metric", "split", "n_rows", "sha256")))
            if seen.setdefault(str(row["task"]), facts) != facts:
                differing.add(str(row["task"]))
    return differing
