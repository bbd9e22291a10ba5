"""What a network has to predict, and the way between targets and its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff_keras.errors import RowsError

TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target learned from training rows.

    Args:
        classes: sorted class codes of the training rows; None for values.
        mean: mean of the training values.
        scale: their standard deviation, 1 where they don't vary.
    """

    classes: npt.NDArray[Any] | None = None
    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def of_classes(cls, y: Any) -> Target:
        """A target of class codes.

        Raises:
            RowsError: fewer than two classes.
        """
        classes = np.unique(np.asarray(y))
        if len(classes) < TWO:
            raise RowsError("expected at least two classes; got one class.")
        return cls(classes=classes)

    @classmethod
    def of_values(cls, y: Any) -> Target:
        """A target of values, which the network meets at mean 0 and standard deviation 1.

        Raises:
            RowsError: values that are not finite.
        """
        values = np.asarray(y, dtype=np.float64)
        if not np.isfinite(values).all():
            raise RowsError("expected finite target values; got NaN or infinity.")
        spread = float(values.std())
        return cls(mean=float(values.mean()), scale=spread if spread > 0 else 1.0)

    @property
    def n_outputs(self) -> int:
        """Units of the output layer: one for values and for two classes."""
        return 1 if self.classes is None or len(self.classes) == TWO else len(self.classes)

    @property
    def kind(self) -> str:
        """What the output layer says: `values`, `two`, `many`, `pixels` or `boxes`."""
        if self.classes is None:
            return "values"
        return "two" if self.n_outputs == 1 else "many"

    @property
    def words(self) -> str:
        """What it is, in words."""
        if self.classes is None:
            return "a continuous target"
        return "a target with two classes" if len(self.classes) == TWO else self._many

    @property
    def _many(self) -> str:
        return f"a target with {0 if self.classes is None else len(self.classes)} classes"

    def known(self, y: Any) -> npt.NDArray[np.bool_]:
        """Which rows have a class that training showed; all of them for values."""
        rows = np.asarray(y)
        return np.ones(len(rows), bool) if self.classes is None else np.isin(rows, self.classes)

    def encode(self, y: Any) -> npt.NDArray[np.float32]:
        """float32 (n_samples, n_outputs): scaled values, 0 and 1, or one column a class."""
        rows = np.asarray(y)
        if self.classes is None:
            scaled = (rows.astype(np.float64) - self.mean) / self.scale
            return scaled.reshape(-1, 1).astype(np.float32)
        codes = np.searchsorted(self.classes, rows)
        if self.n_outputs == 1:
            return codes.reshape(-1, 1).astype(np.float32)
        encoded = np.zeros((len(codes), self.n_outputs), np.float32)
        encoded[np.arange(len(codes)), codes] = 1.0
        return encoded

    def probabilities(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """float64 (n_samples, n_classes), rows that sum to 1."""
        found = outputs.astype(np.float64)
        if self.n_outputs == 1:
            return np.hstack([1.0 - found, found])
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def values(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """float64 (n_samples,) in the target's own units."""
        return np.asarray(outputs[:, 0].astype(np.float64) * self.scale + self.mean)

    def score(self, encoded: npt.NDArray[np.float32], outputs: npt.NDArray[Any]) -> float:
        """Balanced accuracy of classes, R squared of values; 1 is perfect, NaN without rows.

        Args:
            encoded: what `encode` made of the truth.
            outputs: float (n_samples, n_outputs) of the network.
        """
        if len(encoded) == 0:
            return float("nan")
        if self.classes is None:
            spread = float(np.var(encoded.astype(np.float64)))
            error = float(np.mean((encoded.astype(np.float64) - outputs) ** 2))
            return 1.0 - error / spread if spread > 0 else 0.0
        truth, found = _codes(encoded), _codes(outputs)
        hits = np.bincount(truth, weights=truth == found)
        counts = np.bincount(truth)
        return float((hits[counts > 0] / counts[counts > 0]).mean())


def _codes(outputs: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    found = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5  # noqa: PLR2004
    return np.asarray(found, dtype=np.int64)
