"""The deep-learning plugin keeps what `bakeoff.testing` asks of plugins, learners and methods."""

from typing import Any, ClassVar

import pytest

from bakeoff.testing import LearnerContract, PluginContract


class TestDeepPlugin(PluginContract):
    """Networks."""

    plugin = "deep"
    heavy = ("numpy", "pandas", "keras", "tensorflow", "jax")


@pytest.mark.slow
class TestDeepLearners(LearnerContract):
    """Every network, with three epochs."""

    plugin = "deep"
    params: ClassVar[dict[str, dict[str, Any]]] = {
        name: {"epochs": 3} for name in ("mlp", "cnn", "cnn1d", "rnn", "lstm", "gru")
    } | {name: {"epochs": 3, "filters": 4} for name in ("unet", "detector")}
