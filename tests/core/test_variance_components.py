"""Components of variance, against a simulation whose components are known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.variance_components import variance_split


def test_components_of_variance_are_found_again() -> None:
    """Unbalanced simulation with known standard deviations 3, 2 and 1."""
    rng = np.random.default_rng(0)
    rows = []
    for task in range(400):
        level = rng.normal(0, 3)
        for split in range(rng.integers(2, 6)):
            place = level + rng.normal(0, 2)
            rows += [(task, split, place + rng.normal()) for _ in range(rng.integers(1, 4))]
    found = variance_split(pd.DataFrame(rows, columns=["task", "split", "value"]))

    assert (found.task, found.split, found.seed) == pytest.approx((3, 2, 1), rel=0.08)
    assert found.n_tasks == 400


def test_components_that_can_not_be_told_apart_are_not_made_up() -> None:
    """One seed a split leaves seeds inside splits; one split a task leaves both unknown."""
    one_seed = variance_split(
        pd.DataFrame({"task": [0, 0, 1, 1], "split": [0, 1, 0, 1], "value": [1.0, 2.0, 3.0, 4.0]})
    )
    one_split = variance_split(pd.DataFrame({"task": [0, 1], "split": [0, 0], "value": [1.0, 2.0]}))
    alone = variance_split(pd.DataFrame({"task": [0], "split": [0], "value": [1.0]}))

    assert math.isnan(one_seed.seed)
    assert one_seed.split == pytest.approx(math.sqrt(0.5))
    assert one_seed.task == pytest.approx(math.sqrt((4.0 - 0.5) / 2))
    assert math.isnan(one_split.split)
    assert math.isnan(alone.task)
    with pytest.raises(ValueError, match="at least one value"):
        variance_split(pd.DataFrame({"task": [], "split": [], "value": []}))
