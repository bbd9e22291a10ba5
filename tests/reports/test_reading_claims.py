"""The reader of claims on pages written by hand, and the scores of simulated stores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bakeoff_standins.claims import claims_of
from bakeoff_standins.equal_methods import balanced_accuracy, r2
from sklearn import metrics

COLUMNS = {
    "winners": [
        *("Task", "Highest", "Test score", "Ahead of the next", "Training"),
        "Nearly as good, and faster",
    ],
    "sources": ["Task", "Metric", "raw", "manual", "constant"],
    "leaderboard": ["Method", "Rank", "Normalised", "Behind (the leader)"],
    "ranks": ["Method", "Mean rank", "Interval", "Against the best (p, Holm-corrected)"],
    "manual": ["Task", "Contrast", "Difference", "Same learner"],
    "gap": ["Method", "Gap"],
    "other": ["Task", "Change"],
}


def cell(value: object, note: str = "", **others: str) -> dict[str, object]:
    """Return a cell as `report.json` has it."""
    return {"value": value, "note": note, **others}


BOARD = [
    [cell("a", "raw"), 1, 0.9, "-"],
    [cell("b", "manual"), 2, cell(0.8, mark="="), cell(0.1, "[-1, 1]")],
    [cell("guess", "constant"), 3, 0.0, cell(0.9, "[0.5, 1.3]")],
]


def page(findings: tuple[tuple[str, str, str], ...] = (), **tables: Any) -> dict[str, Any]:
    """Return a page with some tables; rows are lists of cells."""
    rows = {"leaderboard": BOARD} | tables
    return {
        "findings": [
            {"topic": "", "text": text, "tone": tone, "evidence": f"section-{section}"}
            for section, tone, text in findings
        ],
        "sections": [
            {
                "id": f"section-{name}",
                "tables": [{"caption": name, "columns": COLUMNS[name], "rows": of_table}],
            }
            for name, of_table in rows.items()
        ],
    }


def read(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return part, kind, better and worse of the claims that are not about guessing."""
    return [
        (c.part, c.kind, c.better, c.worse) for c in claims_of(report) if not c.is_about_constant
    ]


def test_a_page_without_claims_has_none() -> None:
    """All is tied but the constant, whatever its name."""
    report = page(
        findings=(("leaderboard", "plain", "a scores highest; b can't be told from it."),),
        winners=[["t", cell("a", "tied with 1 other"), 0.9, 0.1, 1, "-"]],
        sources=[["t", "acc", cell(0.9, "m", mark="="), cell(0.8, "m", mark="="), 0.5]],
        ranks=[["a", 1, "", "-"], ["b", 1.2, "", 0.2], ["guess", 3, "", 0.01]],
        manual=[["t", "manual against raw", cell(-0.1, "[-1, 1]"), "-"]],
        gap=[["a", cell(0.3, tone="bad")]],
    )

    assert read(report) == []
    assert [c.worse for c in claims_of(report)] == ["constant", "constant"]


CLEAR = cell(0.1, "[0.05, 0.2]")
FINDING = ("manual", "good", "Manual features beat raw ones.")


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (page(findings=(FINDING,), sources=[]), ("findings", "sentence", "manual", "raw")),
        (
            page(winners=[["t", cell("a", "clear of all others"), 1, 1, 1, "-"]]),
            ("winners", "mark", "a", ""),
        ),
        (
            page(winners=[["t", cell("a", "tied with 1 other"), 0.9, CLEAR, 1, "-"]]),
            ("winners", "interval", "a", ""),
        ),
        (
            page(leaderboard=[BOARD[0], [cell("b", "manual"), 2, 0.8, CLEAR]]),
            ("leaderboard", "mark", "a", "b"),
        ),
        (
            page(leaderboard=[BOARD[0], [cell("b", "manual"), 2, cell(0.8, mark="="), CLEAR]]),
            ("leaderboard", "interval", "a", "b"),
        ),
        (
            page(sources=[["t", "acc", cell(1, "m", mark="*"), cell(0.8, "m"), cell(0.5, "m")]]),
            ("sources", "mark", "raw", "manual"),
        ),
        (
            page(ranks=[["a", 1, "", "-"], ["b", 2, "", cell(0.03, text="0.030")]]),
            ("ranks", "mark", "a", "b"),
        ),
        (
            page(manual=[["t", "manual against raw", cell(-0.1, tone="bad"), "-"]]),
            ("manual", "mark", "raw", "manual"),
        ),
        (page(other=[["t", cell(1, tone="good")]]), ("other", "mark", "", "")),
    ],
)
def test_each_way_to_claim_a_difference_is_read(
    report: dict[str, Any], expected: tuple[str, str, str, str]
) -> None:
    """With its sign, where the page tells it."""
    assert read(report) == [expected]


@pytest.mark.parametrize(
    "rows",
    [
        {"winners": [["t", cell("a", "new words"), 1, 1, 1, "-"]]},
        {"manual": [["t", "manual, raw", cell(1.0), "-"]]},
        {"sources": [["t", "acc", cell(1, "m", mark="?"), 0.8, 0.5]]},
    ],
)
def test_unknown_words_are_no_silence(rows: dict[str, Any]) -> None:
    """A page worded anew must not look like one without claims."""
    with pytest.raises(LookupError, match="the reader of claims does not know"):
        claims_of(page(**rows))


def test_simulated_scores_are_those_of_scikit_learn() -> None:
    """On some of the rows, for each line of guesses."""
    rng = np.random.default_rng(0)
    y, guesses, rows = rng.integers(2, size=50), rng.integers(2, size=(3, 50)), np.arange(30)
    values = rng.normal(size=(3, 50))

    assert balanced_accuracy(y, guesses, rows) == pytest.approx(
        [metrics.balanced_accuracy_score(y[rows], g[rows]) for g in guesses]
    )
    assert r2(y, values, rows) == pytest.approx(
        [metrics.r2_score(y[rows], v[rows]) for v in values]
    )
