"""Frozen features: what is shared, what is told, and who is random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.errors import UnknownNameError
from bakeoff_keras.errors import NetworkParameterError
from bakeoff_pretrained.features import ApplicationFeatures, MobileNetFeatures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("keras", reason="needs the extra pretrained")

X = np.random.default_rng(3).integers(0, 256, (11, 20, 24, 3), dtype=np.uint8)
RANDOM: dict[str, Any] = {"weights": "random", "size": 32, "batch": 4}


@pytest.fixture(scope="module")
def features() -> MobileNetFeatures:
    """A small random network, built once."""
    made = MobileNetFeatures(**RANDOM)
    made.warm_up()
    return made


def test_features_are_the_mean_over_places_of_the_last_layer(features: MobileNetFeatures) -> None:
    """The second implementation calls the backbone on images that Keras's function scaled."""
    import keras
    from PIL import Image

    pictures = [Image.fromarray(x).resize((32, 32), Image.Resampling.BILINEAR) for x in X]
    shown = np.stack([np.asarray(p) for p in pictures]).astype(np.float32)
    scaled = keras.applications.mobilenet.preprocess_input(shown)
    maps = np.asarray(features.network_.model(scaled, training=False))

    np.testing.assert_allclose(features.transform(X), maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-5)


def test_an_images_features_do_not_depend_on_its_batch(features: MobileNetFeatures) -> None:
    """Bit for bit, in whatever order and number: splits share them."""
    whole = features.transform(X)
    order = np.random.default_rng(1).permutation(len(X))

    np.testing.assert_array_equal(features.transform(X[order]), whole[order])
    np.testing.assert_array_equal(features.transform(X[5:6]), whole[5:6])


def test_what_was_done_to_images_is_told(features: MobileNetFeatures) -> None:
    """Size and channels are never changed silently, random weights are labelled."""
    features.transform(X[..., :1])
    told = features.notes_

    assert told["images"] == (
        "20 x 24 grey, grey in all three channels, resized to 32 x 32, RGB in [-1, 1]"
    )
    assert told["weights"] == "random weights, drawn from seed 0, nothing learned"
    assert told["layer"] == "conv_pw_13_relu: avg over places"
    assert int(told["backbone_parameters"]) == 3_228_864


def test_operations_are_those_of_the_architecture(features: MobileNetFeatures) -> None:
    """569 million multiply-adds at 224 x 224 with the head, as its authors count."""
    features.transform(X[:1])
    counted = int(features.notes_["backbone_flops"].split(":")[0])
    published = 2 * (569e6 - 1024 * 1000) * (32 / 224) ** 2

    assert counted == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize(("pooling", "n_features"), [("max", 512), ("flat", 512 * 4)])
def test_other_layers_and_poolings_can_be_read(pooling: str, n_features: int) -> None:
    """At a layer in the middle, 2 x 2 places of 512 channels."""
    made = MobileNetFeatures(**RANDOM, layer="conv_pw_11_relu", pooling=pooling)

    assert made.fit(X[:2]).transform(X[:2]).shape == (2, n_features)


def test_random_weights_depend_on_their_seed_alone() -> None:
    """Repeats share them, as they share pretrained ones."""
    one, same, other = (
        MobileNetFeatures(**RANDOM, seed=seed).transform(X[:2]) for seed in (0, 0, 1)
    )

    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_any_network_of_keras_can_be_named() -> None:
    """With the scaling that its own module has."""
    made = ApplicationFeatures(application="MobileNetV3Small", **RANDOM)

    assert made.prepare().fingerprint == "random 0"
    assert made.fit(X[:2]).transform(X[:2]).shape == (2, 576)


@pytest.mark.parametrize(
    ("params", "error", "told"),
    [
        (
            {"size": 31},
            NetworkParameterError,
            "size: expected an integer >= 32, the least that mobilenet",
        ),
        ({"size": 40.5}, NetworkParameterError, r"size: .*got 40\.5"),
        ({"pooling": "mean"}, UnknownNameError, "unknown pooling 'mean'"),
        ({"batch": 0}, NetworkParameterError, "batch: expected an integer >= 1; got 0"),
        ({"weights": 3}, NetworkParameterError, "weights: expected imagenet, random or the path"),
    ],
)
def test_wrong_parameters_are_told_while_planning(params: Any, error: Any, told: str) -> None:
    """Before weights are looked for."""
    with pytest.raises(error, match=told):
        MobileNetFeatures(**{**RANDOM, **params}).prepare()


def test_unknown_layer_names_those_commonly_read() -> None:
    """Not all eighty."""
    with pytest.raises(UnknownNameError, match=r"unknown layer 'conv_9'.*conv_pw_13_relu"):
        MobileNetFeatures(**RANDOM, layer="conv_9").transform(X[:2])


@pytest.mark.slow
def test_suite_shares_features_between_learners_and_repeats(
    bench: Callable[..., Any], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """One trial computes, the others reuse; random weights are of source random."""
    from bakeoff.store.database import read_run

    method = {"features": "mobilenet", "params": {"features__weights": "random", "size": 32}}
    path = suite_file(
        tasks=[{"dataset": "digits", "train_limit": 60, "test_limit": 40}],
        methods=[
            {"name": name, "learner": name, **method} for name in ("logistic", "nearest_neighbours")
        ],
        protocol={"split": "holdout", "repeats": 2},
    )
    bench("run", str(path), "--no-report", "--workers", "1").assert_success()
    run = read_run(tmp_path / "runs" / "small")
    by_place = run.trials.set_index(["method", "repeat"])
    told = dict(run.notes[["name", "value"]].to_numpy())

    assert by_place["reused_featurize"].to_dict() == {
        ("logistic", 0): False,
        ("nearest_neighbours", 0): True,
        ("logistic", 1): False,  # other rows are drawn: those that the first lacked are made
        ("nearest_neighbours", 1): True,
    }
    assert set(by_place["source"]) == {"random"}
    assert told["weights"].startswith("random weights")
