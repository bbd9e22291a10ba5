"""How long it takes to see that 10,000 stored trials leave nothing to do: at most 2 s.

Run with: pytest tests/benchmarks/test_resume.py --benchmark-only
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.execution.run_folder import start
from bakeoff.records import Result, TrialState
from bakeoff.store.database import Store
from bakeoff.store.trial_rows import split_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins

N_TRIALS = 10_000
SUITE: dict[str, Any] = {
    "tasks": ["breast_cancer"],
    "methods": ["raw+naive_bayes", "raw+logistic"],
    "protocol": {"split": "holdout", "repeats": N_TRIALS // 2},
}
PLANNING = "planning 10,000 trials"


@pytest.mark.benchmark(group="10,000 stored trials")
def test_plan_alone(
    benchmark: Any, plan_of: Callable[..., Plan], tell: Callable[..., None]
) -> None:
    """The baseline: the plan without a look at the store."""
    plan = benchmark.pedantic(lambda: plan_of(**SUITE), rounds=3, warmup_rounds=1)

    assert len(plan.trials) == N_TRIALS
    tell(PLANNING, benchmark.stats.stats.min)


@pytest.mark.benchmark(group="10,000 stored trials")
def test_plan_and_resume_decision(
    benchmark: Any,
    plan_of: Callable[..., Plan],
    plugins: Plugins,
    tmp_path: Path,
    tell: Callable[..., None],
) -> None:
    """The plan, the look at the store, and orphans looked for among as many artifacts."""
    _fill(tmp_path / "run", plan_of(**SUITE), plugins)

    def decide() -> int:
        plan = plan_of(**SUITE)
        with Store(tmp_path / "run") as store:
            return len(start(plan, store, plugins.registry, "bakeoff").pending)

    assert benchmark.pedantic(decide, rounds=3, warmup_rounds=1) == 0
    tell(
        "planning and deciding", benchmark.stats.stats.min, baseline=PLANNING, budget="Budget: 2 s."
    )


def _fill(folder: Path, plan: Plan, plugins: Plugins) -> None:
    """Store a complete row and an empty artifact for each trial."""
    with Store(folder) as store:
        start(plan, store, plugins.registry, "bakeoff")
        store.add([(t, Result(trial=t.id, state=TrialState.COMPLETE)) for t in plan.trials], {})
    for trial in plan.trials:
        for path in (f"{trial.id}/predictions.npz", f"splits/{split_file(trial)}.npz"):
            file = folder / "artifacts" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
