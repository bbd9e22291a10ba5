"""Answers of shipped methods, through `bakeoff.run`, and of recipes; both kept between calls."""

from __future__ import annotations

import ast
import fcntl
import importlib.util
import inspect
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import bakeoff
from bakeoff.plan.trials import make_plan
from bakeoff.provenance.hashing import digest, versions_of
from bakeoff.registry.manager import load_plugins
from bakeoff.suite.schema import LoadedSuite
from bakeoff.suite.yaml_reader import YamlSource
from fair import datasets, judge
from fair.records import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bakeoff.plan.tasks import PlannedTask
    from bakeoff.plan.trials import Plan
    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun
    from fair.records import Recipe

LIBRARIES = ("sklearn", "numpy", "xgboost", "keras", "tensorflow", "gensim", "aeon", "skimage")

EVERY_METHOD = (
    "bakeoff.trial.fit",
    "bakeoff.trial.early_stopping",
    "bakeoff.training",
    "bakeoff.interfaces",
    "bakeoff.spaces",
    "bakeoff.data.splits",
    "bakeoff.problems.scoring",
)
"""Modules of the core on which the answers of every method depend."""


class MethodFailedError(Exception):
    """Raised when a trial of a shipped method did not complete."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A shipped method on a dataset, as a suite says it.

    Args:
        data: key of `datasets.DATASETS`.
        method: `features+learner`, or an end-to-end method.
        params: parameters that are not left at their defaults.
    """

    data: str
    method: str
    params: tuple[tuple[str, Any], ...] = ()

    def suite_method(self) -> dict[str, Any]:
        """Return the method as a suite says it."""
        features, plus, learner = self.method.partition("+")
        parts = {"features": features, "learner": learner} if plus else {"method": self.method}
        return {"name": self.method, **parts, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Store:
    """Folder with the answers of earlier calls.

    Args:
        folder: where they are.
        fresh: compute again what this call has not yet computed.
        wanted: what this call will ask for; what is missing of one dataset is run together.
    """

    folder: Path
    fresh: bool = False
    wanted: list[Entry] = field(default_factory=list)
    computed: set[Path] = field(default_factory=set)

    def shipped(self, entry: Entry) -> list[Answers]:
        """Return the answers of a shipped method, in the order of the splits.

        Raises:
            MethodFailedError: a trial failed; the message holds its error.
            ValueError: what is judged here is not the score that the run stores.
        """
        file = self._file_of(entry)
        if self._lacks(file):
            others = [e for e in self.wanted if e.data == entry.data]
            with self._alone(entry.data):
                files = {e: self._file_of(e) for e in dict.fromkeys([entry, *others])}
                self._run({e: f for e, f in files.items() if self._lacks(f)})
        if (failure := file.with_suffix(".txt")).is_file():
            raise MethodFailedError(failure.read_text("utf-8"))
        return _read(file)

    def recipe(self, data: str, recipe: Recipe) -> list[Answers]:
        """Return the answers of a recipe, in the order of the splits."""
        planned = _planned(data)
        key = digest([_key(planned), _code_of_recipe(recipe)])
        file = self.folder / f"recipe-{data}-{recipe.__name__}-{key}.npz"
        if self._lacks(file):
            _write(file, _cook(planned, recipe))
            self.computed.add(file)
        return _read(file)

    def _file_of(self, entry: Entry) -> Path:
        plan = _plan(entry.data, [entry])
        targets = sorted({target for trial in plan.trials for target in trial.targets})
        code = [_code_of(target) for target in (*targets, *EVERY_METHOD)]
        key = digest([_key(plan.tasks[entry.data]), entry.suite_method(), code])
        return self.folder / f"shipped-{entry.data}-{entry.method}-{key}.npz"

    def _lacks(self, file: Path) -> bool:
        is_old = self.fresh and file not in self.computed
        return is_old or not (file.is_file() or file.with_suffix(".txt").is_file())

    @contextmanager
    def _alone(self, data: str) -> Iterator[None]:
        """Let one process at a time run methods on a dataset."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{data}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, files: Mapping[Entry, Path]) -> None:
        """Run methods of one dataset in one suite, and keep the answers or the error of each."""
        if not files:  # another process was first
            return
        data = next(iter(files)).data
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".run-") as folder:
            run = bakeoff.run(_suite(data, list(files)), out=folder, workers=1, report=False)
            for entry, file in files.items():
                for old in (file, file.with_suffix(".txt")):
                    old.unlink(missing_ok=True)
                failure = _failure(run, entry)
                if failure:
                    file.with_suffix(".txt").write_text(failure, encoding="utf-8")
                else:
                    _write(file, _answers(run, entry, _planned(data)))
                self.computed.add(file)


def metric_of(data: str) -> str:
    """Return the primary metric of a judged dataset."""
    return _planned(data).task.metric


def _suite(data: str, entries: Sequence[Entry]) -> dict[str, Any]:
    methods = [entry.suite_method() for entry in entries]
    return {"name": "fairness", "tasks": [datasets.task(data)], "methods": methods}


def _plan(data: str, entries: Sequence[Entry]) -> Plan:
    suite = LoadedSuite(YamlSource("suite", _suite(data, entries), {}))
    return make_plan(suite, _registry())


@cache
def _registry() -> Registry:
    return load_plugins().registry


@cache
def _planned(data: str) -> PlannedTask:
    return _plan(data, [Entry(data, "raw+constant")]).tasks[data]


def _failure(run: StoredRun, entry: Entry) -> str:
    """Return why trials of a method failed; empty where all are complete."""
    trials = run.trials[run.trials["method"] == entry.method]
    failed = trials[trials["state"] != "complete"]
    if len(trials) and failed.empty:
        return ""
    facts = failed.iloc[0].dropna() if len(failed) else {}
    told = [str(facts[name]) for name in ("state", "reason", "error") if name in facts]
    return f"{len(failed)} of {len(trials)} trials failed: {' '.join(told)}"


def _answers(run: StoredRun, entry: Entry, planned: PlannedTask) -> list[Answers]:
    trials = run.trials[run.trials["method"] == entry.method].sort_values(["repeat", "fold"])
    answers = []
    for name in trials["trial"]:
        tested = run.tested(name, labels=planned.task.problem_type != "regression")
        if tested is None:
            raise MethodFailedError(f"{name} stored no predictions.")
        answers.append(Answers(run.truths(name)["test_rows"], *tested))
    ours, stored = judge.mean_score(planned.task.metric, answers), trials["test_score"].mean()
    if not np.isclose(ours, stored, atol=1e-6):
        raise ValueError(f"judged {ours:.6f}, but the run stores {stored:.6f}.")
    return answers


def _cook(planned: PlannedTask, recipe: Recipe) -> list[Answers]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a ten-line script has nobody who reads them
        return [
            Answers(indices, np.asarray(test.y), np.ravel(recipe(rows)))
            for rows, test, indices in datasets.splits(planned)
        ]


def _key(planned: PlannedTask) -> list[Any]:
    protocol = repr(planned.task.protocol)
    return [planned.task.fingerprint, planned.task.metric, protocol, versions_of(LIBRARIES)]


@cache
def _code_of(target: str) -> str:
    """Return a hash of a component's module and of what it imports in its own package.

    For a module of the core, that of the module alone.
    """
    module = target.partition(":")[0]
    package = module.partition(".")[0]
    seen: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        source = None if name in seen else _source(name)
        if source is None:
            continue
        seen[name] = source
        if package != "bakeoff":
            waiting += [n for n in imports(source) if n.partition(".")[0] in _OWN]
    return digest(dict(sorted(seen.items())))


_OWN = ("bakeoff_classic", "bakeoff_deep", "bakeoff_keras", "bakeoff_embeddings")


def _code_of_recipe(recipe: Recipe) -> list[str]:
    """Return the source of a recipe, of its module's helpers, and of what all recipes share."""
    module = inspect.getmodule(recipe)
    helpers = [
        f for f in vars(module).values() if getattr(f, "__module__", "") == recipe.__module__
    ]
    private = [inspect.getsource(f) for f in helpers if f.__name__.startswith("_")]
    folder = Path(inspect.getfile(recipe)).parent
    shared = [(folder / f"{name}.py").read_text("utf-8") for name in ("common", "learners")]
    return [inspect.getsource(recipe), *private, *shared]


def _source(module: str) -> str | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # a name of a module, not a module
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin).read_text("utf-8")


def imports(source: str) -> list[str]:
    """Return the names of all modules that a source may import, and of what it takes from them."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _write(file: Path, answers: Sequence[Answers]) -> None:
    arrays = {}
    for number, answer in enumerate(answers):
        for name in ("rows", "truth", "predicted"):
            arrays[f"{name}_{number}"] = np.asarray(getattr(answer, name))
    file.parent.mkdir(parents=True, exist_ok=True)
    work = file.with_name(f".{file.name}")
    with work.open("wb") as out:
        np.savez_compressed(out, **arrays)
    work.replace(file)


def _read(file: Path) -> list[Answers]:
    with np.load(file, allow_pickle=False) as stored:
        return [
            Answers(*(stored[f"{name}_{number}"] for name in ("rows", "truth", "predicted")))
            for number in range(len(stored.files) // 3)
        ]
