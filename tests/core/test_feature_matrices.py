"""Feature matrices: what is made, what is reused, and that both are the same."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bakeoff.data.splits import Split
from bakeoff.errors import DivergedError
from bakeoff.fetch.cache import name_folder
from bakeoff.interfaces import Data
from bakeoff.records import PARTS, Method, Part, Trial
from bakeoff.trial import feature_matrices
from bakeoff.trial.feature_matrices import FeaturesError, featurize, take

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

X = np.arange(60, dtype=np.float64).reshape(20, 3) - 7
SPLIT = Split(train=np.arange(0, 10), validation=np.arange(10, 14), test=np.arange(14, 20))
ROWS = {"train": SPLIT.train, "validation": SPLIT.validation, "test": SPLIT.test}


class Answer:
    """Features that answer with what they are told, and count how often they were fitted."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make = make
        self.n_fitted = 0

    def fit(self, X: Any, y: Any = None) -> Answer:
        """Remember the mean."""
        self.n_fitted += 1
        self.mean_ = np.asarray(X).mean()
        return self

    def transform(self, X: Any) -> Any:
        """Whatever `make` makes."""
        return self.make(np.asarray(X))


@pytest.fixture
def use(plan_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Featurize with features that answer as told."""
    trial: Trial = plan_of().trials[0]

    def run(
        answer: Answer, *, stateless: bool = False, split: Split = SPLIT, **changes: Any
    ) -> feature_matrices.Matrices:
        part = Part(
            kind="features",
            name="answer",
            target="no:where",
            stateless=stateless,
            fingerprint=changes.pop("fingerprint", ""),
        )
        method = Method(name="m", source="raw", features=part, learner=trial.method.learner)
        monkeypatch.setattr(feature_matrices, "build", lambda part, trial: answer)
        data = Data(X=X, y=np.arange(20) % 2, input_kind="table", problem_type="binary")
        changed = replace(trial, method=method, **changes)
        return featurize(data, split, changed, tmp_path)

    return run


def dense(matrix: Any) -> np.ndarray:
    """A matrix as an array."""
    return matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)


FORMS = {
    "float64": lambda X: X,
    "float32": lambda X: X.astype(np.float32),
    "integers": lambda X: X.astype(np.int16),
    "booleans": lambda X: X > 0,
    "fortran": np.asfortranarray,
    "frame": pd.DataFrame,
    "csr": sparse.csr_matrix,
    "csr_array": sparse.csr_array,
    "csc": sparse.csc_matrix,
    "coo": sparse.coo_matrix,
    "sparse_booleans": lambda X: sparse.csr_matrix(X > 0),
}


@pytest.mark.parametrize("stateless", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_reuse_equals_direct_computation(use: Any, form: str, *, stateless: bool) -> None:
    """Made, read again and computed by hand: the same numbers of the same type."""
    answer = Answer(FORMS[form])
    made = use(answer, stateless=stateless)
    reused = use(answer, stateless=stateless)
    for part in PARTS:
        expected = dense(FORMS[form](X[ROWS[part]])).astype(np.float64)
        for found in (made, reused):
            np.testing.assert_array_equal(dense(found.X[part]), expected)
        assert made.X[part].dtype == reused.X[part].dtype
        assert type(made.X[part]) is type(reused.X[part])

    assert (made.reused, reused.reused, answer.n_fitted) == (False, True, 1)


def test_reused_matrix_tells_the_time_of_its_making(use: Any) -> None:
    """A later trial is not shown as if features were free."""
    made, reused = use(Answer(np.copy)), use(Answer(np.copy))

    assert reused.featurize_s == made.featurize_s > 0


def test_features_are_fitted_on_the_training_part_alone(use: Any) -> None:
    """The mean that is learned is that of the training rows."""
    answer = Answer(np.copy)
    use(answer)

    assert answer.mean_ == X[SPLIT.train].mean()


def test_stateful_features_are_made_anew_for_another_repeat(use: Any) -> None:
    """They depend on what they were fitted on."""
    answer = Answer(np.copy)
    use(answer)

    assert (use(answer, repeat=1).reused, answer.n_fitted) == (False, 2)


def test_stateless_features_are_shared_by_repeats(use: Any) -> None:
    """A row's features depend on nothing that was fitted."""
    answer = Answer(np.copy)
    use(answer, stateless=True)

    assert use(answer, stateless=True, repeat=1).reused


def part_of(split: Split, rows: int) -> Split:
    """The first rows of each part."""
    return Split(*(part[:rows] for part in (split.train, split.validation, split.test)))


@pytest.mark.parametrize("form", ["float64", "csr"])
def test_stateless_features_make_only_rows_that_were_not_made(use: Any, form: str) -> None:
    """A later split adds what it lacks, and finds every row where it belongs."""
    asked: list[int] = []

    def make(X: Any) -> Any:
        asked.extend(X[:, 0].astype(int).tolist())
        return FORMS[form](X)

    answer = Answer(make)
    use(answer, stateless=True, split=part_of(SPLIT, 2))
    turned = Split(SPLIT.test[::-1], SPLIT.validation, SPLIT.train[::-1])
    whole = use(answer, stateless=True, split=turned, repeat=1)
    again = use(answer, stateless=True, repeat=2)

    assert sorted(asked) == sorted(X[:, 0].astype(int).tolist())
    for part, rows in turned.parts().items():
        np.testing.assert_array_equal(dense(whole.X[part]), X[rows])
    for part, rows in ROWS.items():
        np.testing.assert_array_equal(dense(again.X[part]), X[rows])
    assert (whole.reused, again.reused) == (False, True)


def test_time_of_shared_rows_is_that_of_the_rows_met(use: Any, tmp_path: Path) -> None:
    """A split that needs half the rows is shown with half the seconds, whoever spent them."""
    use(Answer(np.copy), stateless=True)
    meta = next(tmp_path.rglob("meta.json"))
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"seconds": 8.0}))
    none = np.arange(0)
    half = use(Answer(np.copy), stateless=True, split=Split(SPLIT.train, none, none))

    assert half.featurize_s == 4.0


def test_two_workers_make_shared_rows_once(use: Any) -> None:
    """The second waits and finds them done."""

    def slowly(X: Any) -> Any:
        time.sleep(0.3)
        return X

    answer = Answer(slowly)
    found: list[bool] = []

    def work() -> None:
        found.append(use(answer, stateless=True).reused)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (answer.n_fitted, sorted(found)) == (1, [False, True])


@pytest.mark.parametrize("stateless", [False, True])
def test_notes_of_features_come_back_with_their_matrix(use: Any, *, stateless: bool) -> None:
    """Also for those who find it made."""
    answer = Answer(np.copy)
    answer.notes_ = {"weights": "of somewhere"}
    told = [use(answer, stateless=stateless).notes for _ in range(2)]

    assert told == [{"weights": "of somewhere"}] * 2


def test_features_that_fetched_something_else_are_made_anew(use: Any) -> None:
    """Equal parameters over different weights are different features."""
    answer = Answer(np.copy)
    found = [use(answer, stateless=True, fingerprint=name).reused for name in ("a", "b", "a")]

    assert found == [False, False, True]


@pytest.mark.parametrize("stateless", [False, True])
def test_each_device_makes_its_own_features(use: Any, *, stateless: bool) -> None:
    """Else a pair of devices would show one time and one set of numbers for both."""
    answer = Answer(np.copy)
    use(answer, stateless=stateless, device="cpu")

    assert not use(answer, stateless=stateless, device="gpu").reused


@pytest.mark.parametrize("stateless", [False, True])
def test_first_learner_meets_no_other_arrays_than_the_next(use: Any, *, stateless: bool) -> None:
    """Whether an array can be written to does not depend on who came first."""
    answer = Answer(np.copy)
    writeable = [use(answer, stateless=stateless).X["train"].flags.writeable for _ in range(2)]

    assert writeable[0] == writeable[1]


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (
            lambda X: X[1:],
            FeaturesError,
            r"expected features of shape \(10, n_features\); got \(9, 3",
        ),
        (lambda X: X[:, 0], FeaturesError, r"got \(10,\)"),
        (lambda X: X[:, :, None], FeaturesError, r"got \(10, 3, 1\)"),
        (lambda X: X.astype(str), FeaturesError, r"expected a matrix of numbers; got <U"),
        (lambda X: None, FeaturesError, r"got \(\)"),
        (lambda X: X.astype(object), FeaturesError, r"a matrix of numbers; got object"),
        (lambda X: X * 1j, FeaturesError, r"expected a matrix of numbers; got complex128"),
        (lambda X: X * np.nan, DivergedError, "the features hold values that are not finite"),
        (lambda X: sparse.csr_matrix(X * np.inf), DivergedError, "not finite"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_answer_that_is_no_matrix_is_refused(use: Any, make: Any, error: Any, told: str) -> None:
    """With what was expected and what came."""
    with pytest.raises(error, match=told):
        use(Answer(make))


def test_refused_features_leave_nothing_to_reuse(use: Any, tmp_path: Path) -> None:
    """The next trial does not take half a matrix for a whole one."""
    with pytest.raises(FeaturesError):
        use(Answer(lambda X: X[1:]))

    assert list(tmp_path.rglob("*.npy")) == []


def test_two_workers_may_make_the_same_matrix(use: Any) -> None:
    """Whoever is second finds the other's folder in its place, and both go on."""
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def make(X: Any) -> Any:
        if len(X) == len(SPLIT.test):
            barrier.wait(5)
        return X

    def work() -> None:
        try:
            use(Answer(make))
        except BaseException as error:  # noqa: BLE001  shown below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_folder_that_another_process_named_first_stays(tmp_path: Path) -> None:
    """Renaming onto it is no failure, and does not replace it."""
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
    name_folder(tmp_path / "mine", tmp_path / "theirs")

    assert (tmp_path / "theirs" / "who").read_text() == "theirs"


def test_rows_are_taken_from_frames_and_arrays_alike() -> None:
    """By position, in the order asked for."""
    frame = pd.DataFrame({"a": [5, 6, 7]}, index=[2, 1, 0])
    rows = np.array([2, 0])

    assert take(frame, rows)["a"].tolist() == take(frame["a"].to_numpy(), rows).tolist() == [7, 5]


class Examined(Answer):
    """Features that note what they were examined with."""

    def examine(self, inputs: dict[str, Any], record: Any) -> None:
        """Note the rows of each part."""
        record.note("rows", {name: len(part) for name, part in inputs.items()})
        record.array("mean", np.array([self.mean_]))


def test_what_features_note_reaches_every_trial_that_uses_them(use: Callable[..., Any]) -> None:
    """The one that made the matrix and the one that reuses it."""
    made, reused = (use(Examined(lambda X: X)) for _ in range(2))

    assert (made.reused, reused.reused) == (False, True)
    for found in (made, reused):
        assert found.notes == {"rows": "{'train': 10, 'validation': 4, 'test': 6}"}
        np.testing.assert_array_equal(found.arrays["mean"], [X[:10].mean()])
