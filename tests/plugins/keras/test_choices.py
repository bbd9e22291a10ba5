"""Loss, output, optimizer and schedule follow from the target and are told with reasons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, r2_score

pytest.importorskip("keras", reason="needs the extra deep")
pytest.importorskip("tensorflow", reason="needs the extra deep")

from bakeoff.errors import UnknownNameError
from bakeoff.training import TrainingRecord
from bakeoff_keras import choices
from bakeoff_keras.errors import LossError, NetworkParameterError, RowsError
from bakeoff_keras.notes import Note
from bakeoff_keras.target import NetworkTarget

TWO = NetworkTarget.of_classes(np.array([0, 3, 3]))
MANY = NetworkTarget.of_classes(np.array([0, 1, 5, 1]))
VALUES = NetworkTarget.of_values(np.array([1.0, 3.0, 5.0]))
SILENT = Note(None)


@pytest.mark.parametrize(
    ("target", "activation", "loss"),
    [
        (VALUES, "linear", "mean_squared_error"),
        (TWO, "sigmoid", "binary_crossentropy"),
        (MANY, "softmax", "categorical_crossentropy"),
    ],
)
def test_output_and_loss_follow_from_the_target(
    target: NetworkTarget, activation: str, loss: str
) -> None:
    """A value, two classes, more: each has its output and loss, both noted with a reason."""
    record = TrainingRecord()
    note = Note(record)
    units, chosen = choices.choose_output(target, note)
    found = choices.choose_loss(target, None, note)

    assert (target.n_outputs, activation, loss) == (units, chosen, found.name)
    assert record.notes["loss"] == f"{loss}: {target.words}"
    assert record.notes["output_activation"].startswith(f"{activation}: {target.words}")


@pytest.mark.parametrize(
    ("target", "loss"),
    [
        (VALUES, "binary_crossentropy"),
        (TWO, "mse"),
        (MANY, "mae"),
        (TWO, "categorical_crossentropy"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(target: NetworkTarget, loss: str) -> None:
    """The message names the loss, the target and what would fit."""
    with pytest.raises(LossError, match=r"does not fit a .*target.*expected one of"):
        choices.choose_loss(target, loss, SILENT)


def test_every_fitting_loss_can_be_asked_for() -> None:
    """Each loss of each kind of target gives a number on the target's own encoding."""
    for target, y in ((VALUES, [1.0, 5.0]), (TWO, [0, 3]), (MANY, [5, 1])):
        encoded = target.encode(np.array(y))
        for name in choices.LOSSES[target.kind]:
            loss = choices.choose_loss(target, name, SILENT)

            assert math.isfinite(float(loss(encoded, np.full_like(encoded, 0.3))))


@pytest.mark.parametrize("rate", [0, -1.0, math.nan, math.inf, "fast", True])
def test_a_learning_rate_that_is_no_positive_number_is_refused(rate: Any) -> None:
    """Zero, negative, NaN, infinite, text and a truth value are told as such."""
    with pytest.raises(
        NetworkParameterError, match="learning_rate: expected a finite number above 0"
    ):
        choices.choose_optimizer(
            "adam", rate, "constant", n_updates=10, clip_norm=None, note=SILENT
        )


def test_unknown_names_suggest_the_nearest() -> None:
    """Activations, losses, optimizers and schedules are looked up by name."""
    with pytest.raises(UnknownNameError, match="did you mean 'relu'"):
        choices.check_activation("rellu")
    with pytest.raises(UnknownNameError, match="did you mean 'binary_crossentropy'"):
        choices.choose_loss(TWO, "binary_crossentrop", SILENT)
    with pytest.raises(UnknownNameError, match="unknown optimizer 'adamm'"):
        choices.choose_optimizer(
            "adamm", None, "constant", n_updates=1, clip_norm=None, note=SILENT
        )
    with pytest.raises(UnknownNameError, match="unknown schedule 'cosinus'"):
        choices.choose_optimizer("adam", None, "cosinus", n_updates=1, clip_norm=None, note=SILENT)


def test_schedules_fall_over_the_updates() -> None:
    """Cosine ends at zero, exponential at a hundredth."""
    for name, expected in (("cosine", 0.0), ("exponential", 0.001)):
        optimizer = choices.choose_optimizer(
            "sgd", 0.1, name, n_updates=100, clip_norm=None, note=SILENT
        )
        optimizer.build([])
        assert float(optimizer.learning_rate) == pytest.approx(0.1)
        optimizer.iterations.assign(100)

        assert expected == pytest.approx(float(optimizer.learning_rate), abs=1e-7)


def test_scores_are_scikit_learns() -> None:
    """Balanced accuracy and R squared of a network's answers."""
    rng = np.random.default_rng(0)
    codes = rng.choice([0, 1, 5], 50, p=[0.6, 0.3, 0.1])
    outputs = rng.random((50, 3))
    found = np.array([0, 1, 5])[outputs.argmax(axis=1)]
    values, guesses = rng.normal(size=50) * 7 + 2, rng.normal(size=(50, 1))
    target = NetworkTarget.of_values(values)

    assert balanced_accuracy_score(codes, found) == pytest.approx(
        NetworkTarget.of_classes(codes).score(
            NetworkTarget.of_classes(codes).encode(codes), outputs
        )
    )
    assert r2_score(values, target.values(guesses)) == pytest.approx(
        target.score(target.encode(values), guesses), abs=1e-5
    )


def test_targets_come_back_from_outputs() -> None:
    """Values in their own units, two columns for one unit, rows that sum to 1."""
    values = np.array([10.0, 20.0, 60.0])
    target = NetworkTarget.of_values(values)

    np.testing.assert_allclose(target.values(target.encode(values)), values, rtol=1e-6)
    np.testing.assert_allclose(TWO.probabilities(np.array([[0.25]])), [[0.75, 0.25]])
    np.testing.assert_allclose(MANY.probabilities(np.full((2, 3), 0.1)).sum(axis=1), 1.0)


def test_targets_that_can_not_be_learned_are_refused() -> None:
    """One class, and values that are not finite."""
    with pytest.raises(RowsError, match="at least two classes"):
        NetworkTarget.of_classes(np.array([2, 2]))
    with pytest.raises(RowsError, match="finite target values"):
        NetworkTarget.of_values(np.array([1.0, math.nan]))
