"""Which subsets of a run have a leaderboard of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff_report.blocks import Board
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.standings import standings
from bakeoff_report.model.subsets import Subset, subsets
from bakeoff_report.sections import leaderboard

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

TASKS = (("wine", "table"), ("diabetes", "table"), ("digits", "image"))


def board_of(context: ReportContext) -> Board:
    """The leaderboard's first block."""
    section = leaderboard.section(context)
    assert section is not None
    board = section.blocks[0]
    assert isinstance(board, Board)
    return board


def test_problem_types_come_before_kinds_and_sources(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Everything first; a single device is no choice."""
    found = subsets(ReportContext.of([make_run(tasks=TASKS)], registry))

    assert [(s.group, s.value) for s in found] == [
        ("", ""),
        ("Problem type", "binary"),
        ("Problem type", "regression"),
        ("Input kind", "table"),
        ("Input kind", "image"),
        ("Source", "constant"),
        ("Source", "raw"),
        ("Source", "random"),
        ("Source", "manual"),
    ]
    assert [s.tasks for s in found[:4]] == [
        ("wine", "diabetes", "digits"),
        ("wine", "digits"),
        ("diabetes",),
        ("wine", "diabetes"),
    ]


def test_one_kind_and_one_source_leave_no_choice(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """The board of everything alone, which has nothing to choose."""
    run = make_run(tasks=TASKS[:1])
    raw = replace(run, trials=run.trials[run.trials["source"] == "raw"])
    context = ReportContext.of([raw], registry)

    assert [(s.group, s.tasks) for s in subsets(context)] == [("", ("wine",))]
    assert [view.label for view in board_of(context).views] == ["All tasks and methods"]


def test_a_source_is_ranked_over_the_tasks_that_it_has_scores_on(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Its methods have ranks, though none has a score on every task of the run."""
    run = make_run(tasks=TASKS)
    absent = (run.trials["source"] == "manual") & (run.trials["task"] != "digits")
    context = ReportContext.of([replace(run, trials=run.trials[~absent])], registry)
    (manual,) = (s for s in subsets(context) if s.value == "manual")

    assert manual.tasks == ("digits",)
    assert manual.methods == ("manual+logistic", "manual+xgboost")
    board = standings(context, manual.tasks, manual.methods)
    assert [s.is_whole for s in board] == [True, True]


def test_a_board_like_that_of_everything_is_left_out(
    make_run: Callable[..., StoredRun], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of a device on which everything ran."""
    context = ReportContext.of([make_run(tasks=TASKS)], registry)
    whole = subsets(context)[0]
    same = Subset(group="Device", value="cpu", tasks=whole.tasks, device="cpu")
    before = board_of(context)
    monkeypatch.setattr(leaderboard, "subsets", lambda context: [*subsets(context), same])

    assert board_of(context) == before


def test_long_boards_are_cut_where_they_are_many(
    make_run: Callable[..., StoredRun], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of everything is whole; the others keep their first rows, and say how many they lack."""
    methods = tuple((f"raw{i:02}", "raw", "raw", "logistic") for i in range(30))
    run = make_run(tasks=TASKS, methods=(*methods, ("constant", "constant", "", "constant")))
    context = ReportContext.of([run], registry)
    monkeypatch.setattr(leaderboard, "MOST_CELLS", 1000)
    whole, *others = board_of(context).views

    assert len(whole.table.rows) == 31
    rows = {view.label: len(view.table.rows) for view in others}
    assert rows.pop("constant") == 1
    assert len(set(rows.values())) == 1
    most = rows["raw"]
    assert 10 < most < 30
    assert others[0].table.note.startswith(f"{31 - most} more rows left out here")
    cells = sum(len(view.table.rows) * len(view.table.columns) for view in others)
    assert 1000 - 5 * 10 < cells <= 1000  # one row more of five boards does not fit
