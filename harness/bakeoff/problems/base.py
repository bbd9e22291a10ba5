"""What a problem type means to the core, and the two kinds with one plain target a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff.problems.predictions import (
    PredictionError,
    Predictions,
    as_array,
    as_kept,
    expect_codes,
    expect_shape,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff.records import Task

    Arrays = dict[str, npt.NDArray[Any]]

_SUM_TOLERANCE = 1e-3


class Problem:
    """One problem type; override what differs from one plain array a part.

    Args:
        default_metric: of a task that names none.
        uses: what its metrics may use, fields of `predictions.Predictions`.
        unlabelled_metric: of a task without targets that names none; empty where there are none.
        hides_targets: targets serve scoring alone, and no component is ever handed any.
    """

    default_metric: ClassVar[str]
    uses: ClassVar[tuple[str, ...]]
    unlabelled_metric: ClassVar[str] = ""
    hides_targets: ClassVar[bool] = False

    def faults(self, y: Any, X: Any, n_classes: int) -> str:  # noqa: ARG002  each needs some
        """What is wrong with a dataset's targets, empty where nothing is."""
        return ""

    def strata(self, y: Any) -> npt.NDArray[np.int64]:
        """Code of each row between which splits keep the shares; one code draws plainly."""
        return np.zeros(len(y), dtype=np.int64)

    def predict(self, estimator: Any, X: Any, part: str) -> Any:  # noqa: ARG002  each needs some
        """What an estimator answers for `train`, `validation` or `test`; this alone is timed."""
        return estimator.predict(X)

    def check(
        self, answer: Any, estimator: Any, task: Task, n_rows: int, size: tuple[int, ...] = ()
    ) -> Predictions:
        """Hold an answer to its shape, type and range.

        Args:
            answer: of `predict`.
            estimator: who answered.
            task: name of classes and their number.
            n_rows: rows that were asked for.
            size: height and width of images, empty for other inputs.

        Raises:
            PredictionError: wrong shape, type or range.
            DivergedError: values that are not finite.
        """
        raise NotImplementedError

    def kept_predictions(
        self,
        part: str,
        found: Predictions,
        y: Any,  # noqa: ARG002  each needs some
        n_classes: int,  # noqa: ARG002
    ) -> Arrays:
        """Arrays of a part that are stored with a trial, by name."""
        return {part: found.stored}

    def kept_truths(
        self,
        part: str,
        y: Any,
        X: Any,  # noqa: ARG002  each needs some
        rows: npt.NDArray[np.int64],  # noqa: ARG002
    ) -> Arrays:
        """Arrays of a part that are stored once a split, by name.

        Args:
            part: `train`, `validation` or `test`.
            y: targets of the part's rows.
            X: inputs of the whole dataset.
            rows: the part's rows in it.
        """
        return {} if y is None else {part: np.asarray(y)}


class Classes(Problem):
    """`binary` and `multiclass`: one class code a row, and probabilities where offered."""

    default_metric = "balanced_accuracy"
    uses = ("labels", "proba")

    def faults(self, y: Any, X: Any, n_classes: int) -> str:  # noqa: ARG002  see the base
        """Whole numbers within the classes."""
        if y is None or np.asarray(y).dtype.kind not in "iu":
            return "expected y to hold whole numbers, the codes of the classes"
        codes = np.unique(y)
        if codes.min() < 0 or codes.max() >= n_classes:
            return f"expected class codes in 0..{n_classes - 1}; got {codes}"
        return ""

    def strata(self, y: Any) -> npt.NDArray[np.int64]:
        """The classes."""
        return np.asarray(y, dtype=np.int64)

    def predict(self, estimator: Any, X: Any, part: str) -> Any:  # noqa: ARG002  see the base
        """Probabilities where they are offered."""
        if hasattr(estimator, "predict_proba"):
            return estimator.predict_proba(X)
        return estimator.predict(X)

    def check(
        self,
        answer: Any,
        estimator: Any,
        task: Task,
        n_rows: int,
        size: tuple[int, ...] = (),  # noqa: ARG002  see the base
    ) -> Predictions:
        """A matrix of probabilities, or class codes."""
        array = as_array(answer)
        if array.ndim == 2:  # noqa: PLR2004  a matrix of probabilities
            proba = as_kept(_align(array, estimator, task, n_rows))
            return Predictions(labels=proba.argmax(axis=1).astype(np.int64), proba=proba)
        expect_shape(array, (n_rows,))
        expect_codes(array, task.n_classes)
        return Predictions(labels=array.astype(np.int64))


class Values(Problem):
    """`regression`: one value a row."""

    default_metric = "r2"
    uses = ("values",)

    def faults(self, y: Any, X: Any, n_classes: int) -> str:  # noqa: ARG002  see the base
        """Finite numbers."""
        if y is None or np.asarray(y).dtype.kind not in "fiu":
            return "expected y to hold numbers"
        return "" if np.isfinite(y).all() else "the target holds values that are not finite"

    def check(
        self,
        answer: Any,
        estimator: Any,  # noqa: ARG002  see the base
        task: Task,  # noqa: ARG002
        n_rows: int,
        size: tuple[int, ...] = (),  # noqa: ARG002
    ) -> Predictions:
        """Values, also as a column."""
        array = as_array(answer)
        if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004  a column vector
            array = array[:, 0]
        expect_shape(array, (n_rows,))
        return Predictions(values=as_kept(array))


class Clusters(Problem):
    """`clustering`: one cluster code a row, -1 for noise; labels, where known, only score."""

    default_metric = "adjusted_rand"
    unlabelled_metric = "silhouette"
    uses = ("clusters", "space")
    hides_targets = True

    def faults(self, y: Any, X: Any, n_classes: int) -> str:
        """Nothing, or labels as for classes."""
        return "" if y is None else Classes().faults(y, X, n_classes)

    def check(
        self,
        answer: Any,
        estimator: Any,  # noqa: ARG002  see the base
        task: Task,  # noqa: ARG002
        n_rows: int,
        size: tuple[int, ...] = (),  # noqa: ARG002
    ) -> Predictions:
        """Whole numbers from -1 on."""
        array = as_array(answer)
        expect_shape(array, (n_rows,))
        expect_codes(array, np.iinfo(np.int64).max, low=-1)
        return Predictions(clusters=array.astype(np.int64))


def _align(proba: np.ndarray, estimator: Any, task: Task, n_rows: int) -> np.ndarray:
    """Columns of the task's classes; zeros for classes that training never showed."""
    classes = _codes(getattr(estimator, "classes_", np.arange(task.n_classes)), task)
    expect_shape(proba, (n_rows, len(classes)))
    if proba.size and (proba.min() < -_SUM_TOLERANCE or proba.max() > 1 + _SUM_TOLERANCE):
        raise PredictionError("expected probabilities in [0, 1]; got values outside.")
    if not np.allclose(proba.sum(axis=1), 1, atol=_SUM_TOLERANCE):
        raise PredictionError("expected probabilities that sum to 1 in every row.")
    full = np.zeros((n_rows, task.n_classes))
    full[:, classes] = proba
    return full


def _codes(classes: Any, task: Task) -> np.ndarray:
    """Class codes, one a column: each a class of the task, none twice."""
    found = np.asarray(classes)
    known = set(range(task.n_classes))
    if (
        found.ndim != 1
        or len(set(found.tolist())) != len(found)
        or not known >= set(found.tolist())
    ):
        last = task.n_classes - 1
        raise PredictionError(
            f"expected classes_ to be different codes in 0..{last}; got {classes!r:.80}."
        )
    return found.astype(np.int64)
