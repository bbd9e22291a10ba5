"""Run one trial of a stored run again, and compare its scores and predictions."""

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
    """A trial that can't be run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Comparison of a trial with its repetition.

    Args:
        label: task, method, variant and split of the trial.
        differences: one sentence per difference; empty if both are equal bit by bit.
        is_same_identity: whether code, versions, data and parameters are those of the run.
        n_scores: number of scores that were compared.
        n_values: number of predicted values that were compared.
    """

    label: str
    differences: tuple[str, ...]
    is_same_identity: bool
    n_scores: int
    n_values: int


def replay(folder: Path, name: str, plugins: Plugins, *, allow_imports: bool = False) -> Replay:
    """Run a trial again in a temporary folder, and compare it with the stored trial.

    Args:
        folder: folder of the run, which is not changed.
        name: id of the trial, or the beginning of its id.
        plugins: installed plugins.
        allow_imports: allow imports of estimators that the suite names.

    Raises:
        UnknownNameError: the run has no such trial.
        ReplayError: the trial is not complete, or the suite does not plan it any more.
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
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as temporary:
        repeated = _run_one(plan, trial, Path(temporary), plugins)
        differences, n_scores, n_values = _compare(run, str(row["trial"]), repeated, trial.id)
    return Replay(
        label=trial.label,
        differences=tuple(differences),
        is_same_identity=trial.id == row["trial"],
        n_scores=n_scores,
        n_values=n_values,
    )


def _row(run: StoredRun, name: str) -> dict[Any, Any]:
    """Return the stored row of the only trial whose id starts with `name`."""
    ids = [str(trial) for trial in run.trials["trial"]]
    matches = [trial for trial in ids if trial.startswith(name)]
    if len(matches) != 1:
        raise UnknownNameError("trial", name, matches or ids[:5])
    row: dict[Any, Any] = run.trials[run.trials["trial"] == matches[0]].to_dict("records")[0]
    return row


def _planned(plan: Plan, row: dict[Any, Any]) -> Trial:
    """Return the trial of the current plan that corresponds to a stored row."""
    for trial in plan.trials:
        is_same_cell = all(getattr(trial, key) == row[key] for key in _CELL)
        if is_same_cell and (trial.task.name, trial.method.name) == (row["task"], row["method"]):
            if trial.skip:
                raise ReplayError(f"trial {row['trial']} can't run here: {trial.skip}.")
            return trial
    raise ReplayError(f"trial {row['trial']}: the suite plans no such trial any more.")


def _run_one(plan: Plan, trial: Trial, folder: Path, plugins: Plugins) -> StoredRun:
    """Run one trial of a plan in a new folder, after its control if it reuses a configuration."""
    control = {trial.frozen.control} if trial.frozen else set()
    selected = replace(plan, chosen=frozenset({trial.id} | control))
    options = RunOptions(command="bakeoff replay", workers=1, report=False)
    run_plan(selected, folder, plugins, options)
    return read_run(folder)


def _compare(
    run: StoredRun, trial: str, repeated: StoredRun, repeated_trial: str
) -> tuple[list[str], int, int]:
    """Compare a trial with its repetition.

    Returns:
        Differences as sentences, and the numbers of compared scores and predicted values.
    """
    is_repeated = repeated.trials["trial"] == repeated_trial
    row = repeated.trials[is_repeated].to_dict("records")[0]
    if row["state"] != TrialState.COMPLETE:
        return [f"it ended as {row['state']}: {row['reason']}"], 0, 0
    differences = []
    scores_before, scores_now = _scores(run, trial), _scores(repeated, repeated_trial)
    for name, before in scores_before.items():
        now = scores_now.get(name, float("nan"))
        if not (before == now or (np.isnan(before) and np.isnan(now))):
            differences.append(f"{name}: {before} then, {now} now")
    n_values = 0
    predicted_before = run.predictions(trial)
    predicted_now = repeated.predictions(repeated_trial)
    for part, values in predicted_before.items():
        n_values += values.size
        if part not in predicted_now or not np.array_equal(values, predicted_now[part]):
            differences.append(f"{part} predictions differ")
    return differences, len(scores_before), n_values


def _scores(run: StoredRun, trial: str) -> dict[str, float]:
    """Return the scores of a trial by part and metric, NaN for undefined ones."""
    rows = run.scores[run.scores["trial"] == trial].to_dict("records")
    return {f"{part} {row['metric']}": float(row[part]) for row in rows for part in PARTS}
