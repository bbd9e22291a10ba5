"""Trials that failed, were skipped, or were stopped early by the time limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.records import TrialState
from bakeoff.training import CUT_SHORT
from bakeoff_report.blocks import Block, Cell, Code, Column, Details, Finding, Prose, Section, Table
from bakeoff_report.cells import LONGEST_TEXT, name_cell, text_cell
from bakeoff_report.model.context import PENDING
from bakeoff_report.model.notes import groups, noted, values
from bakeoff_report.words import clean, plural, spoken, tail

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.words import Names

MOST_GROUPS = 200
MOST_TRACEBACKS = 30
MOST_NAMED = 3
TAIL = 6000
LEAD = (
    "A missing score is shown and counted, never filled in. Skipped trials could not run here; "
    "the others ran and ended otherwise than complete. A training that the time limit cut short "
    "has a score, which counts like any other."
)
PENDING_TEXT = (
    "{} of the plan had not run when this page was written. The same command goes on where the "
    "run stopped; intervals may change."
)


def section(context: ReportContext) -> Section | None:
    """List counts, reasons and tracebacks; None if every trial completed."""
    rows = context.trials
    bad = rows[~rows["state"].isin([TrialState.COMPLETE, PENDING])]
    n_pending = int((rows["state"] == PENDING).sum()) + context.n_unstored
    cut = noted(context, [CUT_SHORT])
    if bad.empty and cut.empty and not n_pending:
        return None
    blocks: list[Block] = []
    if n_pending:
        text = PENDING_TEXT.format(plural(n_pending, "trial"))
        blocks.append(Prose(text=text, tone="note"))
    if not bad.empty:
        blocks.append(_table(context, bad))
        blocks.extend(_tracebacks(context, bad))
    if not cut.empty:
        blocks.append(_cut_table(context, cut))
    return Section(
        title="What did not run to its end",
        order=70,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=(
            *_without_results(context),
            *_findings(context.names, bad, len(rows) + context.n_unstored, n_pending),
            *_cut_findings(context, cut),
        ),
    )


def _table(context: ReportContext, bad: pd.DataFrame) -> Table:
    keys = ["state", "method", "task", "reason"]
    groups = bad.fillna({"reason": ""}).groupby(keys, sort=False).size().rename("n").reset_index()
    groups = groups.sort_values("n", ascending=False, kind="stable")
    rows = tuple(
        (
            name_cell(context, row["method"]),
            name_cell(context, row["task"]),
            Cell(
                text=spoken(row["state"]),
                tone="muted" if row["state"] == TrialState.SKIPPED else "bad",
            ),
            Cell(text=str(row["n"]), sort=row["n"]),
            text_cell(context, row["reason"] or "no reason given"),
        )
        for row in groups.head(MOST_GROUPS).to_dict("records")
    )
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="State", align="text"),
        Column(title="Trials"),
        Column(title="Reason", align="text"),
    )
    left = len(groups) - len(rows)
    note = (
        f"{plural(left, 'more group')} not shown; `bakeoff results` has every row."
        if left > 0
        else ""
    )
    return Table(caption="Trials without a score", columns=columns, rows=rows, note=note)


def _without_results(context: ReportContext) -> tuple[Finding, ...]:
    """Name the tasks without a complete trial, which no other finding is about."""
    done = set(context.trials.loc[context.trials["state"] == TrialState.COMPLETE, "task"])
    tasks = [str(task) for task in context.tasks.index if task not in done]
    if not tasks:
        return ()
    named = "; ".join(_why(context, task) for task in tasks[:MOST_NAMED])
    more = f"; and {len(tasks) - MOST_NAMED} more" if len(tasks) > MOST_NAMED else ""
    left = len(context.tasks) - len(tasks)
    others = "the other task" if left == 1 else f"the other {left} tasks"
    rest = f" All results are of {others}." if left else ""
    claim = f"No results on {len(tasks)} of {plural(len(context.tasks), 'task')}: {named}{more}."
    return (Finding(topic="Not run", claim=claim + rest, tone="bad", is_urgent=True),)


def _why(context: ReportContext, task: str) -> str:
    """Return how the trials of a task ended, with the reason if all have the same."""
    rows = context.trials[context.trials["task"] == task]
    counts = rows["state"].value_counts()
    states = ", ".join(f"{count} {spoken(str(state))}" for state, count in counts.items())
    reasons = set(rows["reason"].fillna("").astype(str)) - {""}
    reason = f": {context.names(reasons.pop(), LONGEST_TEXT)}" if len(reasons) == 1 else ""
    return f"{context.names(task)} ({states or 'not run yet'}{reason.rstrip('.')})"


def _tracebacks(context: ReportContext, bad: pd.DataFrame) -> list[Details]:
    """Return each distinct traceback once, cut at the start if it is long."""
    with_traceback = bad[bad["traceback"].fillna("").astype(str).str.strip() != ""]
    details = []
    for text, rows in with_traceback.groupby("traceback", sort=False):
        first = rows.iloc[0]
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        pair = f"{context.names(first['task'])} / {context.names(first['method'])}"
        code = Code(label="Traceback", text=tail(clean(text), TAIL))
        details.append(Details(summary=f"Traceback: {pair}{more}", blocks=(code,)))
    return details[:MOST_TRACEBACKS]


def _findings(
    names: Names, bad: pd.DataFrame, n_trials: int, n_pending: int
) -> tuple[Finding, ...]:
    findings = []
    if n_pending:
        text = f"This run is not finished: {n_pending} of {plural(n_trials, 'trial')} have not run."
        findings.append(Finding(topic="Unfinished", claim=text, tone="bad", is_urgent=True))
    ended = bad[bad["state"] != TrialState.SKIPPED]
    if not ended.empty:
        counts = ended["state"].value_counts()
        parts = ", ".join(f"{count} {spoken(str(state))}" for state, count in counts.items())
        pairs = ended[["method", "task"]].drop_duplicates()
        pair = " on ".join(names(v) for v in pairs.iloc[0]) if len(pairs) == 1 else ""
        all_of = f", all of {pair}" if pair else ""
        text = f"{len(ended)} of {plural(n_trials, 'trial')} ended without a score{all_of}"
        text += f": {parts}."
        findings.append(Finding(topic="Failures", claim=text, tone="bad"))
    return tuple(findings)


def _cut_table(context: ReportContext, cut: pd.DataFrame) -> Table:
    rows = []
    for task, method, part in groups(cut):
        rounds = values(part, CUT_SHORT)
        first, last = int(min(rounds)), int(max(rounds))
        epochs = str(first) if first == last else f"{first} to {last}"
        n_of = f"{len(part)} of {_n_trials(context, task, method)}"
        names = name_cell(context, method), name_cell(context, task)
        rows.append((*names, Cell(text=n_of, sort=len(part)), Cell(text=epochs, sort=last)))
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Trainings"),
        Column(title="Epochs or rounds done"),
    )
    return Table(
        caption="Trainings that the time limit cut short",
        columns=columns,
        rows=tuple(rows[:MOST_GROUPS]),
    )


def _cut_findings(context: ReportContext, cut: pd.DataFrame) -> tuple[Finding, ...]:
    if cut.empty:
        return ()
    task, method, _ = next(groups(cut))
    n_pairs = len(cut[["task", "method"]].drop_duplicates())
    pair = f"{context.names(method)} on {context.names(task)}"
    pairs = pair if n_pairs == 1 else f"{pair} and {plural(n_pairs - 1, 'more pair')}"
    text = (
        f"{plural(len(cut), 'training')} of {pairs} reached the time limit before the last epoch; "
        "the scores are those of networks or boosters trained for less than asked."
    )
    return (Finding(topic="Cut short", claim=text, tone="bad"),)


def _n_trials(context: ReportContext, task: str, method: str) -> int:
    main = context.main
    return int(((main["task"] == task) & (main["method"] == method)).sum())
