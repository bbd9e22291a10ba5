"""One fit: what an estimator is handed, and that a trial, a search and a recipe fit alike."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.training import TrainingRecord
from bakeoff.trial import fit as fit_module
from bakeoff.trial.feature_matrices import featurize, featurize_in_memory
from bakeoff.trial.fit import fit_once, split_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Spy:
    """Remembers how many rows it was handed, and answers with the first class."""

    def __init__(self, early_stopping: int | None = None) -> None:
        self.early_stopping = early_stopping

    def get_params(self, *, deep: bool = True) -> dict[str, Any]:
        """As scikit-learn has it."""
        return {"early_stopping": self.early_stopping}

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> None:
        """Remember."""
        self.n_train, self.record = len(y), record
        self.n_validation = None if validation is None else len(validation[1])
        self.drawn = np.random.rand()  # noqa: NPY002  the global generator is what is tested

    def predict(self, X: Any) -> Any:
        """The first class."""
        return np.zeros(len(X), dtype=np.int64)


class Grouping:
    """A clusterer that can't place rows later: each row is a cluster of its own."""

    def fit(self, X: Any) -> None:
        """Takes no targets."""
        self.labels_ = np.arange(len(X))


@pytest.fixture
def fitted(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Fit a spy on the split of a small trial: 38 training, 10 validation, 12 test rows."""
    plan = plan_of()
    trial = plan.trials[0]
    data, split = split_data(plan.tasks["tiny"].prepared.load(), trial)

    def call(spy: Any, problem_type: str = "binary", **options: Any) -> Any:
        monkeypatch.setattr(fit_module, "build", lambda part, trial: spy)
        options = {"make_matrices": featurize_in_memory} | options
        task = replace(trial.task, problem_type=problem_type)
        return fit_once(data, split, replace(trial, task=task), **options)

    return call


def test_a_trial_stops_early_on_the_validation_part(fitted: Any) -> None:
    """It trains on all training rows."""
    found = fitted(Spy(early_stopping=5), record=TrainingRecord()).estimator

    assert (found.n_train, found.n_validation) == (38, 10)


def test_a_search_stops_early_on_training_rows_set_aside(fitted: Any) -> None:
    """The validation part compares configurations: whoever stops by it would be favoured."""
    found = fitted(Spy(early_stopping=5), record=TrainingRecord(), sets_aside=True).estimator

    assert (found.n_train, found.n_validation) == (32, 6)


def test_what_does_not_stop_early_keeps_all_training_rows(fitted: Any) -> None:
    """Its rounds are watched on the validation part."""
    found = fitted(Spy(), record=TrainingRecord(), sets_aside=True).estimator

    assert (found.n_train, found.n_validation) == (38, 10)


def test_without_a_record_no_validation_data_are_shown(fitted: Any) -> None:
    """Nobody watches the rounds, and computing them would take time."""
    found = fitted(Spy(), sets_aside=True).estimator

    assert (found.n_train, found.n_validation, found.record) == (38, None, None)


def test_global_generators_are_seeded_whether_features_were_stored_or_not(
    fitted: Any, tmp_path: Path
) -> None:
    """So that reused matrices change no learner."""
    makers = [featurize_in_memory, *[partial(featurize, scratch=tmp_path)] * 2]
    found = [fitted(Spy(), make_matrices=make, record=TrainingRecord()) for make in makers]

    assert len({one.estimator.drawn for one in found}) == 1
    assert [one.matrices.reused for one in found] == [False, False, True]


def test_stored_and_unstored_matrices_are_the_same(fitted: Any, tmp_path: Path) -> None:
    """A recipe fits on what the search fitted on, and keeps the features for new rows."""
    stored = fitted(Spy(), make_matrices=partial(featurize, scratch=tmp_path))
    unstored = fitted(Spy())

    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(stored.X[part], unstored.X[part])
    assert stored.matrices.component is None
    assert hasattr(unstored.matrices.component, "transform")


def test_predictions_are_checked_and_their_seconds_kept_by_part(fitted: Any) -> None:
    """Only parts that were asked for have any."""
    found = fitted(Spy())

    assert found.predict("test").labels.tolist() == [0] * 12
    assert found.parts == ["train", "validation", "test"]
    assert list(found.predict_s) == ["test"]


def test_a_clusterer_that_can_not_place_rows_later_meets_all_of_them(fitted: Any) -> None:
    """In the order of the parts, without targets; of the training part there is no score."""
    found = fitted(Grouping(), "clustering")

    assert found.parts == ["validation", "test"]
    assert found.predict("validation").clusters.tolist() == list(range(38, 48))
    assert found.predict("test").clusters.tolist() == list(range(48, 60))
    assert found.predict_s == {}
