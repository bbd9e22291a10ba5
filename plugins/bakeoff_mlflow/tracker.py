"""Logging of a run as an MLflow experiment: one MLflow run for the whole, one per trial.

Trials have the tag `mlflow.parentRunId`, so that MLflow's page nests them under their run.
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
"""Limits of one call of MLflow's REST interface (`runs/log-batch`)."""

_LONGEST_PARAM = 6000
_FILES = ("suite.yaml", "environment.json")


class Tracker:
    """Logger of a run to an MLflow tracking server while it goes on.

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
        # A missing server is reported within seconds, not after minutes as by default.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        # MLflow's lines would mix with the output of `bakeoff run --json`.
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient(tracking_uri=uri)
        self._folder = run.folder
        name = run.suite
        experiment = self._client.get_experiment_by_name(name)
        self._experiment = (
            experiment.experiment_id if experiment else self._client.create_experiment(name)
        )
        self._run = self._start(f"run of {name}", {"bakeoff.folder": run.folder.name})

    def add(self, trial: Trial, result: Result) -> None:
        """Log a trial as an MLflow run."""
        tags = _tags(trial, result) | {"mlflow.parentRunId": self._run}
        run_id = self._start(trial.label, tags)
        self._log(run_id, params=_params(trial), metrics=_metrics(trial, result))
        folder = self._folder / "artifacts" / trial.id
        for path in sorted(folder.glob("*.npz")):
            self._client.log_artifact(run_id, str(path))
        is_complete = result.state is TrialState.COMPLETE
        self._client.set_terminated(run_id, status="FINISHED" if is_complete else "FAILED")

    def finish(self, run: RunInfo) -> None:
        """Log the number of trials and the run's files, and end the MLflow run."""
        self._log(self._run, params=[], metrics=[("n_trials", float(run.n_trials), 0)])
        for name in _FILES:
            self._client.log_artifact(self._run, str(run.folder / name))
        self._client.set_terminated(self._run)

    def add_report(self, path: Path) -> None:
        """Log the report as an artifact."""
        self._client.log_artifact(self._run, str(path))

    def _start(self, name: str, tags: dict[str, str]) -> str:
        mlflow_run = self._client.create_run(self._experiment, tags=tags, run_name=name)
        return str(mlflow_run.info.run_id)

    def _log(
        self, run: str, *, params: list[tuple[str, str]], metrics: list[tuple[str, float, int]]
    ) -> None:
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        for batch in _portions(params, _MOST_PARAMS):
            self._client.log_batch(run, params=[Param(*pair) for pair in batch])
        for values in _portions(metrics, _MOST_METRICS):
            batch_metrics = [Metric(name, value, now, step) for name, value, step in values]
            self._client.log_batch(run, metrics=batch_metrics)


def _tags(trial: Trial, result: Result) -> dict[str, str]:
    tags = {"trial": trial.id, "state": result.state.value, "reason": result.reason}
    tags |= {name: str(value) for name, value in result.notes.items()}
    return {f"bakeoff.{name}": text for name, text in tags.items() if text}


def _params(trial: Trial) -> list[tuple[str, str]]:
    """Return the trial's coordinates, and the parameters of each part prefixed by its kind."""
    task, method = trial.task, trial.method
    params: dict[str, Any] = {
        "task": task.name,
        "dataset": task.dataset,
        "metric": task.metric,
        "method": method.name,
        "source": method.source,
    }
    names = ("study", "variant", "repeat", "fold", "device", "backend")
    params |= {name: getattr(trial, name) for name in names}
    params |= {f"protocol.{name}": value for name, value in asdict(task.protocol).items()}
    for part in method.parts:
        params[part.kind] = part.name
        params |= {f"{part.kind}.{name}": value for name, value in part.params.items()}
    return [(name, str(value)[:_LONGEST_PARAM]) for name, value in params.items()]


def _metrics(trial: Trial, result: Result) -> list[tuple[str, float, int]]:
    """Return scores, times and sizes, and each epoch's values with its step; no missing ones."""
    values_by_name: dict[str, Any] = {
        f"{part}_{metric}": value
        for metric, values in result.scores.items()
        for part, value in zip(PARTS, values, strict=True)
    }
    values_by_name |= {
        name: seconds for name, seconds in asdict(result.timings).items() if name.endswith("_s")
    }
    values_by_name |= asdict(result.counts)
    values_by_name |= {"peak_rss_mib": result.peak_rss_mib, "peak_gpu_mib": result.peak_gpu_mib}
    primary = result.scores.get(trial.task.metric, (None, None, None))
    values_by_name |= {f"{part}_score": value for part, value in zip(PARTS, primary, strict=True)}
    epochs = [
        (f"epoch.{name}", value, step)
        for step, values in enumerate(result.epochs, 1)
        for name, value in values.items()
    ]
    plain = [(name, float(value), 0) for name, value in values_by_name.items() if value is not None]
    return [metric_value for metric_value in (*plain, *epochs) if math.isfinite(metric_value[1])]


def _portions(items: list[Any], most: int) -> Iterator[Iterable[Any]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
