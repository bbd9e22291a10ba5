"""The search loop against bare Optuna: the same objective, the same configurations, in turns.

The objective fits scikit-learn's gradient boosting, as a search of tables would; what is compared
is everything around it: the journal, features mapped from disk, validation scores, the clock.
Processor time, so that whatever else the machine does stays out.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs the extra search")
pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")

import optuna

from bakeoff.processes.child import metrics_of
from bakeoff.search.loop import SearchLoop
from bakeoff.search.requests import TrialContext
from bakeoff.training import TrainingRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.records import ConfigResult

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
]

CONFIGS, ROUNDS = 10, 2
SUITE: dict[str, Any] = {
    "tasks": ["breast_cancer"],
    "methods": [{"features": "raw", "learner": "hist_boosting"}],
    "protocol": {"split": "holdout", "repeats": 1},
    "search": {
        "searcher": "tpe",
        "configs": CONFIGS,
        "space": {"features__max_categories": [50]},
    },
}


def _bare_s(
    data: tuple[Any, ...], tried: tuple[ConfigResult, ...], space: Any, learner: Callable[..., Any]
) -> float:
    """Processor seconds of Optuna alone over the configurations that the search had."""
    X, y, X_validation, y_validation = data
    started = time.process_time()
    sampler = optuna.samplers.TPESampler(seed=0, multivariate=True, group=True, n_startup_trials=8)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for one in tried:
        trial = study.ask()
        for name, dimension in space.dimensions.items():
            if hasattr(dimension, "low"):
                trial.suggest_float(name, dimension.low, dimension.high)
        made = learner(**{n.partition("__")[2]: v for n, v in one.config.items() if "learner" in n})
        made.fit(X, y)
        proba = made.predict_proba(X_validation)
        study.tell(trial, float((proba.argmax(axis=1) == y_validation).mean()))
    return time.process_time() - started


def test_search_costs_hardly_more_than_bare_optuna(
    plan_of: Any, tmp_path: Path, tell: Any, benchmark: Any
) -> None:
    """Budget: less than 5 % above the same fits under Optuna alone."""
    from bakeoff_classic.hist_boosting import HistBoostingClassifier
    from bakeoff_classic.table import RawTable

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    plan = plan_of(**SUITE)
    trial = plan.trials[0]
    prepared = plan.tasks[trial.task.name].prepared
    metrics = metrics_of(trial.task.problem_type)
    ours, theirs, calls = [], [], iter(range(100))

    def search() -> tuple[ConfigResult, ...]:
        home = tmp_path / str(next(calls))
        context = TrialContext(
            trial=trial, prepared=prepared, folder=str(home / "t"), scratch=str(home / "s")
        )
        return SearchLoop(context, metrics, TrainingRecord()).run().tried

    data, tried = prepared.load(), search()
    rows = np.random.default_rng(0).permutation(len(data.X))
    train, held_out = rows[:364], rows[364:455]  # as many as the search has
    raw = RawTable().fit(data.X.iloc[train])
    arrays = (
        raw.transform(data.X.iloc[train]),
        np.asarray(data.y)[train],
        raw.transform(data.X.iloc[held_out]),
        np.asarray(data.y)[held_out],
    )
    for _ in range(ROUNDS):
        started = time.process_time()
        search()
        ours.append(time.process_time() - started)
        space = trial.search.arms[0].space
        theirs.append(_bare_s(arrays, tried, space, HistBoostingClassifier))
    benchmark.pedantic(search, rounds=1)
    tell("bare Optuna", median(theirs))
    tell("search", median(ours), baseline="bare Optuna", budget="Budget: ratio below 1.05.")

    assert len(tried) == CONFIGS
