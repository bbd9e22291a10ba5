"""Contract of learners and of end-to-end methods."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.sparse import csr_matrix

from bakeoff.errors import BakeoffError
from bakeoff.problems.scoring import Predictions, check, predict
from bakeoff.records import Protocol, Task
from bakeoff.registry.catalogue import Trainable
from bakeoff.testing import samples
from bakeoff.testing.estimators import EstimatorContract, assert_unchanged, copy_of
from bakeoff.testing.recording import EarlyStopRecord, SearchRecord
from bakeoff.testing.side_effects import find_side_effects
from bakeoff.training import TrainingRecord
from bakeoff.trial.build import takes

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component

MOST_CLASSES = 12
"""Number of classes that a learner without a limit must take."""


class LearnerContract(EstimatorContract):
    """Contract tests for every learner and method of a plugin, for each problem type with samples.

    Methods get raw inputs of the first input kind that they declare, learners a matrix.
    """

    kinds: ClassVar[tuple[str, ...]] = ("learners", "methods")

    def cases(self, component: Component) -> tuple[str, ...]:
        """Return its problem types."""
        return tuple(p for p in component.problems or samples.PLAIN if p in samples.N_CLASSES)

    def applies(self, test: str, component: Component, case: str) -> bool:
        """Return False for tests that the learner rules out, such as rounds where it has none."""
        try:
            loaded = component.load()
        except BakeoffError:  # the test of loading fails for it
            return True
        return {
            "test_labels_agree_with_probabilities": case in {"binary", "multiclass"}
            and hasattr(loaded, "predict_proba"),
            "test_a_class_may_be_missing_in_training": case == "multiclass",
            "test_it_takes_as_many_classes_as_it_declares": case == "multiclass",
            "test_one_class_is_refused_or_predicted": case in {"binary", "multiclass"},
            "test_sparse_and_dense_matrices_are_both_read": component.kind == "learners",
            "test_rounds_are_reported": takes(loaded.fit, "record") and not _searches(component),
            "test_it_stops_when_time_is_up": takes(loaded.fit, "record")
            and not _searches(component),
            "test_what_a_search_tries_is_kept": _searches(component),
        }.get(test, True)

    def inputs(self, component: Component, y: Any, seed: int) -> Any:
        """Return X for a test; override for methods that need larger images or longer series."""
        if component.kind == "learners":
            return samples.matrix(y, seed)
        return samples.inputs((component.inputs or ("table",))[0], len(y), seed)

    def _parts(self, component: Component, case: str) -> dict[str, tuple[Any, Any]]:
        sizes = {"train": 2 * samples.N_TRAIN, "validation": samples.N_TRAIN, "test": 9}
        parts = {}
        for seed, (part, n_rows) in enumerate(sizes.items()):
            y = samples.targets(case, n_rows, seed)
            parts[part] = (self.inputs(component, y, seed), y)
        return parts

    def _fit(
        self,
        component: Component,
        train: tuple[Any, Any],
        validation: tuple[Any, Any] | None = None,
        record: TrainingRecord | None = None,
    ) -> Any:
        learner = self.make(component)
        default_record = SearchRecord() if _searches(component) else TrainingRecord()
        offers = {"validation": validation, "record": record or default_record}
        taken = {n: o for n, o in offers.items() if o is not None and takes(learner.fit, n)}
        assert learner.fit(*train, **taken) is learner, "fit returned something else"
        return learner

    def _answer(self, learner: Any, X: Any, case: str, n_classes: int = 0) -> Predictions:
        """Return the predictions that the core accepts; wrong shapes, types and ranges fail."""
        task = Task(
            name="sample",
            dataset="sample",
            input_kind="table",
            problem_type=case,
            metric="",
            direction="maximize",
            protocol=Protocol.of(),
            fingerprint="",
            n_classes=n_classes or samples.N_CLASSES[case],
        )
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        size = tuple(X.shape[1:3]) if np.ndim(X) == 4 else ()  # noqa: PLR2004  images
        return check(predict(learner, X, task), learner, task, n_rows, size)

    def test_answers_fit_the_task(self, component: Component, case: str) -> None:
        """Shape, type and range of the predictions; the core's own check decides."""
        parts = self._parts(component, case)
        learner = self._fit(component, parts["train"], parts["validation"])
        predictions = self._answer(learner, parts["test"][0], case)

        assert len(parts["test"][1]) == len(predictions.stored)

    def test_labels_agree_with_probabilities(self, component: Component, case: str) -> None:
        """`predict` names a class whose probability no other exceeds."""
        parts = self._parts(component, case)
        learner = self._fit(component, parts["train"], parts["validation"])
        proba = np.asarray(learner.predict_proba(parts["test"][0]))
        columns = np.searchsorted(learner.classes_, learner.predict(parts["test"][0]))
        chosen = proba[np.arange(len(proba)), columns]

        np.testing.assert_allclose(chosen, proba.max(axis=1), atol=1e-6)

    def test_a_class_may_be_missing_in_training(self, component: Component, case: str) -> None:
        """It gets no probability; validation rows may be of it all the same."""
        parts = self._parts(component, case)
        X, y = parts["train"]
        rows = np.flatnonzero(y != 1)
        train = samples.take(X, rows), samples.take(y, rows)
        learner = self._fit(component, train, parts["validation"])
        predictions = self._answer(learner, parts["test"][0], case)

        assert predictions.labels is not None
        assert 1 not in predictions.labels, "it predicts a class that training lacked"

    def test_one_class_is_refused_or_predicted(self, component: Component, case: str) -> None:
        """A `ValueError` says so, or every row gets that class."""
        X, y = self._parts(component, case)["train"]
        rows = np.flatnonzero(y == 0)
        train = samples.take(X, rows), samples.take(y, rows)
        try:
            learner = self._fit(component, train)
        except ValueError as error:
            message = str(error)
        else:
            labels = self._answer(learner, X, case).labels
            message = "one class" if labels is not None and not labels.any() else "another class"

        assert "class" in message, f"it raised ValueError: {message}"
        assert message != "another class", "it predicts classes that training lacked"

    def test_a_row_is_answered_alone_as_among_others(self, component: Component, case: str) -> None:
        """Else the test part would leak into itself."""
        parts = self._parts(component, case)
        learner = self._fit(component, parts["train"], parts["validation"])
        X = parts["test"][0]
        together = self._answer(learner, X, case).stored
        alone = [self._answer(learner, samples.take(X, [i]), case).stored[0] for i in range(len(X))]

        np.testing.assert_allclose(
            samples.flat(alone), samples.flat(together), rtol=1e-4, atol=1e-4
        )

    def test_the_same_seed_gives_the_same_answers(self, component: Component, case: str) -> None:
        """Bit for bit."""
        parts = self._parts(component, case)
        first, second = (
            self._answer(self._fit(component, parts["train"], parts["validation"]), X, case).stored
            for X in [parts["test"][0]] * 2
        )

        np.testing.assert_array_equal(samples.flat(first), samples.flat(second))

    def test_inputs_stay_as_they_were(self, component: Component, case: str) -> None:
        """They are shared with other trials."""
        parts = self._parts(component, case)
        before = {name: copy_of(X) for name, (X, _) in parts.items()}
        learner = self._fit(component, parts["train"], parts["validation"])
        self._answer(learner, parts["test"][0], case)

        for name, (X, _) in parts.items():
            assert_unchanged(before[name], X)

    def test_rows_that_are_all_equal_are_no_error(self, component: Component, case: str) -> None:
        """There is nothing to learn, and the answers are finite."""
        X, y = self._parts(component, case)["train"]
        same = samples.take(X, [1] * len(y))
        predictions = self._answer(self._fit(component, (same, y)), same, case)

        assert np.isfinite(samples.flat(predictions.stored)).all(), "NaN or infinity for equal rows"

    def test_sparse_and_dense_matrices_are_both_read(self, component: Component, case: str) -> None:
        """Texts come as CSR."""
        parts = self._parts(component, case)
        (X, y), (X_validation, y_validation), (X_test, _) = parts.values()
        learner = self._fit(component, (csr_matrix(X), y), (csr_matrix(X_validation), y_validation))
        predictions = self._answer(learner, csr_matrix(X_test), case)

        assert len(X_test) == len(predictions.stored)

    def test_rounds_are_reported(self, component: Component, case: str) -> None:
        """Each with losses of both parts."""
        parts = self._parts(component, case)
        record = TrainingRecord()
        self._fit(component, parts["train"], parts["validation"], record)

        assert len(record.epochs) > 0, "fit reported no round to `record`"
        both = {"train_loss", "validation_loss"}
        lacking = sorted({name for epoch in record.epochs for name in both - epoch.keys()})
        assert not lacking, f"a round without {', '.join(lacking)}"

    def test_it_stops_when_time_is_up(self, component: Component, case: str) -> None:
        """Fewer rounds than without a limit, and still an answer."""
        parts = self._parts(component, case)
        whole, cut = TrainingRecord(), EarlyStopRecord()
        self._fit(component, parts["train"], parts["validation"], whole)
        learner = self._fit(component, parts["train"], parts["validation"], cut)

        message = (
            f"{len(cut.epochs)} of {len(whole.epochs)} rounds when told to stop after the first"
        )
        assert 0 < len(cut.epochs) < len(whole.epochs), message
        predictions = self._answer(learner, parts["test"][0], case)
        assert np.isfinite(samples.flat(predictions.stored)).all()

    def test_what_a_search_tries_is_kept(self, component: Component, case: str) -> None:
        """Each configuration at its end, with a validation score where there is one."""
        parts = self._parts(component, case)
        record = SearchRecord()
        self._fit(component, parts["train"], parts["validation"], record)
        scores = [score for _, _, score, _ in record.kept]

        assert scores, "it called record.budget.tried for no configuration"
        assert any(score is not None for score in scores), "no configuration has a score"

    def test_one_training_row_is_refused_or_enough(self, component: Component, case: str) -> None:
        """A `ValueError` says so, or every row is answered."""
        parts = self._parts(component, case)
        X, y = parts["train"]
        n_rows = len(parts["test"][1])
        with suppress(ValueError):
            learner = self._fit(component, (samples.take(X, [0]), samples.take(y, [0])))
            n_rows = len(self._answer(learner, parts["test"][0], case).stored)

        assert n_rows == len(parts["test"][1])

    def test_it_takes_as_many_classes_as_it_declares(self, component: Component, case: str) -> None:
        """Up to `max_classes` of the registration; a dozen where there is no limit."""
        assert isinstance(component, Trainable)
        n_classes = min(component.max_classes or MOST_CLASSES, MOST_CLASSES)
        y = np.arange(5 * n_classes) % n_classes
        X = self.inputs(component, y, 0)
        predictions = self._answer(self._fit(component, (X, y), (X, y)), X, case, n_classes)

        assert predictions.proba is None or predictions.proba.shape == (len(y), n_classes)

    def test_nothing_around_it_is_changed(self, component: Component, case: str) -> None:
        """Neither the process nor the disk outside the trial's folder."""
        parts = self._parts(component, case)

        def work() -> None:
            self._answer(self._fit(component, parts["train"]), parts["test"][0], case)

        changes = find_side_effects(work)

        assert changes == [], "; ".join(changes)


def _searches(component: Component) -> bool:
    return isinstance(component, Trainable) and component.searches


class MethodContract(LearnerContract):
    """Contract tests for every end-to-end method of a plugin, on its first input kind.

    Test rows have gaps, categories and words that training rows lacked.
    """

    kinds = ("methods",)
