"""Test rows on which learned and manual features disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bakeoff.statistics.contrasts import LEARNED
from bakeoff_report.blocks import Block, Column, Details, Example, Examples, Section, Table
from bakeoff_report.cells import name_cell, score_cell
from bakeoff_report.figures.examples import Inputs, inputs_of
from bakeoff_report.figures.mistakes import class_names
from bakeoff_report.model.source_contrasts import MANUAL
from bakeoff_report.words import number, plural

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.model.context import ReportContext

MOST_SPLITS = 5
MOST_TASKS = 12
SHOWN = 4
LEAD = (
    "The rows of the test parts on which one side was right and the other wrong, surest first. "
    "Each side is what validation chose among its methods."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPredictions:
    """Predictions of both sides on the test rows of one task, one line per row and split.

    Args:
        frame: row, truth, learned, manual (answers), better (how much better learned is: its
            probability of the true class minus the other's, or the other's absolute error minus
            its own).
        is_class: whether predictions are classes.
    """

    frame: pd.DataFrame
    is_class: bool


def section(context: ReportContext) -> Section | None:
    """Count and show disagreements; None without learned features beside manual ones."""
    tables = context.paired(LEARNED, MANUAL)
    by_task = {t: c for t in list(tables)[:MOST_TASKS] if (c := _compare(context, t, tables[t]))}
    if not by_task:
        return None
    blocks: list[Block] = []
    if counted := {t: c for t, c in by_task.items() if c.is_class}:
        blocks.append(_counts(context, counted))
    for task, compared in by_task.items():
        if examples := _examples(context, task, compared):
            blocks.append(Details(summary=context.names(task), blocks=examples))
    title = "Where learned and manual features disagree"
    return Section(title=title, order=25, lead=LEAD, blocks=tuple(blocks))


def _compare(context: ReportContext, task: str, pairs: pd.DataFrame) -> ComparedPredictions | None:
    problem = str(context.tasks.loc[task, "problem_type"])
    is_class = problem in ("binary", "multiclass")
    if not is_class and problem != "regression":
        return None
    trials = context.main.set_index("trial")
    parts = []
    for pair in pairs.head(MOST_SPLITS).to_dict("records"):
        first, second = (trials.loc[pair[f"trial_{side}"]] for side in ("first", "second"))
        run = context.run_of(first.to_dict())
        truths = run.truths(str(pair["trial_first"]))
        sides = [
            context.run_of(row.to_dict()).predictions(str(trial)).get("test")
            for row, trial in ((first, pair["trial_first"]), (second, pair["trial_second"]))
        ]
        if (part := _part(truths, sides, is_class=is_class)) is not None:
            parts.append(part)
    return ComparedPredictions(frame=pd.concat(parts), is_class=is_class) if parts else None


def _part(
    truths: dict[str, npt.NDArray[Any]],
    sides: list[npt.NDArray[Any] | None],
    *,
    is_class: bool,
) -> pd.DataFrame | None:
    truth, rows = truths.get("test"), truths.get("test_rows")
    learned, manual = sides
    if truth is None or rows is None or learned is None or manual is None:
        return None
    expected_ndim = 2 if is_class else 1
    if any(len(s) != len(truth) or s.ndim != expected_ndim for s in (learned, manual)):
        return None
    index = np.arange(len(truth))
    if is_class:
        answers = [side.argmax(axis=1) for side in (learned, manual)]
        better = learned[index, truth.astype(int)] - manual[index, truth.astype(int)]
    else:
        answers = [learned, manual]
        better = np.abs(manual - truth) - np.abs(learned - truth)
    columns = {"row": rows, "truth": truth, "learned": answers[0], "manual": answers[1]}
    return pd.DataFrame(columns | {"better": better})


def _counts(context: ReportContext, by_task: dict[str, ComparedPredictions]) -> Table:
    columns = (
        Column(title="Task", align="text"),
        Column(title="Both right", note="share of test rows"),
        Column(title="Only learned right"),
        Column(title="Only manual right"),
        Column(title="Both wrong"),
    )
    lines = []
    for task, compared in by_task.items():
        frame = compared.frame
        learned, manual = (frame[side] == frame["truth"] for side in ("learned", "manual"))
        shares = (learned & manual, learned & ~manual, ~learned & manual, ~learned & ~manual)
        cells = (score_cell(float(share.mean())) for share in shares)
        lines.append((name_cell(context, task), *cells))
    note = f"Over the first {plural(MOST_SPLITS, 'split')} at most."
    caption = "How often the two sides are right"
    return Table(caption=caption, columns=columns, rows=tuple(lines), note=note)


def _examples(
    context: ReportContext, task: str, compared: ComparedPredictions
) -> tuple[Block, ...]:
    inputs = inputs_of(context, task)
    names = class_names(context, task) if compared.is_class else []
    blocks: list[Block] = []
    for side, other_side, sign in (("learned", "manual", 1.0), ("manual", "learned", -1.0)):
        rows = _rows(compared, side, other_side, sign)
        items = tuple(_example(inputs, names, row) for row in rows.to_dict("records"))
        if items:
            verb = "was right" if compared.is_class else "came closer"
            caption = f"{side.capitalize()} {verb} where {other_side} {_failed(compared)}"
            blocks.append(Examples(caption=caption, items=items))
    return tuple(blocks)


def _failed(compared: ComparedPredictions) -> str:
    return "was wrong" if compared.is_class else "did not"


def _rows(compared: ComparedPredictions, side: str, other_side: str, sign: float) -> pd.DataFrame:
    """Return the rows with the largest differences, each once."""
    frame = compared.frame.assign(better=compared.frame["better"] * sign)
    if compared.is_class:
        frame = frame[(frame[side] == frame["truth"]) & (frame[other_side] != frame["truth"])]
    ordered = frame[frame["better"] > 0].sort_values(["better", "row"], ascending=[False, True])
    return ordered.drop_duplicates("row").head(SHOWN)


def _example(inputs: Inputs, names: list[str], row: dict[Any, Any]) -> Example:
    def answer(value: Any) -> str:
        if not names:
            return f"{float(value):.4g}"
        return names[int(value)] if int(value) < len(names) else str(int(value))

    caption = (
        f"row {int(row['row'])}: {answer(row['truth'])}; learned says {answer(row['learned'])}, "
        f"manual {answer(row['manual'])} (apart by {number(float(row['better']), 2)})"
    )
    return inputs.example(int(row["row"]), caption)
