"""What the plugin offers, without importing what it needs; and a run through a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bakeoff.registry.manager import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = {"methods": {"mlp", "cnn", "cnn1d", "rnn", "lstm", "gru"}, "learners": {"mlp"}}
FEATURES = {"cnn_features", "lstm_features"}


def test_registering_imports_nothing_heavy(imported: Callable[[str], set[str]]) -> None:
    """A fresh process that loads every plugin holds no Keras, TensorFlow or scikit-learn."""
    modules = imported("from bakeoff.registry.manager import load_plugins; load_plugins()")

    assert modules.isdisjoint({"keras", "tensorflow", "sklearn", "bakeoff_keras"})


def test_networks_are_offered_under_their_names() -> None:
    """Each for classes and for values, with what it needs and the extra that adds it."""
    registry = load_plugins().registry
    for kind, names in NAMES.items():
        for name in names:
            found = registry.find(kind, name)

            assert len(found) == 2
            assert {c.extra for c in found} == {"deep"}
            assert {c.needs for c in found} == {("keras", "tensorflow")}


def test_features_of_networks_are_end_to_end() -> None:
    """Their source counts as learned, and a row's features depend on what was fitted."""
    registry = load_plugins().registry
    found = [registry.get("features", name) for name in sorted(FEATURES)]

    assert [(c.source, c.stateless) for c in found] == [("end_to_end", False)] * 2


def test_every_registered_network_can_be_loaded() -> None:
    """Import strings lead to classes whose constructors take the seed."""
    pytest.importorskip("keras", reason="needs the extra deep")
    pytest.importorskip("tensorflow", reason="needs the extra deep")
    registry = load_plugins().registry
    for kind, names in NAMES.items():
        for name in names:
            for component in registry.find(kind, name):
                assert component.load()(random_state=1).get_params()["random_state"] == 1


def test_a_suite_trains_networks_in_a_worker(
    bench: Callable[..., object], suite_file: Callable[..., Path]
) -> None:
    """A learner, a method under study, and a learner that diverges; arrays are kept."""
    pytest.importorskip("keras", reason="needs the extra deep")
    pytest.importorskip("tensorflow", reason="needs the extra deep")
    from bakeoff.store.database import read_run

    fast = {"features": "numbers", "learner": "mlp", "params": {"epochs": 3}}
    wild = {"epochs": 3, "learning_rate": 1e30, "optimizer": "sgd"}
    path = suite_file(
        tasks=["tiny", {"dataset": "early_signal", "length": 16, "n_rows": 60}],
        methods=[fast, "rnn*", {**fast, "name": "wild", "params": wild}],
        studies=[{"study": "gradient_flow", "lengths": [4, 8]}],
        protocol={"split": "holdout", "repeats": 1},
    )
    bench("run", str(path), "--out", "run", "--no-report")
    run = read_run("run")
    done = run.trials[run.trials["state"] != "skipped"].set_index(["method", "variant"])

    assert done["state"].to_dict() == {
        ("numbers+mlp", "default"): "complete",
        ("wild", "default"): "diverged",
        ("rnn", "default"): "complete",
        ("rnn", "steps=4"): "complete",
        ("rnn", "steps=8"): "complete",
    }
    assert done.loc[("numbers+mlp", "default"), "n_epochs"] == 3
    assert done.loc[("numbers+mlp", "default"), "compile_s"] > 0
    assert run.training(done.loc[("rnn", "steps=8"), "trial"])["gradient_end"].shape == (8,)
    assert run.training(done.loc[("rnn", "default"), "trial"]) == {}
