"""How much sooner two workers end a suite than one: at least 1.6 times on two idle cores.

Beside the ratio stand what bounds it: how much longer a fit takes while another runs beside it,
which is the machine's doing; the processor time of the parent, which takes from the workers'; and
the time until the first result, which every worker spends on imports however many there are.

Run with: pytest tests/benchmarks/test_workers.py --benchmark-only
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.execution.runner import RunOptions, run_plan
from bakeoff.store.database import read_run

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins

ONE = "a classic suite with one worker"
_fits_s: dict[int, float] = {}


@pytest.fixture(scope="module")
def plan(plan_of: Callable[..., Plan]) -> Plan:
    """As long as the smallest suites that ship: a hundred and twenty trials, half a minute."""
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
        protocol={"split": "holdout", "repeats": 10},
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

    told: list[str] = []

    def run() -> None:
        began, parent_s = time.monotonic(), time.process_time()
        folder = tmp_path_factory.mktemp("run")
        options = RunOptions(command="bakeoff", workers=workers, report=False)
        assert run_plan(plan, folder / "run", plugins, options).is_clean
        wall_s, parent_s = time.monotonic() - began, time.process_time() - parent_s
        told.append(_bounds(read_run(folder / "run").trials, workers, wall_s, parent_s))

    benchmark.pedantic(run, rounds=2)
    name = ONE if workers == 1 else "with two workers"
    budget = f"Goal: a ratio of at most 0.62. {told[-1]}"
    tell(name, benchmark.stats.stats.min, baseline="" if workers == 1 else ONE, budget=budget)


def _bounds(trials: pd.DataFrame, workers: int, wall_s: float, parent_s: float) -> str:
    """What a run's rows tell of its speed; fits are compared with those of one worker."""
    fits_s = float(trials["fit_s"].sum())
    _fits_s.setdefault(workers, fits_s)
    slower = fits_s / _fits_s.get(1, fits_s)
    began = (trials["finished_at"] - trials["wall_s"]).min()
    first_s = float(trials["finished_at"].min() - began)
    return (
        f"Workers had a trial {trials['wall_s'].sum() / workers / wall_s:.0%} of the time; "
        f"fits took {slower:.2f} times as long as alone; first result after {first_s:.1f} s; "
        f"the parent took {parent_s / wall_s:.0%} of a core."
    )
