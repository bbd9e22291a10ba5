"""Building components and letting them warm up."""

from __future__ import annotations

import time

from bakeoff.trial.build import takes, warm_up


class Compiling:
    """Takes a while on its first use."""

    def warm_up(self) -> None:
        """Sleep."""
        time.sleep(0.02)

    def fit(self, X: object, y: object, *, record: object = None) -> None:
        """Do nothing."""


def test_warm_up_is_timed_apart() -> None:
    """Its seconds are told, so that they can be kept out of those of the work."""
    assert warm_up(Compiling()) >= 0.02


def test_component_without_warm_up_takes_none() -> None:
    """Most components compile nothing."""
    assert warm_up(object()) == 0.0


def test_optional_arguments_are_found_by_name() -> None:
    """A learner gets what its `fit` names and nothing else."""
    fit = Compiling().fit

    assert (takes(fit, "record"), takes(fit, "validation")) == (True, False)
