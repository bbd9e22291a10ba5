"""Contract suites that plugins inherit: a plugin's whole test is a subclass of a few lines.

>>> from bakeoff.testing import PluginContract
>>> class TestDemoPlugin(PluginContract):
...     plugin = "demo"
...     heavy = ("numpy", "sklearn")

Run it with pytest in an environment where the plugin is installed. This package alone needs
pytest; nothing else of bakeoff imports it.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"bakeoff.testing.{name}"
        for name in (
            "base",
            "clusterers",
            "datasets",
            "estimators",
            "executors",
            "features",
            "learners",
            "metrics",
            "plugin",
            "studies",
            "times",
        )
    )
)

from bakeoff.testing.clusterers import ClustererContract  # noqa: E402  after asserts are prepared
from bakeoff.testing.datasets import DatasetContract  # noqa: E402
from bakeoff.testing.estimators import EstimatorContract  # noqa: E402
from bakeoff.testing.executors import ExecutorContract  # noqa: E402
from bakeoff.testing.features import FeaturesContract  # noqa: E402
from bakeoff.testing.learners import LearnerContract, MethodContract  # noqa: E402
from bakeoff.testing.metrics import MetricContract  # noqa: E402
from bakeoff.testing.plugin import PluginContract  # noqa: E402
from bakeoff.testing.studies import StudyContract  # noqa: E402

__all__ = [
    "ClustererContract",
    "DatasetContract",
    "EstimatorContract",
    "ExecutorContract",
    "FeaturesContract",
    "LearnerContract",
    "MethodContract",
    "MetricContract",
    "PluginContract",
    "StudyContract",
]
