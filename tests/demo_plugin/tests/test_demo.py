"""The demo plugin keeps bakeoff's contracts: this is a plugin's whole test."""

import pytest

pytest.importorskip("bakeoff_demo")

from bakeoff.testing import (
    DatasetContract,
    FeaturesContract,
    LearnerContract,
    MetricContract,
    PluginContract,
)


class TestDemoPlugin(PluginContract):
    """Everything that it offers."""

    plugin = "demo"


class TestDemoDatasets(DatasetContract):
    """The ramps."""

    plugin = "demo"


class TestDemoFeatures(FeaturesContract):
    """The slope."""

    plugin = "demo"


class TestDemoLearners(LearnerContract):
    """The midpoint, and the method that is built on it."""

    plugin = "demo"


class TestDemoMetrics(MetricContract):
    """Specificity."""

    plugin = "demo"
