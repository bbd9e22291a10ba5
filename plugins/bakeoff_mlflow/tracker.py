"""One run of bakeoff as an MLflow experiment: a run for the whole, and one for each trial.

Trials carry the tag `mlflow.parentRunId`, so that MLflow's page folds them under their run.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bakeoff import is_importable
from bakeoff.errors import MissingExtraError
from bakeoff.records import PARTS, TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bakeoff.records import Result, RunInfo, Trial

_MOST_METRICS = 1000
_MOST_PARAMS = 100
"""Most that one call of MLflow's REST interface takes (`runs/log-batch`)."""

_LONGEST_PARAM = 6000
_FILES = ("suite.yaml", "environment.json")


class Tracker:
    """Hands a run over to a tracking server as it goes on.

    Args:
        uri: address of the server.
        run: the run that starts.

    Raises:
        MissingExtraError: MLflow's client is not installed.
        MlflowException: the server can't be reached.
    """

    def __init__(self, uri: str, run: RunInfo) -> None:
        if not is_importable("mlflow"):
            raise MissingExtraError("mlflow", ("mlflow",), "pip install 'bakeoff[mlflow]'")
        # A server that is not there is told within seconds, not after MLflow's minutes.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        # Its lines would stand among the results of `bakeoff run --json`.
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient(tracking_uri=uri)
        self._folder = run.folder
        name = run.suite
        known = self._client.get_experiment_by_name(name)
        self._experiment = known.experiment_id if known else self._client.create_experiment(name)
        self._run = self._start(f"run of {name}", {"bakeoff.folder": run.folder.name})

    def add(self, trial: Trial, result: Result) -> None:
        """Make a run of a trial."""
        tags = _tags(trial, result) | {"mlflow.parentRunId": self._run}
        made = self._start(trial.label, tags)
        self._log(made, params=_params(trial), metrics=_metrics(trial, result))
        folder = self._folder / "artifacts" / trial.id
        for path in sorted(folder.glob("*.npz")):
            self._client.log_artifact(made, str(path))
        complete = result.state is TrialState.COMPLETE
        self._client.set_terminated(made, status="FINISHED" if complete else "FAILED")

    def finish(self, run: RunInfo) -> None:
        """Say of what the run was made."""
        self._log(self._run, params=[], metrics=[("n_trials", float(run.n_trials), 0)])
        for name in _FILES:
            self._client.log_artifact(self._run, str(run.folder / name))
        self._client.set_terminated(self._run)

    def add_report(self, path: Path) -> None:
        """Add the report to the run."""
        self._client.log_artifact(self._run, str(path))

    def _start(self, name: str, tags: dict[str, str]) -> str:
        made = self._client.create_run(self._experiment, tags=tags, run_name=name)
        return str(made.info.run_id)

    def _log(
        self, run: str, *, params: list[tuple[str, str]], metrics: list[tuple[str, float, int]]
    ) -> None:
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        for part in _portions(params, _MOST_PARAMS):
            self._client.log_batch(run, params=[Param(*pair) for pair in part])
        for some in _portions(metrics, _MOST_METRICS):
            told = [Metric(name, value, now, step) for name, value, step in some]
            self._client.log_batch(run, metrics=told)


def _tags(trial: Trial, result: Result) -> dict[str, str]:
    told = {"trial": trial.id, "state": result.state.value, "reason": result.reason}
    told |= {name: str(value) for name, value in result.notes.items()}
    return {f"bakeoff.{name}": text for name, text in told.items() if text}


def _params(trial: Trial) -> list[tuple[str, str]]:
    """Where the trial stands, and every parameter under its part's kind."""
    task, method = trial.task, trial.method
    told: dict[str, Any] = {
        "task": task.name,
        "dataset": task.dataset,
        "metric": task.metric,
        "method": method.name,
        "source": method.source,
    }
    names = ("study", "variant", "repeat", "fold", "device", "backend")
    told |= {name: getattr(trial, name) for name in names}
    told |= {f"protocol.{name}": value for name, value in asdict(task.protocol).items()}
    for part in method.parts:
        told[part.kind] = part.name
        told |= {f"{part.kind}.{name}": value for name, value in part.params.items()}
    return [(name, str(value)[:_LONGEST_PARAM]) for name, value in told.items()]


def _metrics(trial: Trial, result: Result) -> list[tuple[str, float, int]]:
    """Scores, times and sizes, and each epoch's values at its step, without what is missing."""
    told: dict[str, Any] = {
        f"{part}_{metric}": value
        for metric, values in result.scores.items()
        for part, value in zip(PARTS, values, strict=True)
    }
    told |= {n: v for n, v in asdict(result.timings).items() if n.endswith("_s")}
    told |= asdict(result.counts)
    told |= {"peak_rss_mib": result.peak_rss_mib, "peak_gpu_mib": result.peak_gpu_mib}
    primary = result.scores.get(trial.task.metric, (None, None, None))
    told |= {f"{part}_score": value for part, value in zip(PARTS, primary, strict=True)}
    epochs = [
        (f"epoch.{name}", value, step)
        for step, values in enumerate(result.epochs, 1)
        for name, value in values.items()
    ]
    plain = [(name, float(value), 0) for name, value in told.items() if value is not None]
    return [one for one in (*plain, *epochs) if math.isfinite(one[1])]


def _portions(items: list[Any], most: int) -> Iterator[Iterable[Any]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
