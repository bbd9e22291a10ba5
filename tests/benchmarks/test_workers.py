"""How much sooner two workers end a suite than one: at least 1.6 times on two idle cores.

On a machine that others use, the share of the time in which workers had a trial tells more.

Run with: pytest tests/benchmarks/test_workers.py --benchmark-only
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.executors import LocalExecutor, Options
from bakeoff.runner import execute, start
from bakeoff.store import Store, read_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.plan import Plan
    from bakeoff.plugins import Plugins

ONE = "a classic suite with one worker"


@pytest.fixture(scope="module")
def plan(plan_of: Callable[..., Plan]) -> Plan:
    """Sixty trials of a second or so in all."""
    return plan_of(
        tasks=["breast_cancer", "digits"],
        methods=[
            "raw+random_forest",
            "raw+hist_boosting",
            "raw+logistic",
            "raw+svm",
            "raw+tree",
            "raw+naive_bayes",
        ],
        protocol={"repeats": 5},
    )


@pytest.mark.benchmark(group="a classic suite")
@pytest.mark.parametrize("workers", [1, 2])
def test_suite(  # noqa: PLR0917  fixtures
    benchmark: Any,
    workers: int,
    plan: Plan,
    plugins: Plugins,
    tmp_path_factory: pytest.TempPathFactory,
    tell: Callable[..., None],
) -> None:
    """The whole run, start of the processes included."""
    if workers > len(os.sched_getaffinity(0)):
        pytest.skip(f"needs {workers} cores")

    shares: list[float] = []

    def run() -> None:
        began = time.monotonic()
        folder = tmp_path_factory.mktemp("run")
        executor = LocalExecutor(Options(workers=workers, scratch=folder / "scratch"))
        with Store(folder / "run") as store:
            started = start(plan, store, plugins, ["bakeoff"])
            assert execute(started, store, plugins, executor, workers).is_clean
        busy_s = read_run(folder / "run").trials["wall_s"].sum()
        shares.append(busy_s / workers / (time.monotonic() - began))

    benchmark.pedantic(run, rounds=2)
    name = ONE if workers == 1 else "with two workers"
    budget = f"Goal: a ratio of at most 0.62. Workers were busy {max(shares):.0%} of the time."
    tell(name, benchmark.stats.stats.min, baseline="" if workers == 1 else ONE, budget=budget)
