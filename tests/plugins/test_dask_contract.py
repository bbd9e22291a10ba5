"""The Dask plugin keeps what `bakeoff.testing` asks of plugins and executors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from bakeoff.execution.executors import Options
from bakeoff.testing import ExecutorContract, PluginContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestDaskPlugin(PluginContract):
    """The executor for a cluster."""

    plugin = "dask"
    heavy = ("numpy", "pandas", "dask", "distributed")


@pytest.mark.slow
class TestDaskExecutor(ExecutorContract):
    """One cluster for all tests: it takes longer to start than they do."""

    name = "dask"
    _address: ClassVar[str] = ""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _cluster(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        """Two Dask workers with a cache of their own, met by address."""
        pytest.importorskip("distributed", reason="needs the extra dask")
        from bakeoff_dask.cluster import start_local

        earlier = os.environ.get("BAKEOFF_CACHE")
        os.environ["BAKEOFF_CACHE"] = str(tmp_path_factory.mktemp("theirs"))
        cluster = start_local(cls.workers)
        cls._address = cluster.scheduler_address
        if earlier is None:
            del os.environ["BAKEOFF_CACHE"]
        else:
            os.environ["BAKEOFF_CACHE"] = earlier
        yield
        cluster.close(timeout=60)

    def executor(self, scratch: Path) -> Any:
        """As `--scheduler` makes it."""
        from bakeoff_dask.executor import DaskExecutor

        return DaskExecutor(
            Options(scratch=scratch, workers=self.workers, threads=1, scheduler=self._address)
        )


@pytest.mark.slow
def test_executor_without_an_address_starts_and_ends_a_cluster(tmp_path: Path) -> None:
    """On this machine alone."""
    pytest.importorskip("distributed", reason="needs the extra dask")
    from bakeoff_dask.executor import DaskExecutor

    executor = DaskExecutor(Options(scratch=tmp_path, workers=1, threads=1))
    n_workers, found = executor.workers, list(executor.run([], lambda _: None))
    executor.close()

    assert (n_workers, found) == (1, [])
