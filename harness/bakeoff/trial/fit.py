"""Fit a method on one split: the same for a trial, its refit, a search, and a recipe.

Only the work itself stands between two clock reads; features, compilation, fitting and prediction
are timed apart.
"""

from __future__ import annotations

import time
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.inner_splits import with_targets
from bakeoff.data.splits import make_split
from bakeoff.problems import scoring
from bakeoff.problems.table import problem_of
from bakeoff.trial.build import build, seed_globals, takes, warm_up
from bakeoff.trial.early_stopping import set_aside, stops_early
from bakeoff.trial.feature_matrices import take

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.data.splits import Rows, Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Task, Trial
    from bakeoff.training import TrainingRecord
    from bakeoff.trial.feature_matrices import Matrices

    Pair = tuple[Any, Any]


@dataclass(slots=True, kw_only=True)
class Fitted:
    """A fitted estimator with its inputs.

    Args:
        task: what is predicted.
        estimator: the fitted learner, clusterer or end-to-end method.
        X: its inputs by part; None where the split has no such part.
        matrices: the features with their timing; None for an end-to-end method.
        fit_s: wall-clock seconds of fitting, without compilation and without a search of its own.
        compile_s: wall-clock seconds in which the estimator compiled.
        predict_s: wall-clock seconds by part of what was predicted so far.
    """

    task: Task
    estimator: Any
    X: dict[str, Any]
    matrices: Matrices | None
    fit_s: float
    compile_s: float
    predict_s: dict[str, float] = field(default_factory=dict)

    @property
    def is_transductive(self) -> bool:
        """Whether it clustered the rows of all parts together, and can't place rows later."""
        return not hasattr(self.estimator, "predict") and _hides_targets(self.task)

    @property
    def parts(self) -> list[str]:
        """The parts that can be predicted.

        A transductive clusterer was fitted on all of them: its training rows are no other than its
        test rows, so that there is neither a train score nor a gap.
        """
        known = [part for part, inputs in self.X.items() if inputs is not None]
        return known[1:] if self.is_transductive else known

    def predict(self, part: str) -> scoring.Predictions:
        """Checked predictions of a part; the answer alone is timed.

        Raises:
            PredictionError: wrong shape, type or range.
            DivergedError: values that are not finite.
        """
        inputs = self.X[part]
        if self.is_transductive:
            return check(self._labels(part), self.estimator, inputs, self.task)
        started = time.perf_counter()
        answer = scoring.predict(self.estimator, inputs, self.task, part)
        self.predict_s[part] = time.perf_counter() - started
        return check(answer, self.estimator, inputs, self.task)

    def _labels(self, part: str) -> Any:
        """Clusters of a part's rows, which were clustered in the order of the parts."""
        before = list(self.X)[: list(self.X).index(part)]
        start = sum(n_rows(self.X[name]) for name in before if self.X[name] is not None)
        return np.asarray(self.estimator.labels_)[start : start + n_rows(self.X[part])]


def fit_once(
    data: Data,
    split: Split,
    trial: Trial,
    *,
    make_matrices: Callable[[Data, Split, Trial], Matrices],
    record: TrainingRecord | None = None,
    sets_aside: bool = False,
) -> Fitted:
    """Make a method's features, build its estimator, and fit it on a split's training part.

    Args:
        data: with the targets that the trial's protocol asks for, see `split_data`.
        split: the trial's own, or another one.
        trial: names the method, its seeds, and the task.
        make_matrices: `featurize`, or `featurize_in_memory`.
        record: what features and estimator report to; without one nobody watches the rounds of
            training, and the estimator is shown no validation data.
        sets_aside: whether an estimator that stops early does so on some of the training rows
            and not on the validation part, as in a search, which compares scores on that part.

    Raises:
        Exception: whatever the method raises.
    """
    seen = visible(data, trial.task)
    seed_globals(trial)
    matrices = make_matrices(seen, split, trial) if trial.method.features else None
    X = inputs_of(seen, split) if matrices is None else matrices.X
    if matrices is not None and record is not None:
        record.notes.update(matrices.notes)
        record.arrays.update(matrices.arrays)
    seed_globals(trial)  # the learner is the same whether its features were reused or not
    estimator = build(trial.method.learner, trial)
    compile_s = warm_up(estimator)
    if _hides_targets(trial.task):
        training, validation = (_to_cluster(estimator, X), None), None
    elif sets_aside and stops_early(estimator):
        training, validation = set_aside(X["train"], targets_of(data, split.train), trial)
    else:
        training = X["train"], targets_of(data, split.train)
        is_shown = record is not None and X["validation"] is not None
        validation = (X["validation"], targets_of(data, split.validation)) if is_shown else None
    started = time.perf_counter()
    fit(estimator, training, validation, record)
    fit_s = time.perf_counter() - started
    if record is not None:
        fit_s -= record.compile_s + record.search_s
        compile_s += record.compile_s
    return Fitted(
        task=trial.task,
        estimator=estimator,
        X=X,
        matrices=matrices,
        fit_s=fit_s,
        compile_s=compile_s,
    )


def fit(
    estimator: Any, training: Pair, validation: Pair | None, record: TrainingRecord | None
) -> None:
    """Hand over training and validation data; test inputs come later, without targets.

    Targets are copies: what a learner does to them changes neither scores nor stored truths.
    Where they are None, the estimator is handed inputs alone.
    """
    X, y = training
    offers: dict[str, Any] = {"record": record}
    if validation is not None:
        offers["validation"] = (validation[0], copy(validation[1]))
    known = {n: o for n, o in offers.items() if o is not None and takes(estimator.fit, n)}
    estimator.fit(X, *(() if y is None else (copy(y),)), **known)


def check(answer: Any, estimator: Any, inputs: Any, task: Task) -> scoring.Predictions:
    """Hold an answer to its shape, type and range."""
    size = tuple(inputs.shape[1:3]) if np.ndim(inputs) == 4 else ()  # noqa: PLR2004  images
    return scoring.check(answer, estimator, task, n_rows(inputs), size)


def n_rows(inputs: Any) -> int:
    """Rows of an input of any kind."""
    return int(inputs.shape[0]) if hasattr(inputs, "shape") else len(inputs)


def split_data(data: Data, trial: Trial) -> tuple[Data, Split]:
    """The data with the targets that a trial's protocol asks for, and the rows of its parts."""
    protocol, task = trial.task.protocol, trial.task.name
    split = make_split(data, protocol, task=task, repeat=trial.repeat, fold=trial.fold)
    return with_targets(data, split, trial), split


def visible(data: Data, task: Task) -> Data:
    """The data as components may see them: without targets where these serve scoring alone."""
    return replace(data, y=None) if _hides_targets(task) else data


def inputs_of(data: Data, split: Split) -> dict[str, Any]:
    """Raw inputs by part; None for an empty part."""
    return {n: None if rows is None else take(data.X, rows) for n, rows in split.parts().items()}


def targets(data: Data, split: Split) -> dict[str, Any]:
    """Targets by part; None for an empty part, and without labels."""
    parts = split.parts().items()
    return {n: None if rows is None else targets_of(data, rows) for n, rows in parts}


def targets_of(data: Data, rows: Rows) -> Any:
    """Targets of some rows; None without labels."""
    return None if data.y is None else np.asarray(take(data.y, rows))


def _hides_targets(task: Task) -> bool:
    return problem_of(task.problem_type).hides_targets


def _to_cluster(estimator: Any, X: dict[str, Any]) -> Any:
    """Training rows, or the rows of all parts for a clusterer that can't place rows later."""
    if hasattr(estimator, "predict"):
        return X["train"]
    matrices = [matrix for matrix in X.values() if matrix is not None]
    if any(hasattr(matrix, "tocsr") for matrix in matrices):
        from scipy.sparse import vstack

        return vstack(matrices, format="csr")
    return np.concatenate(matrices)
