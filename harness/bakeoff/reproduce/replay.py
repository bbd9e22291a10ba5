"""One trial of a run once more, and what came out differently."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.errors import BakeoffError, UnknownNameError
from bakeoff.execution.runner import RunOptions, run_plan
from bakeoff.plan.custom_estimators import register_estimators
from bakeoff.plan.trials import make_plan
from bakeoff.records import PARTS, TrialState
from bakeoff.store.database import read_run
from bakeoff.suite.schema import load_suite

if TYPE_CHECKING:
    from bakeoff.plan.trials import Plan
    from bakeoff.records import Trial
    from bakeoff.registry.manager import Plugins
    from bakeoff.store.run_data import StoredRun

_CELL = ("study", "variant", "repeat", "fold", "device", "backend")


class ReplayError(BakeoffError):
    """A trial can't be run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A trial beside its repetition.

    Args:
        label: task, method, variant and split.
        differences: sentences; empty where both are the same bit for bit.
        is_same_identity: whether code, versions, data and parameters are those of the run.
        n_scores: scores that were compared.
        n_values: predicted numbers that were compared.
    """

    label: str
    differences: tuple[str, ...]
    is_same_identity: bool
    n_scores: int
    n_values: int


def replay(folder: Path, name: str, plugins: Plugins, *, allow_imports: bool = False) -> Replay:
    """Run a trial again in a folder of its own, and compare.

    Args:
        folder: of the run, which stays as it is.
        name: the trial's id, or its beginning.
        plugins: what is installed now.
        allow_imports: let the suite's own estimators be imported.

    Raises:
        UnknownNameError: the run has no such trial.
        ReplayError: it did not end complete, or the suite does not plan it any more.
    """
    run = read_run(folder)
    row = _row(run, name)
    if row["state"] != TrialState.COMPLETE:
        raise ReplayError(f"trial {row['trial']} is {row['state']}: there is nothing to compare.")
    loaded = load_suite(str(folder / "suite.yaml"), plugins.registry)
    if allow_imports:
        register_estimators(loaded.methods, plugins.registry)
    plan = make_plan(loaded, plugins.registry)
    trial = _planned(plan, row)
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as place:
        again = _run_one(plan, trial, Path(place), plugins)
        differences, n_scores, n_values = _compare(run, str(row["trial"]), again, trial.id)
    return Replay(
        label=trial.label,
        differences=tuple(differences),
        is_same_identity=trial.id == row["trial"],
        n_scores=n_scores,
        n_values=n_values,
    )


def _row(run: StoredRun, name: str) -> dict[Any, Any]:
    known = [str(trial) for trial in run.trials["trial"]]
    found = [trial for trial in known if trial.startswith(name)]
    if len(found) != 1:
        raise UnknownNameError("trial", name, found or known[:5])
    row: dict[Any, Any] = run.trials[run.trials["trial"] == found[0]].to_dict("records")[0]
    return row


def _planned(plan: Plan, row: dict[Any, Any]) -> Trial:
    """The same trial as it would be planned now."""
    for trial in plan.trials:
        same_place = all(getattr(trial, key) == row[key] for key in _CELL)
        if same_place and (trial.task.name, trial.method.name) == (row["task"], row["method"]):
            if trial.skip:
                raise ReplayError(f"trial {row['trial']} can't run here: {trial.skip}.")
            return trial
    raise ReplayError(f"trial {row['trial']}: the suite plans no such trial any more.")


def _run_one(plan: Plan, trial: Trial, folder: Path, plugins: Plugins) -> StoredRun:
    control = {trial.frozen.control} if trial.frozen else set()  # it has to choose again first
    alone = replace(plan, chosen=frozenset({trial.id} | control))
    run_plan(alone, folder, plugins, RunOptions(command="bakeoff replay", workers=1, report=False))
    return read_run(folder)


def _compare(
    run: StoredRun, trial: str, again: StoredRun, other: str
) -> tuple[list[str], int, int]:
    """Differences between two rows of two runs, and how much was compared."""
    found = again.trials[again.trials["trial"] == other].to_dict("records")[0]
    if found["state"] != TrialState.COMPLETE:
        return [f"it ended as {found['state']}: {found['reason']}"], 0, 0
    differences = []
    before, after = _scores(run, trial), _scores(again, other)
    for place, one in before.items():
        two = after.get(place, float("nan"))
        if not (one == two or (np.isnan(one) and np.isnan(two))):
            differences.append(f"{place}: {one} then, {two} now")
    n_values = 0
    predicted, repeated = run.predictions(trial), again.predictions(other)
    for part, values in predicted.items():
        n_values += values.size
        if part not in repeated or not np.array_equal(values, repeated[part]):
            differences.append(f"{part} predictions differ")
    return differences, len(before), n_values


def _scores(run: StoredRun, trial: str) -> dict[str, float]:
    """Scores of a trial by part and metric, NaN where there is none."""
    rows = run.scores[run.scores["trial"] == trial].to_dict("records")
    return {f"{part} {row['metric']}": float(row[part]) for row in rows for part in PARTS}
