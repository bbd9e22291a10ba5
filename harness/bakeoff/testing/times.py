"""Measure how long fitting and predicting take, by pytest-benchmark; no time fails a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.records import INPUT_KINDS
from bakeoff.registry.catalogue import Trainable
from bakeoff.testing import samples
from bakeoff.testing.base import Contract
from bakeoff.testing.learners import LearnerContract

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component

ROUNDS = 3


class TimesContract(Contract):
    """Benchmarks of every features component, learner and method, on small samples.

    Needs pytest-benchmark; `bakeoff check` shows the medians.
    """

    kinds = ("features", "learners", "methods")

    def cases(self, component: Component) -> tuple[str, ...]:
        """Return input kinds of features, problem types of others; none for methods that search."""
        if isinstance(component, Trainable) and component.searches:
            return ()
        if component.kind == "features":
            return component.inputs or INPUT_KINDS
        return tuple(p for p in component.problems or samples.N_CLASSES if p in samples.N_CLASSES)

    def _rows(self, component: Component, case: str) -> tuple[Any, Any]:
        y = samples.targets("binary" if component.kind == "features" else case, samples.N_TRAIN)
        if component.kind == "features":
            return samples.inputs(case, samples.N_TRAIN), y
        return LearnerContract().inputs(component, y, 0), y

    def test_time_of_fit(self, component: Component, case: str, benchmark: Any) -> None:
        """A new component each round."""
        X, y = self._rows(component, case)
        fitted = benchmark.pedantic(
            lambda unfitted: unfitted.fit(X, y),
            setup=lambda: ((self.make(component),), {}),
            rounds=ROUNDS,
            warmup_rounds=1,
        )

        assert fitted is not None

    def test_time_of_predict(self, component: Component, case: str, benchmark: Any) -> None:
        """Of the same rows; features transform them."""
        X, y = self._rows(component, case)
        fitted = self.make(component).fit(X, y)
        answer = fitted.transform if component.kind == "features" else fitted.predict
        predictions = benchmark.pedantic(answer, args=(X,), rounds=ROUNDS, warmup_rounds=1)

        assert len(y) == predictions.shape[0]
