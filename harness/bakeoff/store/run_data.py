"""Tables and arrays of a run, read from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.store.search_journal import read_journal

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import pandas as pd

    from bakeoff.records import ConfigResult


AUDIT = "audit.json"
"""Findings about the data of a run, in its folder."""

ENVIRONMENT = "environment.json"
"""Versions, machine and times of a run, in its folder."""

REPORT = "report.html"
"""The report of a run, in its folder."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResamplingUnits:
    """What a bootstrap of a test part draws: single rows, or groups, or blocks of rows in time.

    Args:
        groups: int64 (n_rows,), code of each row's group; None where no groups are drawn.
        order: int64 (n_rows,), the rows from the earliest to the latest; None where no blocks are
            drawn.
        missing: `groups` or `times` if the rows have them but the run, made by an earlier
            version, does not store them; else empty.
    """

    groups: npt.NDArray[np.int64] | None = None
    order: npt.NDArray[np.int64] | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """Tables of one run, with methods that read its arrays; nothing pickled is ever read.

    Args:
        folder: of the run.
        name: the run's id.
        suite: the suite as resolved.
        environment: python, platform, cpu, cores, memory_mib, gpu, versions, commit, started,
            finished, command, bakeoff.
        trials: one row a trial of the current plan.
        scores: trial, metric, direction, train, validation, test: one row a metric.
        epochs: trial, epoch, name, value.
        notes: trial, name, value.
        tasks: one row a task.
        n_planned: trials of the current plan; those without a row have not run yet.
    """

    folder: Path
    name: str
    suite: dict[str, Any]
    environment: dict[str, Any]
    trials: pd.DataFrame
    scores: pd.DataFrame
    epochs: pd.DataFrame
    notes: pd.DataFrame
    tasks: pd.DataFrame
    n_planned: int = 0

    def _repr_html_(self) -> str:
        """Return a summary of the run for notebooks, as HTML; every text is escaped."""
        return glance(self)

    def predictions(self, trial: str) -> dict[str, npt.NDArray[Any]]:
        """Return the predictions of a trial, by part.

        Returns:
            train, validation, test: class probabilities (n_samples, n_classes) or values
            (n_samples,). Empty where nothing was stored.
        """
        return _arrays(self.folder / "artifacts" / trial / "predictions.npz")

    def training(self, trial: str) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that a trial's training recorded, by name; empty if there are none."""
        return _arrays(self.folder / "artifacts" / trial / "training.npz")

    def file(self, trial: str, name: str) -> Path | None:
        """Return the path of a file that a trial stored, such as `network.keras`, or None.

        The core never reads it; readers must know its format.
        """
        path = self.folder / "artifacts" / trial / name
        return path if path.is_file() else None

    def looking(self, trial: str) -> dict[str, npt.NDArray[Any]]:
        """Return a trial's occlusion maps, see `trial.occlusion_maps`; empty if not requested."""
        return _arrays(self.folder / "artifacts" / trial / "looking.npz")

    def tested(
        self, trial: str, *, labels: bool
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]] | None:
        """Return truth and predictions of a trial's test part; None where they are incomplete.

        Args:
            trial: its id.
            labels: whether probabilities give way to the class that they name.
        """
        truth = self.truths(trial).get("test")
        predicted = self.predictions(trial).get("test")
        if truth is None or predicted is None or len(truth) != len(predicted):
            return None
        return truth, predicted.argmax(axis=1) if labels and predicted.ndim > 1 else predicted

    def test_units(self, trial: str) -> ResamplingUnits:
        """Return what a bootstrap of a trial's test part draws.

        Groups where the dataset has them, even if the part was split off in time; else blocks
        of successive rows for the split `time`; else single rows.

        Raises:
            KeyError: the run has no such trial.
        """
        arrays = self.truths(trial)
        if "test_groups" in arrays:
            return ResamplingUnits(groups=arrays["test_groups"])
        task = str(self.trials.loc[self.trials["trial"] == trial, "task"].iloc[0])
        if _names_groups(self.suite, task):
            return ResamplingUnits(missing="groups")
        if str(self.tasks.set_index("task").loc[task, "split"]) != "time":
            return ResamplingUnits()
        if "test_times" not in arrays:
            return ResamplingUnits(missing="times")
        return ResamplingUnits(order=np.argsort(arrays["test_times"], kind="stable"))

    def tried(self, trial: str) -> tuple[ConfigResult, ...]:
        """Return the configurations that a trial's search evaluated; empty without a search."""
        return read_journal(self.folder / "artifacts" / trial)

    def audit(self) -> str:
        """Return the text that `bakeoff.data.audit.from_json` reads; empty for a run without."""
        file = self.folder / AUDIT
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def truths(self, trial: str) -> dict[str, npt.NDArray[Any]]:
        """Return the true targets of a trial by part, and facts about its rows.

        These are the row indices (`test_rows`), and where the dataset has them, group codes
        (`test_groups`) and ranks in time (`test_times`), each int64 (n_rows,).

        Raises:
            KeyError: the run has no such trial.
        """
        names = self.trials.loc[self.trials["trial"] == trial, "split_file"]
        if names.empty:
            raise KeyError(trial)
        return self.truths_of_split(str(names.iloc[0]))

    def truths_of_split(self, split_file: str) -> dict[str, npt.NDArray[Any]]:
        """Return what `truths` does, by the `split_file` of trials; empty if there is none."""
        path = self.folder / "artifacts" / "splits" / f"{split_file}.npz"
        return _arrays(path) if split_file else {}


def _names_groups(suite: dict[str, Any], task: str) -> bool:
    """Return True if a suite names the column with the groups of a task's table."""
    entries = [entry for entry in suite.get("tasks") or () if isinstance(entry, dict)]
    return any(e.get("group") and (e.get("name") or e.get("dataset")) == task for e in entries)


def _arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def glance(run: StoredRun) -> str:
    """Return states, mean scores and median seconds of each method on each task, as HTML."""
    counted = run.trials["state"].value_counts()
    states = ", ".join(f"{number} {state}" for state, number in counted.items())
    plain = (run.trials["state"] == "complete") & (run.trials["study"] == "none")
    columns = ["train_score", "validation_score", "test_score", "gap"]
    keys = ["task", "metric", "method", "source"]
    shown = dict.fromkeys(columns, "mean") | {"fit_s": "median"}
    means = run.trials[plain].groupby(keys, sort=False)[list(shown)].agg(shown)
    head = f"<p><b>{escape(run.name)}</b>: {run.n_planned} trials: {escape(states)}</p>"
    return head + str(means.to_html(float_format="{:.4g}".format, escape=True))
