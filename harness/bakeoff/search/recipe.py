"""Refit the ensemble that a search across methods chose, from its stored configurations.

No model is stored, so that no pickle is ever read from a run. The configurations are stored, and
the ensemble is fitted again on the same rows with the same seeds, which gives the same model. That
needs the unchanged training file, and as much time as the first fits.
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
from bakeoff.search.ensemble_selection import blend, with_equal_priors
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
    """A run without an ensemble that could be fitted again."""


@dataclass(slots=True, kw_only=True)
class Recipe:
    """Members of an ensemble with their weights; fits and predicts.

    Args:
        trial: trial of the search across methods.
        prepared: its prepared data.
        members: for each configuration a trial, its weight, and whether it is fitted on training
            plus validation rows instead of training rows alone.
        equal_priors: whether labels are predicted as if all classes were equally frequent.
    """

    trial: Trial
    prepared: Prepared
    members: list[tuple[Trial, float, bool]]
    equal_priors: bool
    _fitted: list[tuple[Any, Any, float]] = field(default_factory=list)
    _shares: Any = None

    @property
    def frame(self) -> pd.DataFrame:
        """Inputs of the table."""
        frame: pd.DataFrame = self.prepared.load().X
        return frame

    def fit(self) -> Self:
        """Fit every member on the rows of its last fit in the run."""
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
        """Predict new rows.

        Returns:
            One row for each row of X: the prediction, and for classes `probability_*` columns.
        """
        import pandas as pd

        mean = blend(
            [self._predict_member(features, learner, X) for features, learner, _ in self._fitted],
            [weight for *_, weight in self._fitted],
        )
        target, classes = self.prepared.target, self.prepared.classes
        if not classes:
            return pd.DataFrame({target: mean})
        proba = with_equal_priors(mean, self._shares) if self.equal_priors else mean
        labels = {target: [classes[code] for code in proba.argmax(axis=1)]}
        return pd.DataFrame(
            labels | {f"probability_{name}": proba[:, code] for code, name in enumerate(classes)}
        )

    def _predict_member(self, features: Any, learner: Any, X: pd.DataFrame) -> Any:
        """Return probabilities or values that one fitted member predicts."""
        inputs = X if features is None else as_matrix(features.transform(X), len(X))
        raw = scoring.predict(learner, inputs, self.trial.task)
        predicted = check(raw, learner, inputs, self.trial.task)
        if predicted.proba is None and predicted.labels is not None:
            return np.eye(self.trial.task.n_classes)[predicted.labels]
        return predicted.stored


def read_recipe(
    folder: str | Path,
    registry: Registry,
    *,
    task: str = "",
    method: str = "",
    repeat: int = 0,
    fold: int = 0,
) -> Recipe:
    """Read the ensemble that a run chose.

    Args:
        folder: folder of the run.
        registry: components of all plugins.
        task: name of the task; may be empty if the run has one only.
        method: name of the search across methods; may be empty if the run has one only.
        repeat: repeat whose split it was chosen on and is fitted on.
        fold: fold of that repeat.

    Raises:
        BakeoffError: there is no run, no finished search across methods, or the data or the code
            have changed.
    """
    stored = read_run(folder)
    loaded = load_suite(str(Path(folder) / "suite.yaml"), registry)
    plan = make_plan(loaded, registry)
    choices = [
        t
        for t in plan.trials
        if t.search is not None
        and t.search.across
        and (t.repeat, t.fold) == (repeat, fold)
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
    protocol = replace(trial.task.protocol, threads=1)  # as in the search: equal order of sums
    single_threaded = replace(trial, task=replace(trial.task, protocol=protocol))
    members = []
    for number, weight in json.loads(notes["ensemble"]).items():
        searched_method = searched[tried[number].method]
        method_with_config = configured(searched_method.method, tried[number].config)
        member = replace(single_threaded, method=method_with_config, seeds=searched_method.seeds)
        members.append((member, float(weight), int(number) in refitted))
    prepared = plan.tasks[trial.task.name].prepared
    if prepared is None:
        raise RecipeError(f"{folder}: {plan.tasks[trial.task.name].unavailable}")
    equal_priors = notes["decision"] == "even"
    return Recipe(trial=trial, prepared=prepared, members=members, equal_priors=equal_priors)


def _notes(stored: StoredRun, trial: Trial) -> dict[str, str]:
    rows = stored.notes[stored.notes["trial"] == trial.id]
    notes = dict(zip(rows["name"], rows["value"], strict=True))
    if "ensemble" not in notes:
        state = stored.trials.loc[stored.trials["trial"] == trial.id, "state"]
        reason = (
            "the file, the installed versions or the code have changed since; run it again"
            if state.empty
            else f"{trial.label} ended as {state.iloc[0]}"
        )
        raise RecipeError(f"{stored.folder}: {reason}.")
    return notes
