"""Stored predictions of configurations, and the ensemble selected from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.search import ensemble_selection
from bakeoff.search.requests import PREDICTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bakeoff.problems.scoring import Predictions
    from bakeoff.records import ConfigResult
    from bakeoff.search.objective import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """A weighted ensemble of configurations.

    Args:
        weights: weight by number of the configuration; weights sum to 1.
        equal_priors: whether labels are predicted as if all classes were equally frequent, see
            `ensemble_selection.with_equal_priors`.
        refitted: numbers of the members that were fitted on training plus validation rows.
        predictions: predictions by part.
    """

    weights: dict[int, float]
    equal_priors: bool
    refitted: tuple[int, ...] = ()
    predictions: dict[str, Predictions] = field(default_factory=dict)


class StoredPredictions:
    """Stored predictions of the configurations of a trial, best configuration first.

    Args:
        folder: folder of the trial.
        tried: results of all configurations.
        sign: 1 if higher scores are better, else -1.
    """

    def __init__(self, folder: Path, tried: Sequence[ConfigResult], sign: float) -> None:
        self._folder = folder / PREDICTIONS
        stored = [t for t in tried if t.score is not None and self._path(t.number).is_file()]
        stored.sort(key=lambda t: (-sign * (t.score or 0.0), t.loss or 0.0, t.number))
        if not stored:
            raise FileNotFoundError(f"no predictions of configurations in {self._folder}.")
        self._stored = stored
        self._sign = sign

    def select(self, objective: Objective) -> Ensemble:
        """Select an ensemble on the validation part.

        Members are selected by the smooth surrogate of the metric, which uses probabilities; then
        the metric itself decides whether labels are predicted with equal class priors.
        """
        arrays = [self._read(t.number)["validation"].astype(np.float64) for t in self._stored]
        selected = ensemble_selection.select(arrays, objective.loss)
        mean = ensemble_selection.blend([arrays[i] for i in selected], list(selected.values()))
        scores = {
            equal: objective.score(objective.predictions(mean, equal_priors=equal))
            for equal in objective.prior_options
        }
        equal_priors = max(
            scores, key=lambda equal: (self._sign * scores[equal], equal == objective.is_balanced)
        )
        weights = {self._stored[i].number: weight for i, weight in selected.items()}
        return Ensemble(weights=weights, equal_priors=equal_priors)

    def with_predictions(self, ensemble: Ensemble, objective: Objective) -> Ensemble:
        """Return the ensemble with its predictions for every part."""
        stored = {number: self._read(number) for number in ensemble.weights}
        weights = list(ensemble.weights.values())
        predictions, refitted = {}, []
        for part in ("train", "validation", "test"):
            arrays = [stored[number][part] for number in ensemble.weights]
            if part == "test":
                of_refits = {number: self._read_refit(number) for number in ensemble.weights}
                refitted = [number for number, array in of_refits.items() if array is not None]
                pairs = zip(arrays, of_refits.values(), strict=True)
                arrays = [before if after is None else after for before, after in pairs]
            mean = ensemble_selection.blend(arrays, weights)
            predictions[part] = objective.predictions(mean, equal_priors=ensemble.equal_priors)
        return replace(ensemble, predictions=predictions, refitted=tuple(refitted))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.npz"

    def _read(self, number: int) -> dict[str, Any]:
        with np.load(self._path(number), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def _read_refit(self, number: int) -> Any:
        """Return the refitted member's predictions of the test part; None without a refit."""
        path = self._folder / f"refit-{number}.npz"
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as stored:
            return stored["test"]
