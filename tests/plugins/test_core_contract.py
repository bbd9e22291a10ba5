"""What the core itself offers keeps the contracts that it asks of plugins."""

from bakeoff.testing import ExecutorContract, MetricContract


class TestCoreMetrics(MetricContract):
    """Every metric of classification and regression."""

    plugin = "builtin"


class TestLocalExecutor(ExecutorContract):
    """Supervised processes on this machine."""

    name = "local"
