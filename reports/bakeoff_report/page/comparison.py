"""Page that compares two runs: changes of scores, and regressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.statistics.compare_runs import compare
from bakeoff_report.blocks import Block, Cell, Column, Details, Prose, Table
from bakeoff_report.cells import finite, score_cell
from bakeoff_report.page.files import write_file
from bakeoff_report.page.templating import fill
from bakeoff_report.words import NONE, Names, ends, metric_name, number, plural, spoken

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.statistics.compare_runs import Change, Comparison
    from bakeoff.statistics.intervals import Interval
    from bakeoff.store.run_data import StoredRun

MOST_SHOWN = 1000
NOTE = (
    "Change is B less A, turned so that positive is better, paired by split, with its 95 % "
    "interval. A regression lost splits, or is worse than the threshold by its whole interval; "
    "under three splits there is no interval, and the change itself counts."
)
OTHER_ROWS = "Some tasks have other rows in the two runs; their pairs compare different data."


def write_comparison(a: StoredRun, b: StoredRun, out: Path, *, threshold: float = 0.0) -> int:
    """Write the page, and return the number of regressions.

    Args:
        a: the run to compare with.
        b: the run that may have changed.
        out: the file to write.
        threshold: largest loss, in units of each metric, that is no regression.

    Returns:
        The number of regressions.

    Raises:
        StoreError: the file can't be written.
    """
    comparison, names = compare(a, b), Names()
    worse = [c for c in comparison.changes if c.is_regression(threshold)]
    rest = [c for c in comparison.changes if c not in worse]
    changed = [c for c in rest if c.gain.estimate != 0]
    blocks: list[Block] = [_verdict(comparison, len(worse), threshold)]
    if any(not change.same_data for change in comparison.changes):
        blocks.append(Prose(text=OTHER_ROWS, tone="note"))
    for title, changes in (("Regressions", worse), ("Other changes", changed)):
        if changes:
            blocks.append(_table(title, changes, names))
    same = [c for c in rest if c.gain.estimate == 0]
    if same:
        summary = f"{plural(len(same), 'method')} without any change"
        blocks.append(Details(summary=summary, blocks=(_table("The same", same, names),)))
    blocks += _unmatched(comparison, names)
    title = f"{names(b.name)} against {names(a.name)}"
    values = {"title": title, "back": "", "blocks": blocks, "names": names}
    write_file(out, "<!doctype html>\n" + fill("plain.html.j2", values))
    return len(worse)


def _verdict(comparison: Comparison, n_worse: int, threshold: float) -> Prose:
    n_methods = plural(len(comparison.changes), "method")
    limit = f", with a threshold of {threshold:g}" if threshold else ""
    text = f"{plural(n_worse, 'regression')} among {n_methods} that both runs have{limit}."
    return Prose(text=text, tone="bad" if n_worse else "note")


def _table(title: str, changes: list[Change], names: Names) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Metric", align="text"),
        Column(title="A", note="mean of pairs"),
        Column(title="B", note="mean of pairs"),
        Column(title="Change", note="positive is better"),
        Column(title="Lost splits"),
    )
    rows = tuple(_row(change, names) for change in changes[:MOST_SHOWN])
    left = len(changes) - len(rows)
    note = f"{plural(left, 'more row')} left out here. {NOTE}" if left else NOTE
    return Table(caption=title, columns=columns, rows=rows, note=note)


def _row(change: Change, names: Names) -> tuple[Cell, ...]:
    task, method, study, variant, device, backend = change.cell
    details = [f"{study}: {variant}"] if study != "none" else []
    details += [word for word in (device if device != "cpu" else "", backend) if word]
    return (
        Cell(text=names(method), sub=names(", ".join(details))),
        Cell(text=names(task)),
        Cell(text=metric_name(names(change.metric))),
        score_cell(change.a),
        score_cell(change.b),
        _change(change.gain),
        Cell(text=str(change.n_lost) if change.n_lost else NONE, sort=change.n_lost),
    )


def _change(gain: Interval) -> Cell:
    tone = "plain"
    if gain.is_clear:
        tone = "good" if gain.estimate > 0 else "bad"
    text = number(gain.estimate, 4, signed=True)
    below = ends(gain, 4) or "no interval"
    return Cell(text=text, sub=below, tone=tone, sort=finite(gain.estimate))


def _unmatched(comparison: Comparison, names: Names) -> list[Block]:
    """List the methods that only one of the runs has."""
    blocks: list[Block] = []
    for side, cells in (("A", comparison.only_a), ("B", comparison.only_b)):
        if not cells:
            continue
        columns = tuple(
            Column(title=title, align="text") for title in ("Task", "Method", "Study", "Variant")
        )
        rows = tuple(
            tuple(Cell(text=names(spoken(word) if i > 1 else word)) for i, word in enumerate(c[:4]))
            for c in cells[:MOST_SHOWN]
        )
        table = Table(caption=f"Only in {side}", columns=columns, rows=rows)
        blocks.append(Details(summary=f"{len(cells):,} only in {side}", blocks=(table,)))
    return blocks
