"""Components that each break one promise, beside the stand-ins that break others."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from bakeoff_standins.promise_breakers import Nearest, Slope

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator


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
