"""What a trial costs beyond its own work: at most 10 ms over the bare loop in one process.

Run with: pytest tests/benchmarks/test_overhead.py --benchmark-only
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.data.splits import make_split
from bakeoff.execution.runner import RunOptions, run_trials
from bakeoff.registry.catalogue import MetricComponent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins

N_TRIALS = 200
BARE = "a trial in the bare loop"


@pytest.fixture(scope="module")
def plan(plan_of: Callable[..., Plan]) -> Plan:
    """Gaussian naive Bayes on digits, once to warm the worker up and 200 times to measure."""
    return plan_of(
        tasks=["digits"],
        methods=["raw+naive_bayes"],
        protocol={"split": "holdout", "repeats": N_TRIALS + 1},
    )


@pytest.mark.benchmark(group="200 trials of naive Bayes on digits")
def test_bare_loop(benchmark: Any, plan: Plan, plugins: Plugins, tell: Callable[..., None]) -> None:
    """The baseline: the same work in one process, nothing stored, nothing supervised."""
    found = [c for c in plugins.registry.all("metrics") if "multiclass" in c.problems]
    metrics = [(c.uses, c.load()) for c in found if isinstance(c, MetricComponent)]

    def loop() -> None:
        for trial in plan.trials[1:]:
            _bare_trial(plan, trial, metrics)

    _bare_trial(plan, plan.trials[0], metrics)
    benchmark.pedantic(loop, rounds=3)
    tell(BARE, benchmark.stats.stats.min / N_TRIALS)


@pytest.mark.benchmark(group="200 trials of naive Bayes on digits")
def test_warm_worker(
    benchmark: Any,
    plan: Plan,
    plugins: Plugins,
    tmp_path_factory: pytest.TempPathFactory,
    tell: Callable[..., None],
) -> None:
    """The same trials through a supervised worker into a store."""
    opened: list[Generator[object]] = []

    def warmed() -> tuple[tuple[Any, ...], dict[str, Any]]:
        results = _results(plan, plugins, tmp_path_factory.mktemp("run"))
        opened.append(results)
        next(results)
        return (results,), {}

    def drain(results: Generator[object]) -> None:
        assert sum(1 for _ in islice(results, N_TRIALS)) == N_TRIALS

    benchmark.pedantic(drain, setup=warmed, rounds=3)
    for results in opened:
        results.close()
    seconds = benchmark.stats.stats.min / N_TRIALS
    tell("a trial in a warm worker", seconds, baseline=BARE, budget="Budget: 10 ms.")


def _bare_trial(plan: Plan, trial: Any, metrics: list[tuple[str, Callable[..., float]]]) -> None:
    """Load, split, fit, predict and score as a trial does, with the same learner."""
    from bakeoff_classic.bayes import NaiveBayes
    from bakeoff_classic.image import RawImage

    prepared = plan.tasks["digits"].prepared
    assert prepared is not None
    data = prepared.load()
    split = make_split(data, trial.task.protocol, task="digits", repeat=trial.repeat, fold=0)
    parts = {name: rows for name, rows in split.parts().items() if rows is not None}
    features = RawImage().fit(data.X)
    X = {name: features.transform(data.X[rows]) for name, rows in parts.items()}
    model = NaiveBayes().fit(X["train"], data.y[split.train])
    for name, rows in parts.items():
        proba = np.asarray(model.predict_proba(X[name]))
        answers = {"proba": proba, "labels": proba.argmax(axis=1)}
        for uses, metric in metrics:
            metric(data.y[rows], answers[uses], n_classes=10)


def _results(plan: Plan, plugins: Plugins, folder: Path) -> Generator[object]:
    """Run and store every trial; yields after each."""
    options = RunOptions(command="bakeoff", workers=1, report=False)
    yield from run_trials(plan, folder / "run", plugins, options)
