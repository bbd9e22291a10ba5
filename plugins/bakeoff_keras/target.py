"""Encoding of targets for networks, and decoding of their outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bakeoff_keras.errors import RowsError

TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTarget:
    """Encoder of class codes or values, fitted on training targets.

    Args:
        classes: sorted class codes of the training rows; None for values.
        mean: mean of the training values.
        scale: their standard deviation, 1 where they don't vary.
    """

    classes: npt.NDArray[Any] | None = None
    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def of_classes(cls, y: Any) -> NetworkTarget:
        """Return an encoder of class codes.

        Raises:
            RowsError: fewer than two classes.
        """
        classes = np.unique(np.asarray(y))
        if len(classes) < TWO:
            raise RowsError("expected at least two classes; got one class.")
        return cls(classes=classes)

    @classmethod
    def of_values(cls, y: Any) -> NetworkTarget:
        """Return an encoder that standardises values.

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
        """Number of units of the output layer: 1 for values and for two classes."""
        return 1 if self.classes is None or len(self.classes) == TWO else len(self.classes)

    @property
    def kind(self) -> str:
        """Kind of target: `values`, `two`, `many`, `pixels` or `boxes`."""
        if self.classes is None:
            return "values"
        return "two" if self.n_outputs == 1 else "many"

    @property
    def words(self) -> str:
        """Description of the target, for messages and records."""
        if self.classes is None:
            return "a continuous target"
        return "a target with two classes" if len(self.classes) == TWO else self._many

    @property
    def _many(self) -> str:
        return f"a target with {0 if self.classes is None else len(self.classes)} classes"

    def known(self, y: Any) -> npt.NDArray[np.bool_]:
        """Return which rows have a class of the training part, bool (n_samples,)."""
        rows = np.asarray(y)
        return np.ones(len(rows), bool) if self.classes is None else np.isin(rows, self.classes)

    def encode(self, y: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_outputs): scaled values, 0 and 1, or one-hot classes."""
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
        """Return class probabilities, float64 (n_samples, n_classes), rows that sum to 1."""
        proba = outputs.astype(np.float64)
        if self.n_outputs == 1:
            return np.hstack([1.0 - proba, proba])
        return np.asarray(proba / proba.sum(axis=1, keepdims=True))

    def values(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return predicted values, float64 (n_samples,), in the target's own units."""
        return np.asarray(outputs[:, 0].astype(np.float64) * self.scale + self.mean)

    def score(self, encoded: npt.NDArray[np.float32], outputs: npt.NDArray[Any]) -> float:
        """Compute balanced accuracy or R squared; 1 is perfect, NaN without rows.

        Args:
            encoded: true targets, encoded by `encode`.
            outputs: float (n_samples, n_outputs) of the network.
        """
        if len(encoded) == 0:
            return float("nan")
        if self.classes is None:
            spread = float(np.var(encoded.astype(np.float64)))
            error = float(np.mean((encoded.astype(np.float64) - outputs) ** 2))
            return 1.0 - error / spread if spread > 0 else 0.0
        truth, predicted = _codes(encoded), _codes(outputs)
        hits = np.bincount(truth, weights=truth == predicted)
        counts = np.bincount(truth)
        return float((hits[counts > 0] / counts[counts > 0]).mean())


def _codes(outputs: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    codes = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5  # noqa: PLR2004
    return np.asarray(codes, dtype=np.int64)
