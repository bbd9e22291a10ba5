"""What a trial costs beyond its own work.

Run with: pytest tests/benchmarks --benchmark-only
The last line of each group names the ratio to its baseline; DESIGN.md section 18 has the budgets.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml

from bakeoff.evaluation import Job
from bakeoff.executors import LocalExecutor, Options
from bakeoff.plan import make_plan
from bakeoff.plugins import load_plugins
from bakeoff.registry import MetricComponent
from bakeoff.runner import directions, start
from bakeoff.splits import make_split
from bakeoff.store import Store
from bakeoff.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bakeoff.plan import Plan
    from bakeoff.plugins import Plugins

N_TRIALS = 200
BUDGET_MS = 10.0

means: dict[str, float] = {}
"""Seconds a trial of each side, for the line at the end."""


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """What every plugin offers."""
    return load_plugins()


@pytest.fixture(scope="module")
def plan(plugins: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Gaussian naive Bayes on digits, once to warm the worker up and 200 times to measure."""
    suite = {
        "name": "overhead",
        "tasks": ["digits"],
        "methods": ["raw+naive_bayes"],
        "protocol": {"repeats": N_TRIALS + 1},
    }
    path = tmp_path_factory.mktemp("suite") / "suite.yaml"
    path.write_text(yaml.safe_dump(suite), encoding="utf-8")
    return make_plan(load_suite(str(path), plugins.registry, []), plugins.registry)


@pytest.mark.benchmark(group="200 trials of naive Bayes on digits")
def test_bare_loop(benchmark: Any, plan: Plan, plugins: Plugins) -> None:
    """The baseline: the same work in one process, nothing stored, nothing supervised."""
    found = [c for c in plugins.registry.all("metrics") if "multiclass" in c.problems]
    metrics = [(c.uses, c.load()) for c in found if isinstance(c, MetricComponent)]

    def loop() -> None:
        for trial in plan.trials[1:]:
            _bare_trial(plan, trial, metrics)

    _bare_trial(plan, plan.trials[0], metrics)
    benchmark.pedantic(loop, rounds=3)
    means["bare loop"] = benchmark.stats.stats.min / N_TRIALS


@pytest.mark.benchmark(group="200 trials of naive Bayes on digits")
def test_warm_worker(
    benchmark: Any,
    plan: Plan,
    plugins: Plugins,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same trials through a supervised worker into a store."""

    def warmed() -> tuple[tuple[Any, ...], dict[str, Any]]:
        folder = tmp_path_factory.mktemp("run")
        return (_results(plan, plugins, folder),), {}

    def drain(results: Iterator[int]) -> None:
        assert sum(1 for _ in results) == N_TRIALS

    def setup() -> tuple[tuple[Any, ...], dict[str, Any]]:
        (results,), nothing = warmed()
        next(results)
        return (results,), nothing

    benchmark.pedantic(drain, setup=setup, rounds=3)
    means["warm worker"] = benchmark.stats.stats.min / N_TRIALS
    _tell(capsys)


def _bare_trial(plan: Plan, trial: Any, metrics: list[tuple[str, Callable[..., float]]]) -> None:
    """Load, split, fit, predict and score as a trial does."""
    from sklearn.naive_bayes import GaussianNB

    from bakeoff_classic.image import RawImage

    prepared = plan.tasks["digits"].prepared
    assert prepared is not None
    data = prepared.load()
    split = make_split(data, trial.task.protocol, task="digits", repeat=trial.repeat, fold=0)
    parts = {name: rows for name, rows in split.parts().items() if rows is not None}
    features = RawImage().fit(data.X)
    X = {name: features.transform(data.X[rows]) for name, rows in parts.items()}
    model = GaussianNB().fit(X["train"], data.y[split.train])
    for name, rows in parts.items():
        answers = {"proba": model.predict_proba(X[name])}
        answers["labels"] = np.asarray(answers["proba"]).argmax(axis=1)
        for uses, metric in metrics:
            metric(data.y[rows], answers[uses], n_classes=10)


def _results(plan: Plan, plugins: Plugins, folder: Path) -> Iterator[int]:
    """Run and store every trial; yields after each."""
    prepared = plan.tasks["digits"].prepared
    assert prepared is not None
    artifacts, scratch = str(folder / "run" / "artifacts"), str(folder / "scratch")
    known = directions(plugins)
    with Store(folder / "run") as store:
        start(plan, store, plugins, ["bakeoff"])
        jobs = [
            Job(trial=trial, prepared=prepared, artifacts=artifacts, scratch=scratch)
            for trial in plan.trials
        ]
        trials = {trial.trial: trial for trial in plan.trials}
        executor = LocalExecutor(Options(workers=1, scratch=folder / "scratch"))
        for number, (trial, result) in enumerate(executor.run(jobs, lambda _: None)):
            assert result.state == "complete"
            store.add([(trials[trial.trial], result)], known)
            yield number


def _tell(capsys: pytest.CaptureFixture[str]) -> None:
    if len(means) < 2:
        return
    bare, warm = (means[name] * 1000 for name in ("bare loop", "warm worker"))
    with capsys.disabled():
        print(  # noqa: T201  the ratio is what the benchmark is for
            f"\n{warm:.1f} ms a trial in a warm worker, {bare:.1f} ms in the bare loop: "
            f"ratio {warm / bare:.2f}, {warm - bare:.1f} ms over (budget {BUDGET_MS:g} ms); "
            f"load {os.getloadavg()[0]:.1f}"
        )
