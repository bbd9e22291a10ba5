"""Fine-tuning: two phases, what each of them changes, and what is told of them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from bakeoff.errors import UnknownNameError
from bakeoff.training import TrainingRecord
from bakeoff_keras.errors import NetworkParameterError, RowsError
from bakeoff_pretrained.phases import Phases
from bakeoff_pretrained.studies import STAGES, FineTuning

pytest.importorskip("keras", reason="needs the extra pretrained")

from bakeoff_pretrained.fine_tune import (
    FineTuneClassifier,
    FineTuneRegressor,
)

RNG = np.random.default_rng(0)
Y = np.arange(24) % 2
X = RNG.integers(0, 60, (24, 32, 32, 3), dtype=np.uint8)
X[Y == 1, :, 16:] += 180
"""Dark images, the right half of the second class's bright."""

QUICK: dict[str, Any] = {
    "size": 32,
    "head_epochs": 3,
    "epochs": 2,
    "batch_size": 8,
    "random_state": 0,
}


def test_asking_for_weights_imports_no_learning_library(imported: Any) -> None:
    """A plan asks every method what it will fetch; Keras takes seconds and talks on its way."""
    libraries = {"keras", "tensorflow", "jax", "torch"}

    assert imported("import bakeoff_pretrained.fine_tune").isdisjoint(libraries)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weights whose features are of ordinary size: random, with statistics of these images.

    Random weights alone let a deep network's signal fade to nothing.
    """
    import keras

    from bakeoff_keras import session
    from bakeoff_pretrained.backbones import BACKBONES
    from bakeoff_pretrained.network import build

    session.begin(0)
    network = build(BACKBONES["mobilenet"], "random", size=32, seed=0)
    for layer in network.model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network.model(network.ready(X), training=True)
    path = tmp_path_factory.mktemp("weights") / "healthy.weights.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras on NumPy 2
        network.model.save_weights(path)
    return str(path)


def fitted(weights: str, **changes: Any) -> tuple[FineTuneClassifier, TrainingRecord]:
    """A network trained on the two kinds of images."""
    record = TrainingRecord()
    network = FineTuneClassifier(**{**QUICK, "weights": weights, **changes})
    network.fit(X[:16], Y[:16], validation=(X[16:], Y[16:]), record=record)
    return network, record


def test_phases_count_on(healthy: str) -> None:
    """Epochs and updates of both stand one behind the other."""
    network, record = fitted(healthy)
    notes = record.notes

    assert len(record.epochs) == record.counts["n_epochs"] == 5
    assert record.counts["n_updates"] == 5 * 2
    assert record.counts["n_parameters"] == 3_228_864 + 1025 == network.n_parameters_
    assert "weights of your own" in notes["weights"]
    assert notes["below_cut"].startswith("behind conv_pw_11_relu")
    assert [round(e["learning_rate"], 6) for e in record.epochs] == [0.003] * 3 + [0.0001] * 2


def test_head_alone_leaves_the_backbone_as_it_is(healthy: str) -> None:
    """Only as many weights are trained as the head has."""
    network, record = fitted(healthy, unfreeze="none", head_epochs=60, head_rate=0.02)

    assert record.counts["n_epochs"] <= 60
    assert "below_cut" not in record.notes
    assert [layer.name for layer in network.program_.layers] == ["output"]
    assert (network.predict(X) == Y).mean() > 0.8


def kinds_that_moved(weights: str, **changes: Any) -> set[str]:
    """Which variables of the backbone differ from those that it began with."""
    from bakeoff_keras import session
    from bakeoff_pretrained.backbones import BACKBONES
    from bakeoff_pretrained.naming import named
    from bakeoff_pretrained.network import build

    network, _ = fitted(
        weights, head_epochs=0, unfreeze="all", epochs=1, early_stopping=0, **changes
    )
    session.begin(0)
    before = named(build(BACKBONES["mobilenet"], weights, size=32, seed=0).model)
    after = named(network.program_.model.layers[1])
    return {
        name.split("/")[-1]
        for name, variable in before.items()
        if not np.array_equal(variable.value, after[name].value)
    }


def test_frozen_normalisation_stays_and_kernels_move(healthy: str) -> None:
    """Statistics, scale and shift as they were."""
    assert kinds_that_moved(healthy, batch_norm="frozen") == {"kernel"}


@pytest.mark.slow
def test_trained_normalisation_follows_the_batches(healthy: str) -> None:
    """As a network from scratch needs it."""
    everything = {"kernel", "gamma", "beta", "moving_mean", "moving_variance"}

    assert kinds_that_moved(healthy, batch_norm="trained") == everything


def test_second_phase_that_does_not_help_is_undone(healthy: str) -> None:
    """A ruinous rate leaves the first phase's answers as they were."""
    alone, _ = fitted(healthy, unfreeze="none", head_epochs=20)
    both, record = fitted(healthy, unfreeze="top", head_epochs=20, learning_rate=5.0)

    assert record.notes["below_undone"].startswith("weights of the first phase")
    np.testing.assert_allclose(both.predict_proba(X), alone.predict_proba(X), atol=1e-4)


def test_the_same_seed_gives_the_same_answers(healthy: str) -> None:
    """Bit for bit, whatever was trained in between."""
    one, _ = fitted(healthy)
    fitted(healthy, unfreeze="none", random_state=5)
    other, _ = fitted(healthy)

    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_values_can_be_predicted(healthy: str) -> None:
    """In the target's own units."""
    y = np.where(Y == 1, 50.0, 10.0)
    network = FineTuneRegressor(
        **{**QUICK, "weights": healthy, "unfreeze": "none", "head_epochs": 60}
    ).fit(X, y)

    assert np.abs(network.predict(X) - y).mean() < 12


@pytest.mark.parametrize(
    ("params", "error", "told"),
    [
        ({"size": 8}, NetworkParameterError, "size: expected an integer >= 32"),
        ({"batch_norm": "maybe"}, UnknownNameError, "unknown batch_norm 'maybe'"),
        ({"epochs": 0}, NetworkParameterError, "epochs: expected an integer >= 1"),
        ({"unfreeze": "none", "head_epochs": 0}, NetworkParameterError, "head_epochs: .* >= 1"),
        (
            {"learning_rate": -1},
            NetworkParameterError,
            "learning_rate: expected a finite number above 0",
        ),
        ({"backbone": "mobilnet"}, UnknownNameError, "did you mean 'mobilenet'"),
    ],
)
def test_wrong_parameters_are_told_while_planning(params: Any, error: Any, told: str) -> None:
    """Before weights are looked for."""
    with pytest.raises(error, match=told):
        FineTuneClassifier(**{**QUICK, **params}).prepare()


def test_unknown_layer_to_cut_at_is_told(healthy: str) -> None:
    """With those that are commonly cut at."""
    with pytest.raises(UnknownNameError, match=r"unknown layer 'conv_99'.*conv_pw_11_relu"):
        fitted(healthy, unfreeze="conv_99")


def test_targets_must_be_as_many_as_images() -> None:
    """Said before a network is built."""
    with pytest.raises(RowsError, match="expected as many targets as rows; got 3 for 24"):
        FineTuneClassifier(**QUICK, weights="random").fit(X, Y[:3])


def test_sources_tell_what_was_learned_from_what() -> None:
    """Frozen is pretrained or random, trained is fine-tuned or end to end."""
    found = {name: FineTuneClassifier.source_of(params) for name, params in STAGES.items()}

    assert found == {
        "frozen": "pretrained",
        "partial": "fine_tuned",
        "full": "fine_tuned",
        "random_frozen": "random",
        "from_scratch": "end_to_end",
    }


def test_study_holds_every_stage_against_the_frozen_one() -> None:
    """With more passes for the one that begins at nothing, where wanted."""
    variants = FineTuning(scratch_epochs=30).variants(None)  # type: ignore[arg-type]  not looked at

    assert [v.name for v in variants] == list(STAGES)
    assert {v.control for v in variants} == {"frozen"}
    assert variants[-1].params["epochs"] == 30
    with pytest.raises(ValueError, match="scratch_epochs: expected an integer >= 1; got 0"):
        FineTuning(scratch_epochs=0)


def test_from_scratch_trains_to_the_end_of_its_passes() -> None:
    """Its validation loss rises at first; patience of one pass would end it there."""
    record = TrainingRecord()
    params = QUICK | {"early_stopping": 1, "epochs": 4} | STAGES["from_scratch"]
    FineTuneClassifier(**params).fit(X, Y, validation=(X, 1 - Y), record=record)

    assert "after 4 epochs: all epochs done" in record.notes["below_stopped"]


def test_phases_without_a_record_keep_their_losses() -> None:
    """The second phase is judged by them whoever watches."""
    phase = Phases(None).begin("head")
    phase.epoch(validation_loss=2.0)
    phase.epoch(validation_loss=1.0)
    phase.count(n_updates=3)

    assert phase.best_loss == 1.0
