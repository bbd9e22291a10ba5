"""How soon the command line answers: `--help` in 0.3 s, `list methods` in 0.6 s.

Run with: pytest tests/benchmarks/test_startup.py --benchmark-only
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PYTHON = "python that does nothing"
CALLS = {
    PYTHON: (["-c", "pass"], ""),
    "bakeoff --help": (["-m", "bakeoff.cli", "--help"], "Budget: 0.3 s."),
    "bakeoff list methods": (["-m", "bakeoff.cli", "list", "methods"], "Budget: 0.6 s."),
}


@pytest.mark.benchmark(group="start of the command line")
@pytest.mark.parametrize("name", list(CALLS))
def test_start(benchmark: Any, name: str, tell: Callable[..., None]) -> None:
    """A process of its own, from its start to its end."""
    words, budget = CALLS[name]

    def call() -> None:
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)

    benchmark.pedantic(call, rounds=7, warmup_rounds=1)
    tell(name, benchmark.stats.stats.min, baseline=PYTHON if budget else "", budget=budget)
