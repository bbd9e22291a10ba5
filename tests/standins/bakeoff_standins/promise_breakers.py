"""Components that each break one promise of the contracts, and some that keep all."""

from __future__ import annotations

from typing import Any

import numpy as np

from bakeoff.errors import DataError, SourceUnavailableError


class Slope:
    """Last column less the first: keeps every promise."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> Any:
        """One column."""
        rows = self._numbers(X)
        return rows[:, [-1]] - rows[:, [0]]

    def _numbers(self, X: Any) -> Any:
        return np.nan_to_num(X[["number", "large", "count"]].to_numpy(dtype=np.float64))


class Holey(Slope):
    """Hands out NaN."""

    def transform(self, X: Any) -> Any:
        """NaN."""
        return super().transform(X) * np.nan


class Neighbourly(Slope):
    """A row's features depend on the other rows."""

    def transform(self, X: Any) -> Any:
        """Less the mean of whatever came along."""
        found = super().transform(X)
        return found - found.mean(axis=0)


class Random(Slope):
    """Ignores seeds."""

    def transform(self, X: Any) -> Any:
        """Noise."""
        return np.random.default_rng().normal(size=(len(X), 1))


class Writer(Slope):
    """Writes into its input."""

    def transform(self, X: Any) -> Any:
        """Change a column."""
        X["number"] = 0.0
        return super().transform(X)


class Learned(Slope):
    """Says that it is stateless, and learns."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn the mean."""
        self.mean_ = self._numbers(X).mean()
        return self

    def transform(self, X: Any) -> Any:
        """Less the mean."""
        return super().transform(X) - self.mean_


class Busy(Slope):
    """Its constructor does not store what it is given."""

    def __init__(self, width: int = 3) -> None:
        self.width = 2 * width


class Nearest:
    """Nearest class mean: keeps every promise."""

    def fit(self, X: Any, y: Any) -> Any:
        """Learn the means."""
        self.classes_ = np.unique(y)
        self.means_ = np.stack([self._dense(X)[y == code].mean(axis=0) for code in self.classes_])
        return self

    def predict_proba(self, X: Any) -> Any:
        """Shares that fall with the distance."""
        distances = np.square(self._dense(X)[:, None] - self.means_).sum(axis=2)
        weights = np.exp(distances.min(axis=1, keepdims=True) - distances)
        return weights / weights.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """The likeliest class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _dense(self, X: Any) -> Any:
        return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64)


class DenseOnly(Nearest):
    """Reads no sparse matrices."""

    def _dense(self, X: Any) -> Any:
        return np.asarray(X, dtype=np.float64)


class Backwards(Nearest):
    """Its labels are not those of its probabilities."""

    def predict(self, X: Any) -> Any:
        """The least likely class."""
        return self.classes_[self.predict_proba(X).argmin(axis=1)]


class Unnormalised(Nearest):
    """Its probabilities sum to two."""

    def predict_proba(self, X: Any) -> Any:
        """Twice as much."""
        return 2 * super().predict_proba(X)


class Deaf(Nearest):
    """Goes on when time is up."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Any:
        """Report five rounds, whatever the record says."""
        for _ in range(5):
            record.epoch(train_loss=1.0, validation_loss=1.0)
        return super().fit(X, y)


class Secretive(Deaf):
    """Takes a record and reports nothing."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Any:
        """Stay silent."""
        return Nearest.fit(self, X, y)


class Seeker(Nearest):
    """Searches by itself, and keeps what it tried."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Any:
        """Try one configuration."""
        record.budget.tried("nearest", {"power": 2}, 0.5, 0.1)
        return super().fit(X, y)


class Silent(Nearest):
    """Searches by itself, and keeps it to itself."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Any:
        """Tell nothing."""
        return super().fit(X, y)


class FarAway(Slope):
    """Needs a file that can't be had."""

    def prepare(self) -> None:
        """Look for it."""
        raise SourceUnavailableError("far_away", ["its host: no route"])


class Either(Slope):
    """A dataset that needs one of two parameters."""

    def __init__(self, path: str = "", number: int = 0) -> None:
        if not (path or number):
            raise DataError("either", "expected path or number.")


class Supervised(Slope):
    """Features that learn from targets."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Refuse to do without."""
        if y is None:
            raise ValueError("expected targets")
        return self


def found(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Accuracy: keeps every promise."""
    return float((y_true == y_pred).mean()) if len(y_true) else float("nan")


def first_only(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Looks at one half of the rows alone."""
    half = len(y_true) // 2
    return float((y_true[:half] == y_pred[:half]).mean()) if half else float("nan")


def percent(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Beyond the range that it declares."""
    return 100 * found(y_true, y_pred, n_classes=n_classes)


def wrong(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Less is better, against what it declares."""
    return 1 - found(y_true, y_pred, n_classes=n_classes)
