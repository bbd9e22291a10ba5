"""The table of all verdicts, as CSV, as Markdown and as text."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fair.judge import Verdict
    from fair.records import Contest

COLUMNS = (
    "data",
    "splits",
    "metric",
    "method",
    "score",
    "recipe",
    "recipe score",
    "difference",
    "90 % interval",
    "verdict",
)

Row = tuple[str, ...]
"""Cells in the order of `COLUMNS`."""


def row(contest: Contest, metric: str, n_splits: int, verdict: Verdict) -> Row:
    """Return the row of a contest."""
    return (
        contest.data,
        str(n_splits),
        metric,
        contest.method,
        f"{verdict.score:.4f}",
        contest.recipe.__name__,
        f"{verdict.recipe_score:.4f}",
        f"{verdict.difference:+.4f}",
        f"{verdict.low:+.4f} to {verdict.high:+.4f}",
        verdict.word,
    )


def failed(contest: Contest, reason: str) -> Row:
    """Return the row of a contest in which a side failed, with the first line of the reason."""
    told = reason.splitlines()[0][:80] if reason else "failed"
    return (contest.data, "", "", contest.method, "", contest.recipe.__name__, "", "", "", told)


def write(rows: Iterable[Row], folder: Path) -> None:
    """Write `fairness.csv` and `fairness.md` into a folder."""
    table = list(rows)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "fairness.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *table])
    (folder / "fairness.md").write_text(markdown(table), encoding="utf-8")


def markdown(rows: Iterable[Row]) -> str:
    """Return the table in Markdown."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def text(rows: Iterable[Row]) -> list[str]:
    """Return the table as lines with aligned columns."""
    lines = [COLUMNS, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return [
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) for line in lines
    ]
