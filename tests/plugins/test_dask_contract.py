"""The Dask plugin keeps what `bakeoff.testing` asks of plugins and executors."""

import pytest

from bakeoff.testing import ExecutorContract, PluginContract


class TestDaskPlugin(PluginContract):
    """The executor for a cluster."""

    plugin = "dask"
    heavy = ("numpy", "pandas", "dask", "distributed")


@pytest.mark.slow
class TestDaskExecutor(ExecutorContract):
    """A cluster started on this machine."""

    name = "dask"
