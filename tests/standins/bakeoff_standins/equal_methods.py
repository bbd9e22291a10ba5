"""Stores of simulated benchmarks whose methods are equal, or differ by a known amount."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.splits import make_split
from bakeoff.interfaces import Data
from bakeoff.records import Protocol
from bakeoff.registry.catalogue import Registry
from bakeoff_report import hooks
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.findings import shown_findings
from bakeoff_report.page.report_json import as_json
from bakeoff_report.page.write import placed_sections
from bakeoff_standins.claims import CONSTANT, Claim, claims_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import numpy.typing as npt

    from bakeoff.data.splits import Split
    from bakeoff.store.run_data import StoredRun

    Floats = npt.NDArray[np.float64]
    Guess = Callable[[np.random.Generator, Floats, npt.NDArray[Any], Split, int], npt.NDArray[Any]]

N_ROWS, N_TESTED = 200, 100
KINDS = ("table", "image", "text", "table", "sequence")
SOURCES = ("raw", "manual", "embedded", "random", "end_to_end")
LEARNED = ("embedded", "end_to_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Simulated benchmarks of one kind.

    Args:
        n_methods: equal methods; the constant method comes on top.
        n_tasks: tasks, each with fresh rows of one known source.
        guesses: a name of `GUESSES`.
        split: `kfold`, one pass over five folds, or `official`, a fixed test part whose
            predictions are stored.
        repeats: folds or, on a fixed test part, fits of each method with different seeds.
        gain: by how much the expected test score of one method exceeds that of the others.
    """

    n_methods: int
    n_tasks: int
    guesses: str = "trees"
    split: str = "kfold"
    repeats: int = 5
    gain: float = 0.0

    def __str__(self) -> str:
        """Return a name for tables and tests."""
        extras = [self.guesses] if self.guesses != "trees" else []
        extras += [f"{self.split} x {self.repeats}"] if self.split != "kfold" else []
        extras += [f"{self.gain:+g}"] if self.gain else []
        return ", ".join([f"{self.n_methods} methods x {self.n_tasks} tasks", *extras])

    @property
    def is_regression(self) -> bool:
        """Whether targets are quantities."""
        return self.guesses == "ridge"

    @property
    def methods(self) -> tuple[tuple[str, str, str, str], ...]:
        """Name, source, features and learner of each method, the constant first."""
        equal = []
        for index in range(self.n_methods):
            source, learner = SOURCES[index % len(SOURCES)], f"learner{index // len(SOURCES)}"
            equal.append((f"{source}+{learner}", source, source, learner))
        return ((CONSTANT, CONSTANT, "", CONSTANT), *equal)

    @property
    def tasks(self) -> tuple[tuple[str, str], ...]:
        """Name and input kind of each task."""
        return tuple((f"task{i}", KINDS[i % len(KINDS)]) for i in range(self.n_tasks))

    def plan(self) -> dict[str, Any]:
        """Return what the builder of made-up runs needs."""
        return {
            "tasks": self.tasks,
            "methods": self.methods,
            "repeats": self.repeats,
            "split": self.split,
            "regression": tuple(name for name, _ in self.tasks) if self.is_regression else (),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Claims of one simulated page; `best` is the method that is truly better, if any is."""

    claims: tuple[Claim, ...]
    best: tuple[str, ...] = ()

    def false(self) -> list[Claim]:
        """Return claims of a difference that does not exist, plain intervals included."""
        return [c for c in self.claims if not c.is_about_constant and c.better not in self.best]

    def true(self) -> list[Claim]:
        """Return claims of the difference that exists."""
        return [c for c in self.claims if c.better in self.best and not c.is_about_constant]

    def reversed(self) -> list[Claim]:
        """Return claims that the method that is truly better is worse."""
        return [c for c in self.claims if c.worse in self.best]


def simulate(
    cell: Cell,
    run: StoredRun,
    numbers: Iterable[int],
    folder: Path,
    *,
    processes: int = 1,
    names: tuple[str, ...] = (),
) -> list[Page]:
    """Return the pages of simulated stores.

    Args:
        cell: what to simulate.
        run: a made-up run of the plan of the cell.
        numbers: seeds, one for each store.
        folder: where predictions on fixed test parts are stored.
        processes: how many to use.
        names: sections of the page; empty for all.
    """
    seeds = list(numbers)
    if processes == 1:
        return _pages(cell, run, seeds, folder, names)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        futures = [
            pool.submit(_pages, cell, run, seeds[i::processes], folder / str(i), names)
            for i in range(processes)
        ]
        return [page for future in futures for page in future.result()]


def _pages(
    cell: Cell, run: StoredRun, seeds: list[int], folder: Path, names: tuple[str, ...]
) -> list[Page]:
    import pandas as pd
    import sklearn

    quick = sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
    # Texts of Arrow would take a third of the time.
    with quick, pd.option_context("future.infer_string", False):
        trials, tasks = (pd.DataFrame(f.to_dict("records")) for f in (run.trials, run.tasks))
        plain = replace(run, trials=trials, tasks=tasks)
        return [_page(cell, plain, seed, folder, names) for seed in seeds]


def _page(cell: Cell, run: StoredRun, seed: int, folder: Path, names: tuple[str, ...]) -> Page:
    best = int(np.random.default_rng([seed, 1]).integers(cell.n_methods)) if cell.gain else -1
    store = fill(cell, run, seed, folder, best)
    claims = tuple(claims_of(report_of(store, sections(names))))
    if best < 0:
        return Page(claims=claims)
    name, source, *_ = cell.methods[1 + best]
    also = ("learned",) if source in LEARNED else ()
    return Page(claims=claims, best=(name, source.replace("_", " "), *also))


@cache
def sections(names: tuple[str, ...] = ()) -> Registry:
    """Return the report's own sections, or those of these names."""
    registry = Registry()
    register = registry.register("report_sections", "report")

    def chosen(name: str, target: str, *, summary: str) -> None:
        if not names or name in names:
            register(name, target, summary=summary)

    hooks.bakeoff_register_report_sections(chosen)
    return registry


def report_of(run: StoredRun, registry: Registry) -> dict[str, Any]:
    """Return the content of `report.json` of a run, without charts and single trials.

    Raises:
        LookupError: a section is broken.
    """
    context = ReportContext.of([run], registry)
    components = [c for c in registry.all("report_sections") if c.name != "trials"]
    placed = placed_sections(context, components, draws=False)
    if broken := [p.section for p in placed if p.section.title.endswith("(broken)")]:
        raise LookupError(f"broken sections: {broken}")
    content: dict[str, Any] = json.loads(as_json(shown_findings(placed), placed))
    return content


def fill(cell: Cell, run: StoredRun, seed: int, folder: Path, best: int = -1) -> StoredRun:
    """Fill a made-up run with simulated scores, in place.

    Args:
        cell: what to simulate.
        run: its run.
        seed: of the store.
        folder: where predictions on a fixed test part are stored.
        best: index of the method that is truly better; -1 for none.
    """
    trials = run.trials
    rng = np.random.default_rng([seed, 2])
    table = np.empty((cell.repeats, cell.n_tasks, 1 + cell.n_methods, 3))
    for task in range(cell.n_tasks):
        for repeat, (split, scores, guesses, y) in enumerate(_task(cell, seed, task, best)):
            table[repeat, task] = scores
            if cell.split == "official":
                _store(folder, trials, cell, (repeat, task), guesses[:, split.test], y[split.test])
    trials[["train_score", "validation_score", "test_score"]] = table.reshape(-1, 3)
    trials["gap"] = trials["train_score"] - trials["test_score"]
    trials["fit_s"] = rng.lognormal(-2, 0.1, len(trials))
    trials["featurize_s"] = 0.0
    trials[["n_train", "n_validation", "n_test", "n_unused"]] = (
        [160, 40, N_TESTED, 0] if cell.split == "official" else [128, 32, 40, 0]
    )
    run.tasks["n_rows"] = N_ROWS + (N_TESTED if cell.split == "official" else 0)
    if cell.split == "kfold" and trials["fold"].max() == 0:
        trials["fold"] = trials["repeat"]
        trials["repeat"] = 0
        run.suite["protocol"] = {"split": "kfold", "folds": cell.repeats, "repeats": 1}
    return replace(run, folder=folder) if cell.split == "official" else run


def _task(cell: Cell, seed: int, task: int, best: int) -> list[tuple[Split, Floats, Any, Any]]:
    """Return for each repeat the split, the scores (n_methods, 3), the guesses and the truth."""
    rng = np.random.default_rng([seed, 3, task])
    data = _data(cell, rng)
    y = np.asarray(data.y)
    if cell.split == "official":
        protocol = Protocol(split="official", repeats=cell.repeats)
    else:
        protocol = Protocol(split="kfold", folds=cell.repeats, repeats=1)
    found = []
    for index in range(cell.repeats):
        repeat, fold = (index, 0) if cell.split == "official" else (0, index)
        split = make_split(data, protocol, task=f"task{task} {seed}", repeat=repeat, fold=fold)
        guesses = GUESSES[cell.guesses](rng, data.X, y, split, cell.n_methods)
        found.append((split, guesses))
    if best >= 0:
        error = np.mean([(g[1:, s.test] != y[s.test]).mean() for s, g in found])
        for _, guesses in found:
            mended = rng.random(len(y)) < cell.gain / error
            guesses[1 + best, mended] = y[mended]
    measure = r2 if cell.is_regression else balanced_accuracy
    return [
        (s, np.stack([measure(y, g, p) for p in (s.train, s.validation, s.test)], axis=1), g, y)
        for s, g in found
    ]


def _data(cell: Cell, rng: np.random.Generator) -> Data:
    is_official = cell.split == "official"
    n_rows = N_ROWS + (N_TESTED if is_official else 0)
    X = rng.normal(size=(n_rows, 6))
    signal = X @ [1.5, -1.0, 0.5, 0, 0, 0] + 0.8 * X[:, 0] * X[:, 1]
    official = np.arange(n_rows) >= N_ROWS if is_official else None
    if cell.is_regression:
        y: npt.NDArray[Any] = signal + rng.normal(size=n_rows)
        problem: dict[str, Any] = {"problem_type": "regression"}
    else:
        y = (rng.random(n_rows) < 1 / (1 + np.exp(-signal))).astype(np.int64)
        problem = {"problem_type": "binary", "classes": ("a", "b")}
    return Data(X=X, y=y, input_kind="table", official_test=official, **problem)


def _trees(
    rng: np.random.Generator, X: Floats, y: npt.NDArray[Any], split: Split, n: int
) -> npt.NDArray[Any]:
    """Return guesses of the constant and of trees whose seed alone differs."""
    from sklearn.tree import DecisionTreeClassifier

    guesses = np.zeros((1 + n, len(y)), dtype=np.int64)
    rows = X.astype(np.float32)  # as trees take them without a check
    known, classes = rows[split.train], y[split.train].astype(float)
    for line, seed in enumerate(rng.integers(2**31, size=n), 1):
        tree = DecisionTreeClassifier(splitter="random", random_state=int(seed))
        tree.fit(known, classes, check_input=False)
        guesses[line] = tree.tree_.predict(rows).reshape(len(y), 2).argmax(axis=1)
    return guesses


def _correlated(
    rng: np.random.Generator, X: Floats, y: npt.NDArray[Any], split: Split, n: int
) -> npt.NDArray[Any]:
    """Return guesses of one tree, in which each method replaces a tenth by those of another."""
    guesses = _trees(rng, X, y, split, n + 1)
    shared, own = guesses[-1], guesses[1:-1]
    guesses[1:-1] = np.where(rng.random(own.shape) < 0.1, own, shared)
    return guesses[:-1]


def _independent(
    rng: np.random.Generator, X: Floats, y: npt.NDArray[Any], split: Split, n: int
) -> npt.NDArray[Any]:
    """Return guesses that are right in 75 % of the rows, each by a draw of its own."""
    chance = np.full(len(X), 0.75)
    chance[split.train] = 0.85
    guesses = np.where(rng.random((1 + n, len(y))) < chance, y, 1 - y)
    guesses[0] = 0
    return guesses


def _ridge(
    rng: np.random.Generator, X: Floats, y: npt.NDArray[Any], split: Split, n: int
) -> npt.NDArray[Any]:
    """Return predictions of ridge regressions, each on its own bootstrap sample of the rows."""
    guesses = np.full((1 + n, len(y)), y[split.train].mean())
    for line in range(1, 1 + n):
        rows = rng.choice(split.train, len(split.train))
        mean, A = y[rows].mean(), X[rows] - X[rows].mean(axis=0)
        weights = np.linalg.solve(A.T @ A + np.eye(A.shape[1]), A.T @ (y[rows] - mean))
        guesses[line] = mean + (X - X[rows].mean(axis=0)) @ weights
    return guesses


GUESSES: dict[str, Guess] = {
    "trees": _trees,
    "correlated": _correlated,
    "independent": _independent,
    "ridge": _ridge,
}


def balanced_accuracy(
    y: npt.NDArray[Any], guesses: npt.NDArray[Any], rows: npt.NDArray[Any]
) -> Floats:
    """Return the mean recall of both classes for each line of guesses."""
    right = guesses[:, rows] == y[rows]
    return np.mean([right[:, y[rows] == label].mean(axis=1) for label in (0, 1)], axis=0)


def r2(y: npt.NDArray[Any], guesses: npt.NDArray[Any], rows: npt.NDArray[Any]) -> Floats:
    """Return the coefficient of determination for each line of predictions."""
    truth = y[rows]
    errors = ((guesses[:, rows] - truth) ** 2).sum(axis=1)
    return np.asarray(1 - errors / ((truth - truth.mean()) ** 2).sum())


def _store(  # noqa: PLR0917  a place and what it holds
    folder: Path,
    trials: Any,
    cell: Cell,
    place: tuple[int, int],
    guesses: npt.NDArray[Any],
    truth: npt.NDArray[Any],
) -> None:
    """Store predictions of one repeat of a task as a run does."""
    repeat, task = place
    start = (repeat * cell.n_tasks + task) * (1 + cell.n_methods)
    splits = folder / "artifacts" / "splits"
    splits.mkdir(parents=True, exist_ok=True)
    rows = np.arange(N_ROWS, N_ROWS + len(truth))
    np.savez(splits / f"{trials['split_file'].iloc[start]}.npz", test=truth, test_rows=rows)
    for trial, guess in zip(trials["trial"].iloc[start:], guesses, strict=False):
        own = folder / "artifacts" / str(trial)
        own.mkdir(parents=True, exist_ok=True)
        shown = guess if cell.is_regression else np.eye(2, dtype=np.float32)[guess]
        np.savez(own / "predictions.npz", test=shown)
