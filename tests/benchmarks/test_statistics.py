"""Statistics of 100 methods on 50 tasks with 10 repeats on one core: at most 10 s.

Run with: pytest tests/benchmarks/test_statistics.py --benchmark-only
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.anova import crossing_of, pooled, shares
from bakeoff.statistics.contrasts import representatives, scales_of, with_facts
from bakeoff.statistics.intervals import mean_intervals, resampled_intervals
from bakeoff.statistics.overfitting import judge
from bakeoff.statistics.ranks import rank_methods
from bakeoff.statistics.significance import holm
from bakeoff.statistics.variance_components import variance_split

if TYPE_CHECKING:
    from collections.abc import Callable

N_METHODS, N_TASKS, N_REPEATS, N_DRAWS = 100, 50, 10, 10_000


def made_up() -> pd.DataFrame:
    """50,000 trials: ten features by ten learners, some better than others."""
    rng = np.random.default_rng(0)
    task, method, repeat = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(N_TASKS), np.arange(N_METHODS), np.arange(N_REPEATS), indexing="ij"
        )
    )
    skill = 0.6 + 0.002 * method + 0.1 * rng.random(N_TASKS)[task]
    test = skill + rng.normal(0, 0.01, len(task))
    names = np.array([f"f{i // 10}+l{i % 10}" for i in range(N_METHODS)])
    return pd.DataFrame(
        {
            "trial": np.arange(len(task)).astype(str),
            "task": np.char.add("t", task.astype(str)),
            "method": names[method],
            "features": np.char.add("f", (method // 10).astype(str)),
            "learner": np.where(
                method == 0, "constant", np.char.add("l", (method % 10).astype(str))
            ),
            "source": np.array(["constant", "raw", "manual", "end_to_end"])[
                np.where(method == 0, 0, 1 + method % 3)
            ],
            "repeat": repeat,
            "fold": 0,
            "direction": "maximize",
            "train_score": test + 0.03,
            "validation_score": test + rng.normal(0, 0.01, len(task)),
            "test_score": test,
            "gap": 0.03 + rng.normal(0, 0.01, len(task)),
            "n_train": 640,
            "n_validation": 160,
            "n_test": 200,
            "n_refit": None,
            "n_unused": 0,
            "featurize_s": 0.1,
            "compile_s": 0.0,
            "fit_s": 0.2,
        }
    )


def everything(trials: pd.DataFrame) -> dict[str, Any]:
    """Scales, choices, verdicts, ranks with tests and draws, families, shares and spreads."""
    rows = with_facts(trials)
    scales = scales_of(rows, dict.fromkeys(rows["task"].unique(), 0.02))
    chosen = representatives(rows)
    wide = rows.pivot_table(index=["task", "repeat"], columns="method", values=["signed", "gap"])
    scores = wide["signed"].to_numpy().reshape(N_TASKS, N_REPEATS, N_METHODS)
    gaps = wide["gap"].to_numpy().reshape(N_TASKS, N_REPEATS, N_METHODS)
    ratio = 200 / 640
    verdicts, behind = [], []
    for place, scale in enumerate(scales.values()):
        gap = resampled_intervals(gaps[place].T, test_ratio=ratio, resolution=0.001).to_list()
        train = resampled_intervals(scores[place].T + 0.03, test_ratio=ratio).to_list()
        verdicts += [
            judge(g, t, reference=scale.one, band=scale.band)
            for g, t in zip(gap, train, strict=True)
        ]
        leader = scores[place][:, [N_METHODS - 1]]
        behind.append(resampled_intervals((leader - scores[place]).T, test_ratio=ratio))
    ranking = rank_methods(list(wide["signed"].columns), scores.mean(axis=1), n_draws=N_DRAWS)
    cubes = [crossing_of(part) for _, part in rows.groupby("task", sort=False)]
    found = [one for cube in cubes if cube is not None and (one := shares(cube)) is not None]
    values = rows.rename(columns={"repeat": "split", "signed": "value"})
    return {
        "chosen": len(chosen),
        "verdicts": len(verdicts),
        "clear": int((holm(mean_intervals(behind).p) < 0.05).sum()),
        "groups": ranking.groups,
        "pooled": pooled(found),
        "spread": [variance_split(part) for _, part in values.groupby("method", sort=False)],
    }


@pytest.mark.benchmark(group="statistics of 50,000 trials")
def test_statistics_of_fifty_thousand_trials(benchmark: Any, tell: Callable[..., None]) -> None:
    """All that the report's findings rest on, a bootstrap of 10,000 draws included."""
    trials = made_up()
    found = benchmark.pedantic(everything, args=(trials,), rounds=2, warmup_rounds=0)

    assert found["verdicts"] == N_METHODS * N_TASKS
    assert found["pooled"].n_splits == N_REPEATS
    tell("statistics of 50,000 trials", benchmark.stats.stats.min)
