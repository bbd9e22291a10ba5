"""Methods ranked over tasks, of which some lack scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.standings import standings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun


def test_a_constant_that_alone_has_every_task_is_no_leader(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Networks are each made for one kind of input; the constant is not the winner for that."""
    run = make_run()
    lines = run.trials
    first, second, *_ = sorted(set(lines["task"]))
    whole = lines["method"].str.contains("constant")
    halves = lines["method"].isin(sorted(set(lines["method"]))[::2])
    kept = whole | (halves & (lines["task"] == first)) | (~halves & (lines["task"] == second))
    context = ReportContext.of([replace(run, trials=lines[kept])], registry)
    board = standings(context, [first, second])

    assert not any(standing.is_whole for standing in board)
    assert "constant" not in board[0].method
