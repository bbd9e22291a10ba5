"""How often a report claims a difference between methods that do not differ.

Run with: pytest -m slow tests/reports/test_claims.py -rP
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bakeoff.data.splits import make_split
from bakeoff.interfaces import Data
from bakeoff.metrics.classification import balanced_accuracy
from bakeoff.records import Protocol
from bakeoff_report.blocks import Placed, Section, Table
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.findings import shown_findings
from bakeoff_report.model.headline import winner
from bakeoff_report.model.source_findings import source_findings
from bakeoff_report.model.standings import standings
from bakeoff_report.sections import sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

pytestmark = pytest.mark.slow

N_BENCHMARKS, N_ROWS, N_REPEATS = 1000, 200, 5
TASKS = (("digits", "image"), ("wine", "table"))
METHODS = (
    ("constant", "constant", "", "constant"),
    ("raw+a", "raw", "raw", "a"),
    ("raw+b", "raw", "raw", "b"),
    ("manual+a", "manual", "manual", "a"),
    ("manual+b", "manual", "manual", "b"),
    ("pca+a", "embedded", "pca", "a"),
)
"""All but the constant are the same random tree, whose seed alone differs."""


def scores(number: int) -> dict[tuple[str, str, int], tuple[float, ...]]:
    """Train, validation and test score by task, method and repeat, on fresh rows of one source."""
    from sklearn.tree import DecisionTreeClassifier

    found = {}
    for place, (task, _) in enumerate(TASKS):
        rng = np.random.default_rng([number, place])
        X = rng.normal(size=(N_ROWS, 6))
        chance = 1 / (1 + np.exp(-(X @ [1.5, -1.0, 0.5, 0, 0, 0] + 0.8 * X[:, 0] * X[:, 1])))
        y = (rng.random(N_ROWS) < chance).astype(np.int64)
        data = Data(X=X, y=y, input_kind="table", problem_type="binary", classes=("a", "b"))
        for repeat in range(N_REPEATS):
            split = make_split(
                data, Protocol.of("holdout"), task=f"{task}{number}", repeat=repeat, fold=0
            )
            for seed, (method, *_) in enumerate(METHODS[1:]):
                tree = DecisionTreeClassifier(splitter="random", random_state=10 * repeat + seed)
                guess = tree.fit(X[split.train], y[split.train]).predict(X)
                found[task, method, repeat] = tuple(
                    balanced_accuracy(y[rows], guess[rows], n_classes=2)
                    for rows in (split.train, split.validation, split.test)
                )
    return found


def filled(run: StoredRun, number: int) -> StoredRun:
    """The made-up run with these scores."""
    known = scores(number)
    trials: pd.DataFrame = run.trials
    keys = zip(trials["task"], trials["method"], trials["repeat"], strict=True)
    rows = [known.get(key, (0.5, 0.5, 0.5)) for key in keys]
    trials[["train_score", "validation_score", "test_score"]] = np.array(rows)
    trials["gap"] = trials["train_score"] - trials["test_score"]
    trials[["n_train", "n_validation", "n_test", "n_unused"]] = [128, 32, 40, 0]
    return run


def claims(context: ReportContext) -> dict[str, bool]:
    """Which parts of the page tell equal methods apart."""
    tasks = [task for task, _ in TASKS]
    found = (*winner(context, tasks), *source_findings(context))
    section = Section(title="", order=0, blocks=(), findings=found)
    lines = shown_findings([Placed(anchor="", section=section)])
    board = [s for s in standings(context, tasks) if s.source != "constant"]
    return {
        "findings": any(line.tone == "good" for line in lines),
        "leaderboard": any(s.is_tied is False for s in board),
        "sources": sources.CLEAR in marks(context),
    }


def marks(context: ReportContext) -> set[str]:
    """Marks of the sources on all tasks; the first two columns are the task and its metric."""
    section = sources.section(context)
    assert section is not None
    (table,) = section.blocks
    assert isinstance(table, Table)
    return {cell.mark for row in table.rows for cell in row[2:]}


def test_equal_methods_are_rarely_told_apart(
    builder: Callable[..., StoredRun], sections: Registry, tmp_path: Path
) -> None:
    """In at most 6 % of the reports, by its findings or by the ties of its leaderboard."""
    run = builder(tmp_path, tasks=TASKS, methods=METHODS, repeats=N_REPEATS, regression=())
    numbers = range(N_BENCHMARKS)
    seen = [claims(ReportContext.of([filled(run, n)], sections)) for n in numbers]
    shares = {part: float(np.mean([one[part] for one in seen])) for part in seen[0]}
    sys.stdout.write(f"claimed without a difference: {shares}\n")

    assert max(shares.values()) <= 0.06
