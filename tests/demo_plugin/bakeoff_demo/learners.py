"""A learner."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt


class Midpoint:
    """Classifier that cuts each column halfway between two class means and averages the votes.

    Args:
        softness: distance from the cut within which votes are weak, in the column's units, above 0.
    """

    def __init__(self, softness: float = 1.0) -> None:
        self.softness = softness

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the cut of each column.

        Raises:
            ValueError: there are not two classes.
        """
        rows = _dense(X)
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            raise ValueError(f"expected two classes; got {len(self.classes_)}.")
        low, high = (rows[y == code].mean(axis=0) for code in self.classes_)
        self.cut_ = (low + high) / 2
        self.sign_ = np.sign(high - low)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, 2)."""
        votes = np.tanh((_dense(X) - self.cut_) * self.sign_ / self.softness)
        second = (votes.mean(axis=1) + 1) / 2
        return np.column_stack([1 - second, second])

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Predict class codes, (n_samples,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


def _dense(X: Any) -> npt.NDArray[np.float64]:
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64)
