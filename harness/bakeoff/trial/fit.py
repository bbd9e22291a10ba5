"""Fit a method on one split; shared by trials, refits, searches and `search.recipe`.

Features, compilation, fitting and prediction are timed separately.
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
    """A fitted estimator with its inputs and timings.

    Args:
        task: the task that is predicted.
        estimator: the fitted learner, clusterer or end-to-end method.
        X: its inputs by part; None if the split has no such part.
        matrices: the feature matrices with their timing; None for an end-to-end method.
        fit_s: wall-clock seconds of fitting, without compilation and the method's own search.
        compile_s: wall-clock seconds of the estimator's compilation.
        predict_s: wall-clock seconds of prediction, by part predicted so far.
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
        """Whether it clustered the rows of all parts together and can't predict further rows."""
        return not hasattr(self.estimator, "predict") and _hides_targets(self.task)

    @property
    def parts(self) -> list[str]:
        """Names of the parts that can be predicted.

        A transductive clusterer is fitted on the rows of all parts, so that it has neither a train
        score nor a gap between train and test score.
        """
        names = [part for part, inputs in self.X.items() if inputs is not None]
        return names[1:] if self.is_transductive else names

    def predict(self, part: str) -> scoring.Predictions:
        """Predict a part and validate the result; the validation is not timed.

        Raises:
            PredictionError: predictions have the wrong shape, type or range.
            DivergedError: values that are not finite.
        """
        inputs = self.X[part]
        if self.is_transductive:
            return check(self._labels(part), self.estimator, inputs, self.task)
        started = time.perf_counter()
        raw = scoring.predict(self.estimator, inputs, self.task, part)
        self.predict_s[part] = time.perf_counter() - started
        return check(raw, self.estimator, inputs, self.task)

    def _labels(self, part: str) -> Any:
        """Return the cluster labels of a part from the labels of all parts in their order."""
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
    """Compute a method's features, build its estimator, and fit it on a split's training part.

    Args:
        data: dataset with the targets that the trial's protocol asks for, see `split_data`.
        split: split of the trial, or another one.
        trial: has the method, its seeds, and the task.
        make_matrices: `featurize` or `featurize_in_memory`.
        record: training record of features and estimator; without one the estimator gets no
            validation data.
        sets_aside: whether early stopping uses some of the training rows instead of the
            validation part, as in a search, which compares scores on the validation part.

    Raises:
        Exception: any exception that the method raises.
    """
    seen = visible(data, trial.task)
    seed_globals(trial)
    matrices = make_matrices(seen, split, trial) if trial.method.features else None
    X = inputs_of(seen, split) if matrices is None else matrices.X
    if matrices is not None and record is not None:
        record.notes.update(matrices.notes)
        record.arrays.update(matrices.arrays)
    seed_globals(trial)  # again, so that the learner doesn't depend on whether features are reused
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
    """Call the estimator's `fit` with training data and, if it takes them, validation and record.

    Targets are copied, so that an estimator that modifies them changes neither scores nor stored
    targets. If they are None, the estimator gets inputs alone.
    """
    X, y = training
    optional: dict[str, Any] = {"record": record}
    if validation is not None:
        optional["validation"] = (validation[0], copy(validation[1]))
    kwargs = {n: o for n, o in optional.items() if o is not None and takes(estimator.fit, n)}
    estimator.fit(X, *(() if y is None else (copy(y),)), **kwargs)


def check(raw: Any, estimator: Any, inputs: Any, task: Task) -> scoring.Predictions:
    """Validate shape, type and range of raw predictions and return them as `Predictions`."""
    size = tuple(inputs.shape[1:3]) if np.ndim(inputs) == 4 else ()  # noqa: PLR2004  images
    return scoring.check(raw, estimator, task, n_rows(inputs), size)


def n_rows(inputs: Any) -> int:
    """Return the number of rows of an input of any kind."""
    return int(inputs.shape[0]) if hasattr(inputs, "shape") else len(inputs)


def split_data(data: Data, trial: Trial) -> tuple[Data, Split]:
    """Return the data with the targets of the trial's protocol, and the trial's split."""
    protocol, task = trial.task.protocol, trial.task.name
    split = make_split(data, protocol, task=task, repeat=trial.repeat, fold=trial.fold)
    return with_targets(data, split, trial), split


def visible(data: Data, task: Task) -> Data:
    """Return the data as components may see them: without targets that serve scoring alone."""
    return replace(data, y=None) if _hides_targets(task) else data


def inputs_of(data: Data, split: Split) -> dict[str, Any]:
    """Return raw inputs by part; None for an empty part."""
    return {n: None if rows is None else take(data.X, rows) for n, rows in split.parts().items()}


def targets(data: Data, split: Split) -> dict[str, Any]:
    """Return targets by part; None for an empty part, and for unlabelled data."""
    parts = split.parts().items()
    return {n: None if rows is None else targets_of(data, rows) for n, rows in parts}


def targets_of(data: Data, rows: Rows) -> Any:
    """Return the targets of some rows; None for unlabelled data."""
    return None if data.y is None else np.asarray(take(data.y, rows))


def _hides_targets(task: Task) -> bool:
    return problem_of(task.problem_type).hides_targets


def _to_cluster(estimator: Any, X: dict[str, Any]) -> Any:
    """Return training rows, or the rows of all parts for a clusterer without `predict`."""
    if hasattr(estimator, "predict"):
        return X["train"]
    matrices = [matrix for matrix in X.values() if matrix is not None]
    if any(hasattr(matrix, "tocsr") for matrix in matrices):
        from scipy.sparse import vstack

        return vstack(matrices, format="csr")
    return np.concatenate(matrices)
