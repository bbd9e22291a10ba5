"""Benchmarks: collected only when asked for, each told as a ratio to a named baseline.

Run with: pytest tests/benchmarks --benchmark-only
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml

from bakeoff.plan.trials import make_plan
from bakeoff.suite.schema import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins

_seconds: dict[str, float] = {}
_lines: list[str] = []


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks out of an ordinary run of the tests."""
    asked = config.getoption("benchmark_only", default=False)
    return None if asked or collection_path.name == "benchmarks" else True


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each ratio below the table."""
    for line in _lines:
        terminalreporter.write_line(line)


@pytest.fixture
def tell() -> Callable[..., None]:
    """Keep what a benchmark took, and tell its ratio to the baseline if that ran before."""

    def keep(name: str, seconds: float, *, baseline: str = "", budget: str = "") -> None:
        _seconds[name] = seconds
        base = _seconds.get(baseline)
        if base is None:
            return
        _lines.append(
            f"{name}: {seconds:.4f} s; {baseline}: {base:.4f} s; ratio {seconds / base:.2f}, "
            f"difference {(seconds - base) * 1000:.1f} ms. {budget} "
            f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
        )

    return keep


@pytest.fixture(scope="session")
def texts() -> np.ndarray:
    """The Brown corpus."""
    from bakeoff_embeddings import pins
    from bakeoff_embeddings.corpora import read_corpus

    if not pins.BROWN.is_cached():
        pytest.skip(f"{pins.BROWN.title} is not cached")
    joined = [" ".join(words) for words in read_corpus("brown").sentences]
    return np.array(joined, dtype=object)


@pytest.fixture(scope="session")
def plan_of(plugins: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Plan]:
    """Plan a suite given as a mapping."""

    def plan(**suite: Any) -> Plan:
        path = tmp_path_factory.mktemp("suite") / "suite.yaml"
        path.write_text(yaml.safe_dump({"name": "benchmark"} | suite), encoding="utf-8")
        return make_plan(load_suite(str(path), plugins.registry, []), plugins.registry)

    return plan
