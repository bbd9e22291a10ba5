"""Contract of features components."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff.records import INPUT_KINDS
from bakeoff.registry.catalogue import Trainable
from bakeoff.testing import samples
from bakeoff.testing.estimators import EstimatorContract, assert_unchanged, copy_of
from bakeoff.testing.side_effects import find_side_effects

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component


class FeaturesContract(EstimatorContract):
    """Contract tests for every features component of a plugin, for each of its input kinds.

    Args:
        rtol: how far a row's features may move with the rows around it, as a share; matrix
            products of one row and of many differ in their last float32 digits.
        atol: the same in the feature's own unit.
    """

    kinds = ("features",)
    rtol: ClassVar[float] = 1e-4
    atol: ClassVar[float] = 1e-5

    def cases(self, component: Component) -> tuple[str, ...]:
        """Return its input kinds."""
        return component.inputs or INPUT_KINDS

    def applies(self, test: str, component: Component, case: str) -> bool:  # noqa: ARG002  any case
        """Return False for tests that the component's registration rules out."""
        stateless = isinstance(component, Trainable) and component.stateless
        problems = component.problems or ("clustering",)
        return {
            "test_stateless_features_learn_nothing": stateless,
            "test_fit_needs_no_target": stateless or "clustering" in problems,
        }.get(test, True)

    def inputs(self, case: str, n_rows: int, seed: int) -> Any:
        """Return X for a test; override for features that need larger images or longer series."""
        return samples.inputs(case, n_rows, seed)

    def _train(self, case: str) -> tuple[Any, Any]:
        y = samples.targets("binary", samples.N_TRAIN)
        return self.inputs(case, samples.N_TRAIN, seed=0), y

    def _test(self, case: str) -> Any:
        return self.inputs(case, samples.N_TEST, seed=1)

    def test_fit_returns_self(self, component: Component, case: str) -> None:
        """So that calls can be chained."""
        features = self.make(component)

        assert features.fit(*self._train(case)) is features, "fit returned something else"

    def test_rows_become_a_finite_float_matrix(self, component: Component, case: str) -> None:
        """For training rows and for rows with values that training lacked."""
        X, y = self._train(case)
        features = self.make(component).fit(X, y)
        train, test = features.transform(X), features.transform(self._test(case))

        for matrix, n_rows in ((train, samples.N_TRAIN), (test, samples.N_TEST)):
            assert matrix.ndim == 2, f"shape {matrix.shape}"  # noqa: PLR2004  a matrix
            expected = (n_rows, train.shape[1])
            assert matrix.shape == expected, f"shape {matrix.shape}, expected {expected}"
            assert train.shape[1] > 0, "a matrix without columns"
            assert matrix.dtype.kind == "f", f"a matrix of {matrix.dtype}"
            n_odd = int((~np.isfinite(samples.dense(matrix))).sum())
            assert n_odd == 0, f"{n_odd} of {np.prod(expected)} values are NaN or infinite"

    def test_fit_needs_no_target(self, component: Component, case: str) -> None:
        """Clustering has none, and stateless features are never given any."""
        X, _ = self._train(case)

        assert self.make(component).fit(X, None).transform(X).shape[0] == samples.N_TRAIN

    def test_a_row_does_not_depend_on_the_others(self, component: Component, case: str) -> None:
        """Else the test part would leak into itself."""
        features = self.make(component).fit(*self._train(case))
        X = self._test(case)
        together = samples.dense(features.transform(X))
        order = np.arange(samples.N_TEST)[::-1]
        turned = samples.dense(features.transform(samples.take(X, order)))
        alone = [samples.dense(features.transform(samples.take(X, [i])))[0] for i in order[::-1]]

        np.testing.assert_allclose(turned[order], together, rtol=self.rtol, atol=self.atol)
        np.testing.assert_allclose(np.stack(alone), together, rtol=self.rtol, atol=self.atol)

    def test_the_same_seed_gives_the_same_matrix(self, component: Component, case: str) -> None:
        """Bit for bit."""
        X, y = self._train(case)
        first, second = (
            samples.dense(self.make(component).fit(X, y).transform(X)) for _ in range(2)
        )

        np.testing.assert_array_equal(first, second)

    def test_stateless_features_learn_nothing(self, component: Component, case: str) -> None:
        """What is declared `stateless` gives the same wherever it was fitted."""
        X = self._test(case)
        if not (isinstance(component, Trainable) and component.stateless):
            assert component.name
            return
        first = self.make(component).fit(X, None).transform(X)
        second = self.make(component).fit(self._train(case)[0], None).transform(X)

        np.testing.assert_array_equal(samples.dense(first), samples.dense(second))

    def test_inputs_stay_as_they_were(self, component: Component, case: str) -> None:
        """They are shared with other trials."""
        X, y = self._train(case)
        before = copy_of(X)
        self.make(component).fit(X, y).transform(X)

        assert_unchanged(before, X)

    def test_equal_rows_are_data_too(self, component: Component, case: str) -> None:
        """Nothing is divided by a spread of zero."""
        X, y = self._train(case)
        same = samples.take(X, [1] * samples.N_TRAIN)
        matrix = self.make(component).fit(same, y).transform(same)

        assert np.isfinite(samples.dense(matrix)).all(), "NaN or infinity for equal rows"

    def test_one_training_row_is_refused_or_enough(self, component: Component, case: str) -> None:
        """A `ValueError` says so, or every row gets its features."""
        X, y = self._train(case)
        n_rows = samples.N_TEST
        with suppress(ValueError):
            features = self.make(component).fit(samples.take(X, [1]), y[[1]])
            n_rows = features.transform(self._test(case)).shape[0]

        assert n_rows == samples.N_TEST

    def test_nothing_around_it_is_changed(self, component: Component, case: str) -> None:
        """Neither the process nor the disk outside the trial's folder."""
        (X, y), X_test = self._train(case), self._test(case)
        changes = find_side_effects(lambda: self.make(component).fit(X, y).transform(X_test))

        assert changes == [], "; ".join(changes)
