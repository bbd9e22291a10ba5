"""Fixtures for tests of the core: suites planned, and the program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.plan import Plan
    from bakeoff.plugins import Plugins


@pytest.fixture(scope="session")
def plan_of(write_suite: Callable[..., Path], plugins: Plugins) -> Callable[..., Plan]:
    """Plan a suite; keys given replace those of a small one that works."""
    from bakeoff.plan import make_plan
    from bakeoff.suite import load_suite

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
