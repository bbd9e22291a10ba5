"""Contract of clusterers: a label for each row, without targets."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.testing import samples
from bakeoff.testing.estimators import EstimatorContract, assert_unchanged, copy_of
from bakeoff.testing.side_effects import find_side_effects

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component

NOISE = -1
"""Label of rows that belong to no cluster."""


class ClustererContract(EstimatorContract):
    """Contract tests for every clusterer of a plugin, on a matrix with four separate groups."""

    kinds = ("clusterers",)

    def _rows(self, seed: int = 0) -> Any:
        return samples.matrix(samples.targets("multiclass", 2 * samples.N_TRAIN, seed), seed)

    def _labels(self, component: Component, X: Any) -> Any:
        clusterer = self.make(component)
        assert clusterer.fit(X) is clusterer, "fit returned something else"
        return np.asarray(clusterer.labels_)

    def test_each_row_gets_a_label(self, component: Component) -> None:
        """A whole number from 0 on, or -1 for noise; no target is needed for it."""
        X = self._rows()
        labels = self._labels(component, X)

        assert labels.shape == (len(X),), f"labels_ has shape {labels.shape} for {len(X)} rows"
        assert labels.dtype.kind in "iu", f"labels_ is of {labels.dtype}"
        assert labels.min() >= NOISE, f"a label is {labels.min()}"

    def test_new_rows_are_placed_in_known_clusters(self, component: Component) -> None:
        """Where `predict` is offered; each row alone as among others."""
        clusterer = self.make(component).fit(self._rows())
        X = self._rows(seed=1)[:9]
        predict = getattr(clusterer, "predict", None)
        labels = np.asarray(predict(X)) if predict else clusterer.labels_[:9]
        alone = [int(predict(X[[i]])[0]) for i in range(9)] if predict else labels.tolist()
        unknown = sorted(set(labels.tolist()) - set(clusterer.labels_.tolist()) - {NOISE})

        assert labels.shape == (9,), f"predict gave shape {labels.shape} for 9 rows"
        assert not unknown, f"predict gave clusters that fit did not find: {unknown}"
        assert alone == labels.tolist(), f"{alone} one by one, {labels.tolist()} together"

    def test_the_same_seed_gives_the_same_labels(self, component: Component) -> None:
        """Bit for bit."""
        first, second = (self._labels(component, self._rows()) for _ in range(2))

        np.testing.assert_array_equal(first, second)

    def test_inputs_stay_as_they_were(self, component: Component) -> None:
        """They are shared with other trials."""
        X = self._rows()
        before = copy_of(X)
        self._labels(component, X)

        assert_unchanged(before, X)

    def test_rows_that_are_all_equal_are_no_error(self, component: Component) -> None:
        """They are one cluster, or noise."""
        X = samples.take(self._rows(), [1] * samples.N_TRAIN)
        labels = sorted(set(self._labels(component, X).tolist()))

        assert len(labels) == 1, f"equal rows got the labels {labels}"

    def test_one_training_row_is_refused_or_enough(self, component: Component) -> None:
        """A `ValueError` says so, or the row gets a label."""
        n_labels = 1
        with suppress(ValueError):
            n_labels = len(self._labels(component, samples.take(self._rows(), [0])))

        assert n_labels == 1, f"{n_labels} labels for one row"

    def test_nothing_around_it_is_changed(self, component: Component) -> None:
        """Neither the process nor the disk outside the trial's folder."""
        X = self._rows()
        changes = find_side_effects(lambda: self._labels(component, X))

        assert changes == [], "; ".join(changes)
