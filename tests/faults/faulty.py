"""Components that each break one promise, on top of two that keep all of theirs."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator


class Slope:
    """Features that keep every promise: one number less another."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> Any:
        """One column."""
        rows = self._numbers(X)
        return rows[:, [-1]] - rows[:, [0]]

    def _numbers(self, X: Any) -> Any:
        return np.nan_to_num(X[["number", "large", "count"]].to_numpy(dtype=np.float64))


class IgnoresItsSeed(Slope):
    """Draws anew each time."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Draw."""
        self.shift_ = np.random.default_rng().normal()
        return self

    def transform(self, X: Any) -> Any:
        """Shifted."""
        return super().transform(X) + self.shift_


class ChangesItsInput(Slope):
    """Fills gaps in the very table that it is handed."""

    def transform(self, X: Any) -> Any:
        """Fill."""
        X["number"] = X["number"].fillna(0.0)
        return super().transform(X)


class LooksAround(Slope):
    """Centres whatever rows come together."""

    def transform(self, X: Any) -> Any:
        """Centre."""
        found = super().transform(X)
        return found - found.mean(axis=0)


class Learns(Slope):
    """Registered as stateless, and centres by the training rows."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn the mean."""
        self.mean_ = self._numbers(X).mean()
        return self

    def transform(self, X: Any) -> Any:
        """Centre."""
        return super().transform(X) - self.mean_


class LeavesGaps(Slope):
    """Hands on missing values."""

    def _numbers(self, X: Any) -> Any:
        return X[["number", "count"]].to_numpy(dtype=np.float64)


class KnowsItsTowns(Slope):
    """Looks categories up that it has seen in training."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Number the towns."""
        self.codes_ = {town: code for code, town in enumerate(X["town"].unique())}
        return self

    def transform(self, X: Any) -> Any:
        """Look them up."""
        return np.array([[float(self.codes_[town])] for town in X["town"]])


class WorksEarly(Slope):
    """Its constructor computes."""

    def __init__(self, width: int = 3) -> None:
        self.width = 2 * width


class TakesAnything(Slope):
    """Its constructor swallows typing errors."""

    def __init__(self, **others: Any) -> None:
        self.others = others


class WritesOutside(Slope):
    """Keeps a cache beside its module."""

    def transform(self, X: Any) -> Any:
        """Count the calls on disk."""
        with Path(__file__).with_name("calls.txt").open("a", encoding="utf-8") as stream:
            stream.write("called\n")
        return super().transform(X)


class Nearest:
    """A learner that keeps every promise: the class whose mean is nearest."""

    def fit(self, X: Any, y: Any) -> Any:
        """Learn the means."""
        self.classes_ = np.unique(y)
        self.means_ = np.stack([self._dense(X)[y == code].mean(axis=0) for code in self.classes_])
        return self

    def predict_proba(self, X: Any) -> Any:
        """Shares that fall with the distance."""
        squares = np.square(self._dense(X)[:, None] - self.means_).sum(axis=2)
        weights = np.exp(squares.min(axis=1, keepdims=True) - squares)
        return weights / weights.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """The likeliest class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _dense(self, X: Any) -> Any:
        return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64)


class LeaksState(Nearest):
    """Silences numpy for everybody."""

    def fit(self, X: Any, y: Any) -> Any:
        """Silence."""
        np.seterr(divide="ignore", invalid="ignore")
        return super().fit(X, y)


class Remembers(Nearest):
    """Counts its fits in the class."""

    n_fits: ClassVar[int] = 0

    def fit(self, X: Any, y: Any) -> Any:
        """Shift the means by the count."""
        type(self).n_fits += 1
        super().fit(X, y)
        self.means_[0] += 0.1 * self.n_fits
        return self


class WrongShape(Nearest):
    """Leaves out the last class."""

    def predict_proba(self, X: Any) -> Any:
        """One column short."""
        return super().predict_proba(X)[:, :-1]


class SumsToTwo(Nearest):
    """Its probabilities are none."""

    def predict_proba(self, X: Any) -> Any:
        """Twice as much."""
        return 2 * super().predict_proba(X)


class ContradictsItself(Nearest):
    """Names the least likely class."""

    def predict(self, X: Any) -> Any:
        """Least likely."""
        return self.classes_[self.predict_proba(X).argmin(axis=1)]


class DenseOnly(Nearest):
    """Reads no sparse matrices."""

    def _dense(self, X: Any) -> Any:
        return np.asarray(X, dtype=np.float64)


class CrashesOnOneClass(Nearest):
    """Takes a second class for granted."""

    def fit(self, X: Any, y: Any) -> Any:
        """Measure the distance of the first two means."""
        super().fit(X, y)
        self.width_ = np.abs(self.means_[1] - self.means_[0])
        return self


class FewClasses(Nearest):
    """Has room for four classes and does not say so."""

    def fit(self, X: Any, y: Any) -> Any:
        """Refuse more."""
        if len(np.unique(y)) > 4:
            raise ValueError("four classes are enough")
        return super().fit(X, y)


class Deaf(Nearest):
    """Goes on when time is up."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Any:
        """Report five rounds, whatever the record says."""
        for _ in range(5 if record is not None else 0):
            record.epoch(train_loss=1.0, validation_loss=1.0)
        return super().fit(X, y)


class Halves:
    """A clusterer that keeps every promise: rows below the mean of a column, and the rest."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn the mean."""
        self.middle_ = np.asarray(X)[:, 0].mean()
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Any:
        """0 below, 1 from there on."""
        return (np.asarray(X)[:, 0] >= self.middle_).astype(np.int64)


class LosesRows(Halves):
    """Has labels for the rows of one cluster alone."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Leave the others out."""
        super().fit(X)
        self.labels_ = self.labels_[self.labels_ == 1]
        return self


class NeedsLabels(Halves):
    """Takes the labels for granted that clustering hides."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Number them."""
        self.labels_ = np.unique(y.tolist(), return_inverse=True)[1]
        return self


def found(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Accuracy."""
    return float((y_true == y_pred).mean()) if len(y_true) else float("nan")


def percent(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Accuracy beyond the range that is registered."""
    return 100 * found(y_true, y_pred, n_classes=n_classes)


def first_half(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Accuracy on half of the rows."""
    half = len(y_true) // 2
    return found(y_true[:half], y_pred[:half], n_classes=n_classes)


class Uncontrolled:
    """A study whose control is none of its variants."""

    def variants(self, subject: Any) -> tuple[Variant, ...]:
        """Two."""
        names = ("rows=20", "rows=40")
        limits = (20, 40)
        return tuple(
            Variant(name=n, params={}, protocol={"train_limit": r}, control="all")
            for n, r in zip(names, limits, strict=True)
        )


class Forgetful:
    """A study that never answers the same."""

    _numbers: ClassVar[Iterator[int]] = itertools.count(10)

    def variants(self, subject: Any) -> tuple[Variant, ...]:
        """Two, with other numbers each time."""
        first, second = (next(self._numbers) for _ in range(2))
        return tuple(
            Variant(
                name=f"rows={r}",
                params={},
                protocol={"train_limit": r},
                control=f"rows={first}",
            )
            for r in (first, second)
        )


def takes_scores_for_granted(context: Any) -> Any:
    """A section that names a best trial where there is none."""
    from bakeoff_report.blocks import Section

    best = context.trials.sort_values("test_score").iloc[-1]
    return Section(title=f"Best: {best['method']}", order=80)
