"""Base class of problem types, with classification, regression and clustering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff.problems.predictions import (
    PredictionError,
    Predictions,
    as_array,
    as_stored,
    expect_codes,
    expect_shape,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff.records import Task

    Arrays = dict[str, npt.NDArray[Any]]

_SUM_TOLERANCE = 1e-3


class Problem:
    """Problem type: how its targets and predictions are checked and stored.

    Args:
        default_metric: metric of a task that names none.
        uses: what its metrics may use, fields of `predictions.Predictions`.
        unlabelled_metric: the same for a task without targets; empty where all have targets.
        hides_targets: whether targets are for scoring alone and no component gets them.
    """

    default_metric: ClassVar[str]
    uses: ClassVar[tuple[str, ...]]
    unlabelled_metric: ClassVar[str] = ""
    hides_targets: ClassVar[bool] = False

    def faults(self, y: Any, X: Any, n_classes: int) -> str:  # noqa: ARG002  each needs some
        """Return what is wrong with a dataset's targets; empty if nothing is."""
        return ""

    def strata(self, y: Any) -> npt.NDArray[np.int64]:
        """Return the stratum of each row, whose shares splits keep; all 0 for plain draws."""
        return np.zeros(len(y), dtype=np.int64)

    def predict(self, estimator: Any, X: Any, part: str) -> Any:  # noqa: ARG002  each needs some
        """Return an estimator's answer for `train`, `validation` or `test`; only this is timed."""
        return estimator.predict(X)

    def check(
        self, answer: Any, estimator: Any, task: Task, n_rows: int, size: tuple[int, ...] = ()
    ) -> Predictions:
        """Return an answer as predictions, after checking its shape, type and range.

        Args:
            answer: what `predict` returned.
            estimator: that predicted.
            task: name of classes and their number.
            n_rows: number of rows to predict.
            size: height and width of images, empty for other inputs.

        Raises:
            PredictionError: wrong shape, type or range.
            DivergedError: values that are not finite.
        """
        raise NotImplementedError

    def kept_predictions(
        self,
        part: str,
        predictions: Predictions,
        y: Any,  # noqa: ARG002  each needs some
        n_classes: int,  # noqa: ARG002
    ) -> Arrays:
        """Return the arrays of a part that are stored with a trial, by name."""
        return {part: predictions.stored}

    def kept_truths(
        self,
        part: str,
        y: Any,
        X: Any,  # noqa: ARG002  each needs some
        rows: npt.NDArray[np.int64],  # noqa: ARG002
    ) -> Arrays:
        """Return the arrays of a part that are stored once for each split, by name.

        Args:
            part: `train`, `validation` or `test`.
            y: targets of the part's rows.
            X: inputs of the whole dataset.
            rows: the part's rows in it.
        """
        return {} if y is None else {part: np.asarray(y)}


class Classes(Problem):
    """`binary` and `multiclass`: one class code for each row, probabilities where available."""

    default_metric = "balanced_accuracy"
    uses = ("labels", "proba")

    def faults(self, y: Any, X: Any, n_classes: int) -> str:  # noqa: ARG002  see the base
        """Return a message unless the targets are codes of the classes."""
        if y is None or np.asarray(y).dtype.kind not in "iu":
            return "expected y to hold whole numbers, the codes of the classes"
        codes = np.unique(y)
        if codes.min() < 0 or codes.max() >= n_classes:
            return f"expected class codes in 0..{n_classes - 1}; got {codes}"
        return ""

    def strata(self, y: Any) -> npt.NDArray[np.int64]:
        """Return the class codes."""
        return np.asarray(y, dtype=np.int64)

    def predict(self, estimator: Any, X: Any, part: str) -> Any:  # noqa: ARG002  see the base
        """Return probabilities where the estimator has them, else class codes."""
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
        """Return checked probabilities (n_samples, n_classes), or class codes."""
        array = as_array(answer)
        if array.ndim == 2:  # noqa: PLR2004  a matrix of probabilities
            proba = as_stored(_align(array, estimator, task, n_rows))
            return Predictions(labels=proba.argmax(axis=1).astype(np.int64), proba=proba)
        expect_shape(array, (n_rows,))
        expect_codes(array, task.n_classes)
        return Predictions(labels=array.astype(np.int64))


class Values(Problem):
    """`regression`: one value for each row."""

    default_metric = "r2"
    uses = ("values",)

    def faults(self, y: Any, X: Any, n_classes: int) -> str:  # noqa: ARG002  see the base
        """Return a message unless the targets are finite numbers."""
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
        """Return checked values; a single column is accepted as well."""
        array = as_array(answer)
        if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004  a column vector
            array = array[:, 0]
        expect_shape(array, (n_rows,))
        return Predictions(values=as_stored(array))


class Clusters(Problem):
    """`clustering`: one cluster code for each row, -1 for noise; known labels only score."""

    default_metric = "adjusted_rand"
    unlabelled_metric = "silhouette"
    uses = ("clusters", "space")
    hides_targets = True

    def faults(self, y: Any, X: Any, n_classes: int) -> str:
        """Return a message unless there are no targets, or codes of the classes."""
        return "" if y is None else Classes().faults(y, X, n_classes)

    def check(
        self,
        answer: Any,
        estimator: Any,  # noqa: ARG002  see the base
        task: Task,  # noqa: ARG002
        n_rows: int,
        size: tuple[int, ...] = (),  # noqa: ARG002
    ) -> Predictions:
        """Return checked cluster codes, whole numbers from -1 on."""
        array = as_array(answer)
        expect_shape(array, (n_rows,))
        expect_codes(array, np.iinfo(np.int64).max, low=-1)
        return Predictions(clusters=array.astype(np.int64))


def _align(proba: np.ndarray, estimator: Any, task: Task, n_rows: int) -> np.ndarray:
    """Return columns for all classes of the task; zeros for classes absent from training."""
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
    """Return the class code of each column, after checking that they differ and are the task's."""
    codes = np.asarray(classes)
    task_codes = set(range(task.n_classes))
    if (
        codes.ndim != 1
        or len(set(codes.tolist())) != len(codes)
        or not task_codes >= set(codes.tolist())
    ):
        last = task.n_classes - 1
        raise PredictionError(
            f"expected classes_ to be different codes in 0..{last}; got {classes!r:.80}."
        )
    return codes.astype(np.int64)
