"""Fixtures for every test: suites written and planned, the program in this or its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins

STANDINS = Path(__file__).parent / "standins"
sys.path.insert(0, str(STANDINS))
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(STANDINS), *filter(None, [os.environ.get("PYTHONPATH")])]
)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell script
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or programs under test ignore it too


SMALL = {
    "name": "small",
    "tasks": ["tiny"],
    "methods": ["numbers+majority", "numbers+nearestmean"],
    "protocol": {"split": "holdout", "repeats": 2},
}


@dataclass(frozen=True)
class Outcome:
    """How a call of the command line ended."""

    code: int
    out: str
    err: str

    def assert_success(self) -> Outcome:
        """Fail the test, showing what was printed, unless the exit code is 0."""
        assert self.code == 0, f"exit code {self.code}\n{self.out}\n{self.err}"
        return self


@pytest.fixture(scope="session", autouse=True)
def _shared_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the user's own cache out of the tests; downloads stay where `$BAKEOFF_CACHE` says."""
    os.environ.setdefault("BAKEOFF_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def plugins(_shared_cache: None) -> Plugins:
    """What every plugin offers, the stand-ins included."""
    from bakeoff.registry.manager import load_plugins

    return load_plugins()


@pytest.fixture(scope="session")
def write_suite(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a suite into a folder of its own; keys given replace those of a small one."""

    def write(**changes: Any) -> Path:
        path = tmp_path_factory.mktemp("suite") / "suite.yaml"
        path.write_text(yaml.safe_dump(SMALL | changes, sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def plan_of(write_suite: Callable[..., Path], plugins: Plugins) -> Callable[..., Plan]:
    """Plan a suite; keys given replace those of a small one that works."""
    from bakeoff.plan.trials import make_plan
    from bakeoff.suite.schema import load_suite

    def plan(*overrides: str, **changes: Any) -> Plan:
        loaded = load_suite(str(write_suite(**changes)), plugins.registry, overrides)
        return make_plan(loaded, plugins.registry)

    return plan


@pytest.fixture(scope="session")
def program() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a process of its own, with its output caught."""

    def run(
        *words: object, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bakeoff.cli", *map(str, words)],
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def imported() -> Callable[[str], set[str]]:
    """Run code in a fresh process and tell the modules that it imports."""

    def run(code: str) -> set[str]:
        code = f"{code}\nimport sys\nprint(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return set(done.stdout.split())

    return run


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run the command line in this process, in a folder of the test's own."""
    from bakeoff.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return run


@pytest.fixture
def suite_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a suite; keys given replace those of a small one that works."""

    def write(name: str = "suite.yaml", **changes: Any) -> Path:
        path = tmp_path / name
        path.write_text(yaml.safe_dump(SMALL | changes, sort_keys=False), encoding="utf-8")
        return path

    return write


class NoDriverError(Exception):
    """What NVML raises without a driver."""


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Let NVML tell of some GPUs."""

    def install(number: int) -> None:
        from types import SimpleNamespace

        fake = SimpleNamespace(
            __spec__=object(),
            NVMLError=NoDriverError,
            nvmlInit=lambda: None,
            nvmlShutdown=lambda: None,
            nvmlDeviceGetCount=lambda: number,
            nvmlDeviceGetHandleByIndex=lambda index: index,
            nvmlDeviceGetName=lambda handle: f"GPU {handle}",
            nvmlDeviceGetComputeRunningProcesses=lambda _: [],
        )
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        forget()

    def forget() -> None:
        from bakeoff.processes import resources
        from bakeoff.provenance import environment

        environment.gpus.cache_clear()
        resources.nvml.cache_clear()

    yield install
    forget()
