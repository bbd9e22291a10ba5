"""Bases of boosters: validation data, records of rounds and early stopping."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bakeoff_classic._wrapped import Wrapped, WrappedClassifier, WrappedRegressor
from bakeoff_classic.rounds import Watch, class_codes


class Booster(Wrapped):
    """Base of boosters; `_build` returns the unfitted model for the training rows."""

    early_stopping_rounds: int | None
    n_rounds_: int

    @property
    def n_parameters_(self) -> int:
        """Number of nodes of the trees that are used for prediction, leaves included."""
        raise NotImplementedError

    def _boost_at_once(self, X: Any, y: Any) -> int:
        """Fit the model without a look at single rounds; return their number."""
        raise NotImplementedError

    def _boost(self, parts: list[tuple[Any, Any]], watch: Watch) -> None:
        """Fit the model on the first part; report every round's loss and score on each part."""
        raise NotImplementedError

    def _train(self, parts: list[tuple[Any, Any]], record: Any) -> Self:
        """Fit on the first part; watch single rounds where a record or early stopping asks."""
        self.model_ = self._build(*parts[0])
        watch = Watch(record, self.early_stopping_rounds)
        if not watch.is_needed:
            self.n_rounds_ = self._boost_at_once(*parts[0])
            return self
        self._boost(parts, watch)
        self.n_rounds_ = watch.best_round if watch.stopped_early else watch.n_rounds
        watch.finish(self.n_parameters_, has_validation=len(parts) > 1)
        return self


class BoostedClassifier(Booster, WrappedClassifier):
    """Base of boosters for classification."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Fit on X float (n_samples, n_features) and class codes y (n_samples,).

        Args:
            X: training rows.
            y: class codes.
            validation: pair (X, y); rows of classes that training lacks are left out.
            record: training record that every round is reported to.
        """
        parts = [self._begin(X, y)]
        if validation is not None:
            codes, is_known = class_codes(np.asarray(validation[1]), self.classes_)
            if is_known.any():
                parts.append((self._read(validation[0])[is_known], codes[is_known]))
        return self._train(parts, record)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes, (n_samples,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])


class BoostedRegressor(Booster, WrappedRegressor):
    """Base of boosters for regression."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Fit on X float (n_samples, n_features) and values y (n_samples,).

        Args:
            X: training rows.
            y: values, in the target's own units.
            validation: pair (X, y).
            record: training record that every round is reported to.
        """
        parts = [self._begin(X, y)]
        if validation is not None:
            truth = np.asarray(validation[1], dtype=np.float64)
            parts.append((self._read(validation[0]), truth))
        return self._train(parts, record)
