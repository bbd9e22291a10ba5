"""Contract of metrics: range, direction, perfect score, independence of the order of rows."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.registry.catalogue import MetricComponent
from bakeoff.testing import samples
from bakeoff.testing.base import Contract

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component

N_ROWS = 60
N_DRAWS = 25


class MetricContract(Contract):
    """Contract tests for every metric of labels, probabilities, values, masks or boxes.

    For others override `perfect` and `drawn`.
    """

    kinds = ("metrics",)

    def cases(self, component: Component) -> tuple[str, ...]:
        """Return its problem types."""
        return tuple(p for p in component.problems or samples.PLAIN if p in samples.N_CLASSES)

    def perfect(self, component: MetricComponent, y_true: Any, n_classes: int) -> Any:
        """Return the best possible prediction."""
        if component.uses == "proba":
            return np.eye(n_classes)[y_true]
        if component.uses in {"labels", "values", "masks"}:
            return y_true.copy()
        if component.uses == "boxes":
            return _scored(y_true, np.random.default_rng(0))
        pytest.skip(f"no samples of {component.uses}: override `perfect` and `drawn`")

    def drawn(self, component: MetricComponent, y_true: Any, n_classes: int, seed: int) -> Any:
        """Return a prediction that is independent of the truth."""
        rng = np.random.default_rng(seed)
        if component.uses == "proba":
            return rng.dirichlet(np.full(n_classes, 0.5), size=len(y_true))
        if component.uses == "labels":
            return rng.integers(n_classes, size=len(y_true))
        if component.uses == "masks":
            return rng.integers(n_classes, size=y_true.shape, dtype=np.uint8)
        if component.uses == "boxes":
            return _scored(rng.permutation(y_true), rng)
        return rng.permutation(y_true) + rng.normal(size=len(y_true))

    def _score(self, component: Component, case: str, y_true: Any, y_pred: Any) -> float:
        return float(component.load()(y_true, y_pred, n_classes=samples.N_CLASSES[case]))

    def _drawn(self, component: Component, case: str) -> list[float]:
        assert isinstance(component, MetricComponent)
        y = samples.targets(case, N_ROWS)
        n_classes = samples.N_CLASSES[case]
        draws = [self.drawn(component, y, n_classes, seed) for seed in range(N_DRAWS)]
        return [self._score(component, case, y, draw) for draw in draws]

    def _perfect(self, component: Component, case: str) -> float:
        assert isinstance(component, MetricComponent)
        y = samples.targets(case, N_ROWS)
        return self._score(component, case, y, self.perfect(component, y, samples.N_CLASSES[case]))

    def test_a_perfect_prediction_reaches_the_end_of_the_range(
        self, component: Component, case: str
    ) -> None:
        """`high` where more is better, `low` where less is."""
        assert isinstance(component, MetricComponent)
        best = component.high if component.direction == "maximize" else component.low

        value = self._perfect(component, case)

        assert best == pytest.approx(value, abs=1e-9), (
            f"a perfect prediction has {value:g}; by its registration {best:g} is best"
        )

    def test_values_stay_in_the_range(self, component: Component, case: str) -> None:
        """For predictions that know nothing."""
        assert isinstance(component, MetricComponent)
        values = self._drawn(component, case)

        outside = [value for value in values if not component.low <= value <= component.high]

        assert not outside, f"{outside[0]:g} is not in [{component.low:g}, {component.high:g}]"

    def test_the_direction_is_that_of_better_predictions(
        self, component: Component, case: str
    ) -> None:
        """Random predictions never score better than perfect ones, and are worse on average."""
        assert isinstance(component, MetricComponent)
        sign = 1 if component.direction == "maximize" else -1
        best = sign * self._perfect(component, case)
        others = sign * np.asarray(self._drawn(component, case))

        message = f"perfect {sign * best:g}, at random {sign * others.max():g} at best"
        assert best >= others.max() - 1e-9, message
        assert best > others.mean(), message

    def test_the_order_of_rows_does_not_matter(self, component: Component, case: str) -> None:
        """Truths and predictions are turned around together."""
        assert isinstance(component, MetricComponent)
        y = samples.targets(case, N_ROWS)
        y_pred = self.drawn(component, y, samples.N_CLASSES[case], 0)
        order = np.random.default_rng(1).permutation(N_ROWS)
        expected = self._score(component, case, y, y_pred)
        value = self._score(component, case, y[order], y_pred[order])

        assert expected == pytest.approx(value, rel=1e-9), (
            f"{expected:g} in one order, {value:g} in another"
        )

    def test_truths_and_predictions_stay_as_they_were(
        self, component: Component, case: str
    ) -> None:
        """They are handed to the next metric."""
        assert isinstance(component, MetricComponent)
        y = samples.targets(case, N_ROWS)
        y_pred = self.drawn(component, y, samples.N_CLASSES[case], 0)
        before = deepcopy((y, y_pred))
        self._score(component, case, y, y_pred)

        np.testing.assert_array_equal(samples.flat(before[0]), samples.flat(y))
        np.testing.assert_array_equal(samples.flat(before[1]), samples.flat(y_pred))

    def test_a_part_without_rows_has_no_value(self, component: Component, case: str) -> None:
        """NaN, which the core stores as missing; no error and no warning."""
        assert isinstance(component, MetricComponent)
        y = samples.targets(case, N_ROWS)
        y_pred = self.drawn(component, y, samples.N_CLASSES[case], 0)

        value = self._score(component, case, y[:0], y_pred[:0])

        assert np.isnan(value), f"{value:g} without rows"

    def test_a_part_of_one_class_is_no_error(self, component: Component, case: str) -> None:
        """The value may be missing, but lies in the range where it is not."""
        assert isinstance(component, MetricComponent)
        y = samples.targets(case, N_ROWS)
        y_pred = self.drawn(component, y, samples.N_CLASSES[case], 0)
        rows = np.flatnonzero(y == y[0]) if y.ndim == 1 and y.dtype != object else [1]
        value = self._score(component, case, y[rows], y_pred[rows])

        message = f"{value:g} is not in [{component.low:g}, {component.high:g}]"
        assert np.isnan(value) or component.low <= value <= component.high, message


def _scored(boxes: Any, rng: np.random.Generator) -> Any:
    """Return the boxes with a random score each."""
    scored = np.empty(len(boxes), dtype=object)
    for i, rows in enumerate(boxes):
        scored[i] = np.column_stack([rows, rng.random(len(rows))]).astype(np.float32)
    return scored
