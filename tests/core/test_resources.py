"""Disk space and GPU memory that processes take; NVML is replaced, so that no GPU is needed."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.execution.supervisor import Worker
from bakeoff.execution.worker_key import Key
from bakeoff.plan.trials import make_plan
from bakeoff.processes import resources
from bakeoff.processes.resources import disk_mib, empty_folder, gpu_mib
from bakeoff.registry.manager import load_plugins
from bakeoff.suite.schema import load_suite
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 2**20


class NVMLError(Exception):
    """What NVML raises."""


class FakeNvml:
    """NVML as far as it is used: who holds how much on each GPU.

    `later` is what the first process of the first GPU holds at the calls that follow, in MiB.
    """

    NVMLError = NVMLError
    __spec__ = object()  # what `find_spec` looks for

    def __init__(self, *gpus: dict[int, int | None], broken: str = "") -> None:
        self.gpus = gpus
        self.broken = broken
        self.later: list[int] = []

    def nvmlInit(self) -> None:  # noqa: N802  NVML's spelling
        """Fail if told to."""
        self._fail("init")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802  NVML's spelling
        """Number of GPUs."""
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802  NVML's spelling
        """The handle is the index."""
        return index

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[Any]:  # noqa: N802  NVML's spelling
        """Who holds how many bytes."""
        self._fail("processes")
        told = [SimpleNamespace(pid=p, usedGpuMemory=n) for p, n in self.gpus[handle].items()]
        if self.later:
            self.gpus[handle][next(iter(self.gpus[handle]))] = self.later.pop(0) * MIB
        return told

    def _fail(self, call: str) -> None:
        if self.broken == call:
            raise NVMLError


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakeNvml]]:
    """Put an NVML in place."""

    def install(*gpus: dict[int, int | None], broken: str = "") -> FakeNvml:
        fake = FakeNvml(*gpus, broken=broken)
        resources.nvml.cache_clear()
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        return fake

    yield install
    resources.nvml.cache_clear()


def test_memory_of_a_tree_is_summed_over_gpus(nvml: Callable[..., FakeNvml]) -> None:
    """Another user's process does not count."""
    nvml({1: 100 * MIB, 2: 30 * MIB, 9: 5000 * MIB}, {2: 7 * MIB})

    assert gpu_mib({1, 2, 3}) == 137.0


@pytest.mark.parametrize("broken", ["init", "processes"])
def test_library_that_fails_measures_nothing(nvml: Callable[..., FakeNvml], broken: str) -> None:
    """A machine without a driver has the library but no answer."""
    nvml({1: MIB}, broken=broken)

    assert gpu_mib({1}) is None


def test_process_that_is_not_listed_measures_nothing(nvml: Callable[..., FakeNvml]) -> None:
    """Nothing is told apart from zero: a container may hide who is who."""
    nvml({1: MIB, 2: None})

    assert gpu_mib({2, 3}) is None


def test_row_of_a_gpu_trial_holds_its_peak(
    nvml: Callable[..., FakeNvml], suite_file: Callable[..., Path], tmp_path: Path
) -> None:
    """The supervisor samples the worker's processes while the trial runs."""
    registry = load_plugins().registry
    slow = {"features": "numbers", "learner": "sleeper", "params": {"seconds": 0.3}}
    plan = make_plan(load_suite(str(suite_file(methods=[slow])), registry, []), registry)
    trial = replace(plan.trials[0], device="gpu")
    prepared = plan.tasks["tiny"].prepared
    assert prepared is not None
    worker = Worker(Key.of(trial), tmp_path)
    fake = nvml({worker.pid: 100 * MIB, os.getpid(): 900 * MIB})
    fake.later = [300, 200]
    worker.hand(Job(trial=trial, prepared=prepared, artifacts=str(tmp_path), scratch=str(tmp_path)))
    while (result := worker.poll()) is None:
        time.sleep(0.02)
    worker.end()

    assert result.state == "complete"
    assert result.peak_gpu_mib == 300.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of a mebibyte, one of them deep down, and links to what lies elsewhere."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for path in ("in/file", "in/deep/file", "out"):
        (tmp_path / path).write_bytes(os.urandom(2**20))
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "parent").symlink_to(tmp_path)
    return tmp_path / "in"


def test_files_of_all_folders_count_and_links_lead_nowhere(folder: Path) -> None:
    """Two mebibytes and at most a few blocks."""
    assert 2 <= disk_mib(folder) < 2.1


def test_hole_in_a_file_takes_no_space(tmp_path: Path) -> None:
    """A file that says it has a tebibyte."""
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(2**40)

    assert disk_mib(tmp_path) < 1


def test_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """It may be removed between two looks."""
    assert disk_mib(tmp_path / "none") == 0


def test_emptied_folder_stays_and_what_links_lead_to_as_well(folder: Path) -> None:
    """Only what lies in it goes."""
    empty_folder(folder)

    assert list(folder.iterdir()) == []
    assert (folder.parent / "out").is_file()
