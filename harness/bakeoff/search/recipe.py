"""The winner of a choice across methods, fitted again from what its run stored.

No model is stored: nothing pickled is ever read from a run. What is stored is the recipe, and the
winner is fitted again on the same rows with the same seeds, which gives the same model. That takes
the training file, unchanged, and as long as those fits took.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bakeoff.data.inner_splits import joined
from bakeoff.data.splits import Split
from bakeoff.errors import BakeoffError
from bakeoff.plan.trials import make_plan
from bakeoff.problems import scoring
from bakeoff.search.ensemble_selection import blend, even
from bakeoff.search.requests import configured
from bakeoff.store.database import read_run
from bakeoff.suite.schema import load_suite
from bakeoff.trial.feature_matrices import as_matrix, featurize_in_memory
from bakeoff.trial.fit import check, fit_once, split_data, targets_of

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.data.prepared import Prepared
    from bakeoff.records import Trial
    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun


class RecipeError(BakeoffError):
    """A run has no winner that could be fitted again."""


@dataclass(slots=True, kw_only=True)
class Recipe:
    """A winner: its members, and how their answers are put together.

    Args:
        trial: the choice.
        prepared: its data.
        members: a trial for each configuration, with its weight and whether it is fitted on
            training plus validation, or on the training part alone.
        is_even: whether classes are named as if all were equally frequent.
    """

    trial: Trial
    prepared: Prepared
    members: list[tuple[Trial, float, bool]]
    is_even: bool
    _fitted: list[tuple[Any, Any, float]] = field(default_factory=list)
    _shares: Any = None

    @property
    def frame(self) -> pd.DataFrame:
        """The table's inputs."""
        frame: pd.DataFrame = self.prepared.load().X
        return frame

    def fit(self) -> Self:
        """Fit every member on the rows on which the run fitted it last."""
        data, split = split_data(self.prepared.load(), self.trial)
        n_classes, no_rows = self.trial.task.n_classes, np.empty(0, dtype=np.int64)
        if n_classes:
            counts = np.bincount(targets_of(data, split.train), minlength=n_classes)
            self._shares = counts / len(split.train)
        for member, weight, is_refitted in self.members:
            rows = joined(split).train if is_refitted else split.train
            fitted = fit_once(
                data,
                Split(rows, no_rows, no_rows),
                member,
                make_matrices=featurize_in_memory,
                sets_aside=True,
            )
            features = None if fitted.matrices is None else fitted.matrices.component
            self._fitted.append((features, fitted.estimator, weight))
        return self

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        """One row for each new one: the prediction, and for classes their probabilities."""
        import pandas as pd

        mixed = blend(
            [self._answer(features, learner, X) for features, learner, _ in self._fitted],
            [weight for *_, weight in self._fitted],
        )
        target, classes = self.prepared.target, self.prepared.classes
        if not classes:
            return pd.DataFrame({target: mixed})
        proba = even(mixed, self._shares) if self.is_even else mixed
        told = {target: [classes[code] for code in proba.argmax(axis=1)]}
        return pd.DataFrame(
            told | {f"probability_{name}": proba[:, code] for code, name in enumerate(classes)}
        )

    def _answer(self, features: Any, learner: Any, X: pd.DataFrame) -> Any:
        inputs = X if features is None else as_matrix(features.transform(X), len(X))
        raw = scoring.predict(learner, inputs, self.trial.task)
        answer = check(raw, learner, inputs, self.trial.task)
        if answer.proba is None and answer.labels is not None:
            return np.eye(self.trial.task.n_classes)[answer.labels]
        return answer.stored


def read_recipe(
    folder: str | Path, registry: Registry, *, task: str = "", method: str = "", repeat: int = 0
) -> Recipe:
    """Read the winner of a run.

    Args:
        folder: of the run.
        registry: what plugins offer.
        task: name of the task; empty where the run has one.
        method: name of the choice; empty where the run has one.
        repeat: whose split it was chosen and is fitted on.

    Raises:
        BakeoffError: there is no run, no finished choice, or the data or the code have changed.
    """
    stored = read_run(folder)
    loaded = load_suite(str(Path(folder) / "suite.yaml"), registry)
    plan = make_plan(loaded, registry)
    choices = [
        t
        for t in plan.trials
        if t.search is not None
        and t.search.across
        and t.repeat == repeat
        and task in ("", t.task.name)
        and method in ("", t.method.name)
    ]
    if len(choices) != 1:
        names = ", ".join(t.label for t in choices) or "none"
        raise RecipeError(f"{folder}: expected one choice across methods; got {names}.")
    trial = choices[0]
    notes = _notes(stored, trial)
    tried = {str(t.number): t for t in stored.tried(trial.id)}
    refitted = json.loads(notes["refitted"])
    searched = {s.method.name: s for s in trial.search.arms} if trial.search else {}
    single = replace(trial.task.protocol, threads=1)  # as in the search: sums keep their order
    work = replace(trial, task=replace(trial.task, protocol=single))
    members = []
    for number, weight in json.loads(notes["ensemble"]).items():
        one = searched[tried[number].method]
        chosen = configured(one.method, tried[number].config)
        member = replace(work, method=chosen, seeds=one.seeds)
        members.append((member, float(weight), int(number) in refitted))
    prepared = plan.tasks[trial.task.name].prepared
    if prepared is None:
        raise RecipeError(f"{folder}: {plan.tasks[trial.task.name].unavailable}")
    is_even = notes["decision"] == "even"
    return Recipe(trial=trial, prepared=prepared, members=members, is_even=is_even)


def _notes(stored: StoredRun, trial: Trial) -> dict[str, str]:
    rows = stored.notes[stored.notes["trial"] == trial.id]
    notes = dict(zip(rows["name"], rows["value"], strict=True))
    if "ensemble" not in notes:
        state = stored.trials.loc[stored.trials["trial"] == trial.id, "state"]
        what = (
            "the file, the installed versions or the code have changed since; run it again"
            if state.empty
            else f"{trial.label} ended as {state.iloc[0]}"
        )
        raise RecipeError(f"{stored.folder}: {what}.")
    return notes
