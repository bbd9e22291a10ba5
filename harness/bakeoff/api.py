"""bakeoff from Python: run a suite, read a run, take a method into a notebook."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.errors import BakeoffError
from bakeoff.execution.durations import Historian
from bakeoff.execution.executors import LocalExecutor, Options
from bakeoff.execution.runner import execute, start
from bakeoff.plan import expand, methods
from bakeoff.plan.custom_estimators import register_estimators
from bakeoff.plan.trials import make_plan, only, with_gpu
from bakeoff.registry.manager import load_plugins
from bakeoff.reporting import write_report
from bakeoff.store.checksums import seal, unseal
from bakeoff.store.database import Store, read_run
from bakeoff.suite.schema import LoadedSuite, load_suite
from bakeoff.suite.yaml_reader import YamlSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins
    from bakeoff.store.run_data import StoredRun


class MethodError(BakeoffError):
    """A method can't be made for such data."""


def run(
    suite: str | Path | Mapping[str, Any],
    *,
    out: str | Path | None = None,
    workers: int | None = None,
    chosen: Sequence[str] = (),
    retry: bool = False,
    allow_imports: bool = False,
    report: bool = True,
) -> StoredRun:
    """Run what is not done yet of a suite, as `bakeoff run` does.

    Args:
        suite: a path, the name of a suite that ships, or what a suite file would say.
        out: folder of the run; `runs/NAME` by default.
        workers: trials at a time; as many as the cores allow by default.
        chosen: globs over `task/method`; all trials by default.
        retry: try failed trials again.
        allow_imports: let the suite's own estimators be imported.
        report: write the report into the folder.

    Returns:
        The run as it is stored. Trials that failed are rows of it, not exceptions.

    Raises:
        BakeoffError: the suite says something that can't be run.

    >>> import tempfile
    >>> suite = {"name": "demo", "tasks": ["iris"], "methods": ["raw+constant", "raw+tree"],
    ...          "protocol": {"repeats": 1}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = run(suite, out=folder, workers=1, report=False)
    >>> found.trials[["method", "state"]].values.tolist()
    [['raw+constant', 'complete'], ['raw+tree', 'complete']]
    """
    plugins = load_plugins()
    loaded = _load(suite, plugins)
    if allow_imports:
        register_estimators(loaded, plugins.registry)
    plan = only(make_plan(loaded, plugins.registry), chosen)
    folder = Path(out) if out is not None else Path("runs") / loaded.suite.name
    pending = _run(plan, folder, plugins, workers=workers, retry=retry)
    if report:
        write_report(folder, plugins)
    seal(folder, rewritten=pending)
    return read_run(folder)


def _load(suite: str | Path | Mapping[str, Any], plugins: Plugins) -> LoadedSuite:
    if isinstance(suite, Mapping):
        return LoadedSuite(YamlSource("suite", dict(suite), {}))
    return load_suite(str(suite), plugins.registry)


def _run(
    plan: Plan, folder: Path, plugins: Plugins, *, workers: int | None, retry: bool
) -> frozenset[str]:
    """Ids of the trials that were run."""
    threads = max((trial.task.protocol.threads for trial in plan.trials), default=1)
    options = Options(scratch=folder.resolve() / "scratch", workers=workers, threads=threads)
    with closing(LocalExecutor(options)) as executor:
        plan = with_gpu(plan, has_gpu=executor.has_gpu)
        with Store(folder) as store:
            unseal(folder)
            begun = start(plan, store, plugins, "bakeoff.run", retry=retry)
            plugins.manager.register(Historian(), name="history")
            execute(begun, store, plugins, executor, executor.workers)
            shutil.rmtree(folder / "scratch", ignore_errors=True)
    return begun.pending


def estimator(
    name: str, *, inputs: str = "table", problem: str = "multiclass", **params: Any
) -> Any:
    """A method as an unfitted estimator, as a suite would name it.

    Args:
        name: `features+learner`, or an end-to-end method.
        inputs: input kind of the data, one of `records.INPUT_KINDS`.
        problem: problem type, one of `records.PROBLEM_TYPES`.
        params: parameters as a suite writes them.

    Returns:
        A `bakeoff.pipeline.Chain` of features and learner, which scikit-learn's cross-validation
        takes, or the method itself. What a trial would set (`random_state`, `n_jobs`) is left at
        its default.

    Raises:
        UnknownNameError: no plugin offers such a name or parameter.
        MethodError: the method is not made for such data.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> tree = estimator("raw+tree", max_depth=2).fit(X, y)
    >>> round(tree.score(X, y), 2)
    0.96
    """
    registry = load_plugins().registry
    features, plus, learner = name.partition("+")
    names = {"features": features, "learners": learner} if plus else {"methods": name}
    for kind, one in names.items():
        registry.find(kind, one)
    entry = expand.Entry(name=name, names=names, params=params, exact=True, where=name)
    found = methods.meet(
        entry, registry, input_kind=inputs, problem_type=problem, n_rows=0, n_classes=0
    )
    if found.problem:
        raise MethodError(f"{found.problem}.")
    made = [pkgutil.resolve_name(part.target)(**part.params) for part in found.method.parts]
    if len(made) == 1:
        return made[0]
    from bakeoff.pipeline import Chain

    return Chain(features=made[0], learner=made[1], problem=problem)
