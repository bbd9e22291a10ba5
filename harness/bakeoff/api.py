"""Python interface: run a suite, read a run, predict, get a method as an estimator."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.errors import BakeoffError
from bakeoff.execution.runner import RunOptions, run_plan
from bakeoff.plan import expand, methods
from bakeoff.plan.custom_estimators import register_estimators
from bakeoff.plan.trials import make_plan, only
from bakeoff.registry.manager import load_plugins
from bakeoff.store.database import read_run
from bakeoff.suite.schema import LoadedSuite, load_suite
from bakeoff.suite.yaml_reader import YamlSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from bakeoff.registry.manager import Plugins
    from bakeoff.store.run_data import StoredRun


class MethodError(BakeoffError):
    """Raised when a method can't be made for such data."""


def run(  # noqa: PLR0913  a keyword for each option of `bakeoff run`
    suite: str | Path | Mapping[str, Any],
    *,
    out: str | Path | None = None,
    chosen: Sequence[str] = (),
    workers: int | None = None,
    executor: str = "local",
    scheduler: str = "",
    retry: bool = False,
    timing: bool = False,
    fresh: bool = False,
    allow_imports: bool = False,
    report: bool = True,
) -> StoredRun:
    """Run the trials of a suite that are not done yet, as `bakeoff run` does.

    Args:
        suite: a path, the name of a suite that ships, or what a suite file would say.
        out: folder of the run; `runs/NAME` by default.
        chosen: globs over `task/method`; all trials by default.
        workers: trials at a time; as many as the cores allow by default.
        executor: name of a registered executor, such as `dask`.
        scheduler: address of a cluster, for executors that have one.
        retry: try failed trials again.
        timing: one trial at a time, and again those that were timed while others ran.
        fresh: keep the earlier run aside and start anew.
        allow_imports: let the suite's own estimators be imported.
        report: write the report into the folder.

    Returns:
        The run as it is stored. Trials that failed are rows of it, not exceptions.

    Raises:
        BakeoffError: the suite says something that can't be run.

    >>> import tempfile
    >>> suite = {"name": "demo", "tasks": ["iris"], "methods": ["raw+tree"]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     trials = run(suite, out=folder, workers=1, report=False).trials
    >>> trials["state"].unique().tolist()
    ['complete']
    """
    plugins = load_plugins()
    loaded = _load(suite, plugins)
    if allow_imports:
        register_estimators(loaded.methods, plugins.registry)
    plan = only(make_plan(loaded, plugins.registry), chosen)
    folder = Path(out) if out is not None else Path("runs") / loaded.suite.name
    options = RunOptions(
        command="bakeoff.run",
        executor=executor,
        scheduler=scheduler,
        workers=workers,
        retry=retry,
        timing=timing,
        fresh=fresh,
        report=report,
    )
    run_plan(plan, folder, plugins, options)
    return read_run(folder)


def _load(suite: str | Path | Mapping[str, Any], plugins: Plugins) -> LoadedSuite:
    if isinstance(suite, Mapping):
        return LoadedSuite(YamlSource("suite", dict(suite), {}))
    return load_suite(str(suite), plugins.registry)


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=3)


def predict(
    run: str | Path,
    rows: str | Path | pd.DataFrame,
    *,
    task: str = "",
    method: str = "",
    repeat: int = 0,
    fold: int = 0,
    remark: Callable[[str], None] = _warn,
) -> pd.DataFrame:
    """Predict new rows with the winner of a choice across methods, as `bakeoff predict` does.

    The winner is fitted again on the rows on which the run fitted it, see
    `bakeoff.search.recipe`: it takes the training data, unchanged, and as long as those fits took.

    Args:
        run: folder of a run, such as one of `bakeoff automl`.
        rows: a table with the columns of the training data, or a file that holds one.
        task: name of the task; may be left out where the run has one.
        method: name of the choice; may be left out where the run has one.
        repeat: whose split it was chosen and is fitted on.
        fold: fold of that repeat.
        remark: called for each column with values that can't be read as its type and are taken
            as missing; by default it warns.

    Returns:
        One row for each new one, in their order: the prediction, and for classes their
        probabilities.

    Raises:
        BakeoffError: there is no such winner, the data or the code have changed, or the rows lack
            a column.
    """
    from bakeoff.data.new_rows import conform, read_rows
    from bakeoff.search.recipe import read_recipe

    registry = load_plugins().registry
    recipe = read_recipe(run, registry, task=task, method=method, repeat=repeat, fold=fold)
    if isinstance(rows, str | Path):
        X, remarks = read_rows(rows, recipe.frame)
    else:
        X, remarks = conform(rows, recipe.frame)
    for text in remarks:
        remark(text)
    return recipe.fit().predict(X)


def estimator(
    name: str, *, inputs: str = "table", problem: str = "multiclass", **params: Any
) -> Any:
    """Return a method as an unfitted estimator, by the name that a suite gives it.

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
    for kind, component_name in names.items():
        registry.find(kind, component_name)
    spec = expand.MethodSpec(name=name, names=names, params=params, exact=True, where=name)
    task = methods.TaskFacts(input_kind=inputs, problem_type=problem)
    candidate = methods.bind_to_task(spec, task, registry)
    if candidate.problem:
        raise MethodError(f"{candidate.problem}.")
    components = [
        pkgutil.resolve_name(part.target)(**part.params) for part in candidate.method.parts
    ]
    if len(components) == 1:
        return components[0]
    from bakeoff.pipeline import Chain

    return Chain(features=components[0], learner=components[1], problem=problem)
