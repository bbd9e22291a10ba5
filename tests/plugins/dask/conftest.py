"""A real scheduler and two real workers on loopback, as processes, each with its own cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("distributed", reason="needs the extra dask")


@dataclass
class Cluster:
    """Processes of a Dask cluster."""

    folder: Path
    address: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    scheduler: subprocess.Popen[bytes] | None = None

    def start_scheduler(self) -> None:
        """Start it and learn its address."""
        file = self.folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", file)
        while not file.exists() or not file.read_text().strip():
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def start_worker(self) -> None:
        """Start a worker of one thread with a cache of its own."""
        name = f"w{len(self.workers)}"
        local = self.folder / "local"
        words = ("--nthreads", "1", "--no-nanny", "--name", name, "--local-directory", local)
        cache = str(self.folder / name)
        self.workers.append(self._start("worker", self.address, *words, BAKEOFF_CACHE=cache))

    def kill(self) -> None:
        """End every process without warning."""
        for process in filter(None, [self.scheduler, *self.workers]):
            process.kill()
            process.wait()

    def wait_for(self, n_workers: int) -> None:
        """Wait until so many workers are with the scheduler."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(n_workers, timeout=60)

    def _start(self, what: str, *words: object, **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1"]
        with (self.folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [*command, "--no-dashboard", *map(str, words)],
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start_scheduler()
        made.start_worker()
        made.start_worker()
        made.wait_for(2)
        yield made
    finally:
        made.kill()


@pytest.fixture
def another_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of the test's own, with nothing started yet."""
    made = Cluster(tmp_path / "cluster")
    made.folder.mkdir()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def start_bakeoff(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Start the command line as a process of its own; what it left running ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: object, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "bakeoff.cli", *map(str, words)],
            env={**os.environ, **env},
            cwd=tmp_path_factory.mktemp("cwd"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
