"""The first screen: who wins, by how much, how surely, at what cost; and the findings below."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bakeoff_report.blocks import Board, Finding, Placed, Section, Table, walk
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.figures.lines import curves
from bakeoff_report.figures.text_width import width
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.findings import shown_findings
from bakeoff_report.page.templating import breakable, coded
from bakeoff_report.sections import leaderboard, winners

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.blocks import Cell

    Make = Callable[..., StoredRun]

TWO = (("digits", "image"), ("wine", "table"))


def rows_of(context: ReportContext) -> list[dict[str, Cell]]:
    """Cells of the table by the title of their column."""
    section = winners.section(context)
    assert section is not None
    (table,) = [block for block in walk(section.blocks) if isinstance(block, Table)]
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def test_a_clear_winner_is_told_from_one_that_ties(make_run: Make, registry: Registry) -> None:
    """Manual and XGBoost stand a point above manual and logistic: clear without noise alone."""
    quiet = rows_of(ReportContext.of([make_run(tasks=TWO, noise=1e-4, repeats=8)], registry))
    loud = rows_of(ReportContext.of([make_run(name="b", tasks=TWO, noise=0.2)], registry))

    assert {row["Highest"].text for row in quiet} == {"manual+xgboost"}
    assert {row["Highest"].sub for row in loud} <= {f"tied with {n} others" for n in range(2, 5)}
    assert all(row["Ahead of the next"].sub.startswith("[") for row in (*quiet, *loud))


def test_a_constant_never_wins_and_one_method_has_no_rival(
    make_run: Make, registry: Registry
) -> None:
    """A method below guessing still leads, with nothing ahead of and nobody behind it."""
    run = make_run(tasks=TWO[:1])
    kept = run.trials["method"].isin(["constant", "raw+logistic"])
    trials = run.trials[kept].copy()
    trials.loc[trials["method"] == "raw+logistic", "test_score"] = 0.3
    (row,) = rows_of(ReportContext.of([replace(run, trials=trials)], registry))

    assert (row["Highest"].text, row["Highest"].sub) == ("raw+logistic", "without a rival")
    assert row["Ahead of the next"].text == "\N{EN DASH}"


def test_a_faster_method_that_is_nearly_as_good_is_named(
    make_run: Make, registry: Registry
) -> None:
    """XGBoost takes four times as long as the logistic head that it ties with."""
    run = make_run(tasks=TWO[:1])
    trials = run.trials[run.trials["source"].isin(["constant", "manual"])].copy()
    slow, fast = (trials["method"] == f"manual+{name}" for name in ("xgboost", "logistic"))
    ahead = [0.004, -0.002, 0.004, -0.002, 0.004]
    trials.loc[slow, "test_score"] = trials.loc[fast, "test_score"].to_numpy() + ahead
    trials["featurize_s"] = 0.0
    seconds = trials.pivot_table(index="repeat", columns="method", values="fit_s")
    ratios = sorted(seconds["manual+xgboost"] / seconds["manual+logistic"])
    (row,) = rows_of(ReportContext.of([replace(run, trials=trials)], registry))

    told = f"{ratios[2]:.1f} [{ratios[0]:.1f}, {ratios[4]:.1f}] (93.8 %) times as fast"
    assert row["Nearly as good, and faster"].text == "manual+logistic"
    assert row["Nearly as good, and faster"].sub.endswith(told)


def test_many_tasks_are_told_by_kind(make_run: Make, registry: Registry) -> None:
    """Nine tasks of two kinds: a row over all and one for each, on the normalised scale."""
    tasks = tuple((f"t{i}", ("table", "image")[i % 2]) for i in range(9))
    rows = rows_of(ReportContext.of([make_run(tasks=tasks, repeats=3)], registry))

    told = [(row["Tasks"].text, row["Tasks"].sub) for row in rows]
    assert told == [("All kinds", "9 tasks"), ("Tables", "5 tasks"), ("Images", "4 tasks")]


def test_without_a_constant_the_lead_is_told_all_the_same(
    make_run: Make, registry: Registry
) -> None:
    """The difference needs no normalised scale."""
    run = make_run(tasks=TWO[:1])
    trials = run.trials[run.trials["source"] != "constant"]
    (row,) = rows_of(ReportContext.of([replace(run, trials=trials)], registry))

    means = trials.groupby("method")["test_score"].mean().sort_values()
    assert row["Ahead of the next"].text == f"+{100 * (means.iloc[-1] - means.iloc[-2]):.1f} points"


def test_where_no_method_has_every_task_the_board_begins_with_a_kind(
    make_run: Make, registry: Registry
) -> None:
    """A table of dashes would be the first that a reader sees."""
    run = make_run(tasks=TWO)
    images = run.trials["method"].str.startswith("raw") & (run.trials["task"] == "digits")
    tables = run.trials["method"].str.startswith("manual") & (run.trials["task"] == "wine")
    constant = run.trials["source"] == "constant"
    context = ReportContext.of(
        [replace(run, trials=run.trials[images | tables | constant])], registry
    )
    section = leaderboard.section(context)

    assert section is not None
    board = section.blocks[0]
    assert isinstance(board, Board)
    view = board.views[board.start]
    assert (view.group, view.label) in [("Input kind", "Images"), ("Input kind", "Tables")]
    assert board.table.caption.startswith(view.label)
    assert board.shown[0] == (board.start, view)
    assert board.views[0].summary.endswith(
        "no ranks, since no two methods have a score on every task"
    )
    assert [cell.text for cell in board.table.rows[0]][1] == "1"


def test_many_findings_leave_each_section_its_first() -> None:
    """Of twelve of one section and one each of two others ten are shown, both others among them."""
    topics = {"a": range(12), "b": (12,), "c": (13,)}
    placed = [
        Placed(
            anchor=anchor,
            section=Section(
                title="t", order=1, findings=tuple(Finding(topic=str(i), claim="") for i in numbers)
            ),
        )
        for anchor, numbers in topics.items()
    ]

    shown = [line.topic for line in shown_findings(placed)]
    assert shown == [*map(str, range(8)), "12", "13"]


def test_findings_begin_as_they_were_written() -> None:
    """The name of a method is not capitalised at the start of a sentence."""
    section = Section(title="t", order=1, findings=(Finding(topic="x", claim="mlp wins."),))

    assert shown_findings([Placed(anchor="a", section=section)])[0].text == "mlp wins."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raw+logistic", "raw+<wbr>logistic"),
        ("a_b=<b>", "a_<wbr>b=&lt;b&gt;"),
        ("+1.3", "+1.3"),
        ("<wbr>", "&lt;wbr&gt;"),
    ],
)
def test_names_break_at_their_joints_and_stay_text(text: str, expected: str) -> None:
    """Nothing from outside becomes an element."""
    assert str(breakable(text)) == expected


def test_what_stands_between_backticks_is_code_and_stays_text() -> None:
    """Commands look like commands; a lone backtick is itself."""
    assert str(coded("use `a <b>` or ` c")) == "use <code>a &lt;b&gt;</code> or ` c"


def test_texts_of_charts_say_how_wide_they_were_laid_out() -> None:
    """667 + 333 + 222 + 556 + 222 thousandths of 12 pixels; letters without a width say nothing."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame({"x": [1, 2], "t": ["Arial", "\uac00\ub098"]})
    svg = to_svg(alt.Chart(frame).mark_text(fontSize=12).encode(x="x:Q", text="t:N"), "p")

    (arial,) = re.findall(r"<text([^>]*)>Arial<", svg)
    (korean,) = re.findall("<text([^>]*)>\uac00\ub098<", svg)
    assert 'textLength="24.0"' in arial
    assert "textLength" not in korean
    assert width("Bold", 1000, is_bold=True) == 722 + 611 + 278 + 611


def test_lines_are_named_once_in_their_legend() -> None:
    """Colour, dash and mark are one legend, neither two nor none."""
    points = [
        {"panel": "one\ntwo", "line": name, "x": x, "y": x + at, "low": x, "high": x + 2}
        for at, name in enumerate(("first", "second"))
        for x in (1.0, 2.0)
    ]
    svg = curves(points, "p", x_title="x", y_title="y", log=False)

    assert [len(re.findall(f">{name}<", svg)) for name in ("first", "second")] == [1, 1]
    assert "one\ntwo" not in svg
