"""The plugin of pretrained networks keeps what `bakeoff.testing` asks of plugins and features."""

from typing import Any, ClassVar

import pytest

from bakeoff.testing import FeaturesContract, LearnerContract, PluginContract

RANDOM = {"weights": "random", "size": 32}


class TestPretrainedPlugin(PluginContract):
    """Frozen and fine-tuned networks."""

    plugin = "pretrained"
    heavy = ("numpy", "pandas", "keras", "tensorflow", "jax", "h5py")


@pytest.mark.slow
class TestPretrainedFeatures(FeaturesContract):
    """Every frozen network, with random weights, which need no download."""

    plugin = "pretrained"
    params: ClassVar[dict[str, dict[str, Any]]] = dict.fromkeys(
        ("vgg16", "vgg19", "mobilenet", "mobilenet_v2", "mobilenet_v3"), RANDOM
    ) | {
        "inception_v3": {"weights": "random", "size": 75},
        "application": RANDOM | {"application": "MobileNet"},
    }


@pytest.mark.slow
class TestFineTuning(LearnerContract):
    """The fine-tuned network, from random weights."""

    plugin = "pretrained"
    params: ClassVar[dict[str, dict[str, Any]]] = {
        "fine_tune": {**RANDOM, "head_epochs": 2, "epochs": 2}
    }
