"""How long the report of 50,000 trials takes, with full statistics: at most 10 s and 2 MB.

Run with: pytest tests/benchmarks/test_report.py --benchmark-only
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bakeoff_standins.synthetic import write_store

import bakeoff
from bakeoff_report.page.write import write_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.registry.manager import Plugins

BASELINE = "report of 1,000 trials"
LARGE = "report of 50,000 trials"
SIZES = {
    BASELINE: {"n_methods": 20, "n_tasks": 10, "n_repeats": 5},
    LARGE: {"n_methods": 100, "n_tasks": 50, "n_repeats": 10},
}
MOST_BYTES = 2_000_000


@pytest.mark.benchmark(group="report")
@pytest.mark.parametrize("name", SIZES)
def test_report(
    benchmark: Any, plugins: Plugins, tmp_path: Path, tell: Callable[..., None], name: str
) -> None:
    """What every report takes, charts included; then of a hundred methods on fifty tasks."""
    write_store(tmp_path / "run", **SIZES[name])

    def report() -> Path:
        run = bakeoff.read_run(tmp_path / "run")
        return write_report([run], tmp_path / "r.html", plugins.registry)

    page = benchmark.pedantic(report, rounds=2, warmup_rounds=int(name == BASELINE))

    assert page.stat().st_size < MOST_BYTES
    tell(
        name,
        benchmark.stats.stats.min,
        baseline=BASELINE if name == LARGE else "",
        budget="Budget: 10 s and 2 MB.",
    )
