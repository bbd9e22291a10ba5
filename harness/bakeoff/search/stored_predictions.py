"""What configurations of a choice predicted, and the ensemble that comes of it."""

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
class Choice:
    """An ensemble of configurations.

    Args:
        weights: by number of the configuration; they sum to 1.
        even: whether the class is named as if all were equally frequent, see `ensemble.even`.
        refitted: numbers of the members that were fitted on training plus validation.
        answers: predictions by part.
    """

    weights: dict[int, float]
    even: bool
    refitted: tuple[int, ...] = ()
    answers: dict[str, Predictions] = field(default_factory=dict)


class StoredPredictions:
    """What the configurations of a trial predicted, as it is stored.

    Args:
        folder: of the trial.
        tried: every configuration with its score.
        sign: 1 where higher scores are better, else -1.
    """

    def __init__(self, folder: Path, tried: Sequence[ConfigResult], sign: float) -> None:
        self._folder = folder / PREDICTIONS
        known = [t for t in tried if t.score is not None and self._path(t.number).is_file()]
        known.sort(key=lambda t: (-sign * (t.score or 0.0), t.loss or 0.0, t.number))
        if not known:
            raise FileNotFoundError(f"no predictions of configurations in {self._folder}.")
        self._known = known
        self._sign = sign

    def choose(self, objective: Objective) -> Choice:
        """Select an ensemble on the validation part.

        Members are selected by the metric's smooth stand-in, which rewards confidence where it is
        due; then the metric itself says how the class is named.
        """
        answers = [self._read(t.number)["validation"].astype(np.float64) for t in self._known]
        found = ensemble_selection.select(answers, objective.loss)
        mixed = ensemble_selection.blend([answers[i] for i in found], list(found.values()))
        scores = {e: objective.score(objective.answer(mixed, even=e)) for e in objective.decisions}
        even = max(scores, key=lambda e: (self._sign * scores[e], e == objective.is_balanced))
        return Choice(
            weights={self._known[i].number: weight for i, weight in found.items()}, even=even
        )

    def answer(self, choice: Choice, objective: Objective) -> Choice:
        """The same choice with what it predicts for every part."""
        stored = {number: self._read(number) for number in choice.weights}
        weights = list(choice.weights.values())
        answers, refitted = {}, []
        for part in ("train", "validation", "test"):
            arrays = [stored[number][part] for number in choice.weights]
            if part == "test":
                again = {number: self._refit(number) for number in choice.weights}
                refitted = [number for number, array in again.items() if array is not None]
                pairs = zip(arrays, again.values(), strict=True)
                arrays = [before if after is None else after for before, after in pairs]
            mixed = ensemble_selection.blend(arrays, weights)
            answers[part] = objective.answer(mixed, even=choice.even)
        return replace(choice, answers=answers, refitted=tuple(refitted))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.npz"

    def _read(self, number: int) -> dict[str, Any]:
        with np.load(self._path(number), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def _refit(self, number: int) -> Any:
        path = self._folder / f"refit-{number}.npz"
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as stored:
            return stored["test"]
