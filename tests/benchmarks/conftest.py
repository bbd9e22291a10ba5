"""Benchmarks are collected only when asked for with `--benchmark-only`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks out of an ordinary run of the tests."""
    asked = config.getoption("benchmark_only", default=False)
    return None if asked or collection_path.name == "benchmarks" else True
