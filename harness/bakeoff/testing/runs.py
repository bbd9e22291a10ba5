"""A small run in this process, for contracts that need a stored run."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.registry.catalogue import MetricComponent
from bakeoff.testing.base import plugins
from bakeoff.training import TrainingRecord
from bakeoff.trial.evaluate import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from bakeoff.records import Result, Trial
    from bakeoff.store.run_data import StoredRun
    from bakeoff.trial.evaluate import Job

SUITE: dict[str, Any] = {
    "name": "small",
    "description": "Three methods on one table",
    "tasks": ["breast_cancer"],
    "methods": ["raw+constant", "raw+logistic", "manual+tree"],
    "protocol": {"folds": 3},
}


class InProcessExecutor:
    """Executor without processes or limits, for trials that are known to be harmless."""

    workers = 1
    has_gpu = False

    def close(self) -> None:
        """Do nothing: nothing was started."""

    def run(
        self, jobs: Iterable[Job], started: Callable[[Trial], None]
    ) -> Generator[tuple[Trial, Result], None, None]:
        """Yield each trial with its result, one after the other."""
        for job in jobs:
            started(job.trial)
            metrics = [
                (component, component.load())
                for component in plugins().registry.all("metrics")
                if isinstance(component, MetricComponent)
                and job.trial.task.problem_type in component.problems
            ]
            yield job.trial, evaluate(job, metrics, TrainingRecord())


@cache
def small_run(*, n_ran: int = -1) -> StoredRun:
    """Return a run of `SUITE`; made once in each process.

    Args:
        n_ran: 0 for a run of which no trial has ended yet; -1 for a whole one.
    """
    from bakeoff.execution.runner import RunOptions, run_plan
    from bakeoff.plan.trials import make_plan
    from bakeoff.store.database import read_run
    from bakeoff.suite.schema import LoadedSuite
    from bakeoff.suite.yaml_reader import YamlSource

    folder = Path(tempfile.mkdtemp(prefix="bakeoff-"))
    loaded = LoadedSuite(YamlSource(str(folder / "suite.yaml"), SUITE, {}))
    plan = make_plan(loaded, plugins().registry)
    if not n_ran:
        plan = replace(plan, chosen=frozenset())
    options = RunOptions(command="bakeoff check", report=False)
    run_plan(plan, folder, plugins(), options, executor=InProcessExecutor())
    return read_run(folder)
