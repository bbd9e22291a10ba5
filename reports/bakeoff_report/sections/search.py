"""Searches: scores over time, chosen configurations, gain by tuning, and optimism."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.records import CHOICE
from bakeoff.statistics.contrasts import KEYS, signs, test_ratios
from bakeoff.statistics.intervals import mean_interval, resampled_interval
from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Finding, Section, Table
from bakeoff_report.cells import cut, interval_cell, name_cell, score_cell, seconds_cell, text_cell
from bakeoff_report.figures.anytime import MOST_METHODS, MOST_TASKS, curves
from bakeoff_report.model.search_histories import best_so_far, importance, tried_configs
from bakeoff_report.words import SCALE, number, plural, score

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Every configuration was chosen by its validation score alone. Test scores stand beside it for "
    "the reader: those of configurations that led at some time, told by nobody to the search."
)
MOST_ROWS = 40


def section(context: ReportContext) -> Section | None:
    """Show curves, choices, regret, importance and configurations; None without a search."""
    rows = tried_configs(context)
    if rows.empty:
        return None
    blocks: list[Block] = []
    over_time = best_so_far(rows)
    if not over_time.empty:
        blocks.append(_figure(context, over_time))
    blocks.append(_chosen(context, rows))
    worth = _worths(context, rows)
    if worth:
        blocks.append(_worth_table(context, worth))
    if regret := _regret(context):
        blocks.append(regret)
    weights = importance(rows)
    if not weights.empty:
        blocks.append(_importance(context, weights))
    blocks.append(Details(summary="Configurations tried", blocks=(_tried(context, rows),)))
    return Section(
        title="Search",
        order=68,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=_findings(context, worth),
    )


def _figure(context: ReportContext, over_time: pd.DataFrame) -> Figure:
    last = over_time.groupby(["task", "method"], sort=False)["middle"].last()
    ends = last.reset_index().to_dict("records")
    phrases = [f"{end['task']}: {end['method']} ends at {score(end['middle'])}" for end in ends]
    caption = (
        "Best validation score so far; the band spans the splits. Validation scores are "
        "optimistic, the more so the longer a search."
    )
    n_tasks, n_methods = over_time["task"].nunique(), over_time["method"].nunique()
    if n_tasks > MOST_TASKS or n_methods > MOST_METHODS:
        caption += f" Shown are the first {MOST_TASKS} tasks and {MOST_METHODS} methods."
    svg = curves(over_time, context.names, "search")
    return Figure(svg=svg, caption=caption, alt="; ".join(phrases[:MOST_ROWS]))


def _chosen(context: ReportContext, rows: pd.DataFrame) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Configurations", note="median of a search"),
        Column(title="Search", note="median"),
        Column(title="Validation", note="of the chosen"),
        Column(title="Test"),
        Column(title="Validation minus test", note="selection overfitting"),
        Column(title="Tuned minus default", note="both without refit"),
    )
    lines = [
        _line(context, str(method), str(task), part)
        for (method, task), part in rows.groupby(["method", "task"], sort=False)
    ]
    note = (
        "Validation minus test is signed so that positive means that the choice looked better than "
        "it was. Tuned minus default compares test scores of the same split, of what was chosen "
        "and of the default configuration; a choice across methods has no one default."
    )
    shown, note = cut(lines, MOST_ROWS, note)
    return Table(caption="What each search chose", columns=columns, rows=shown, note=note)


def _line(context: ReportContext, method: str, task: str, part: pd.DataFrame) -> tuple[Cell, ...]:
    trials = context.main[(context.main["method"] == method) & (context.main["task"] == task)]
    trials = trials[trials["trial"].isin(part["trial"])]
    sign, ratio = signs(trials), test_ratios(trials)
    unit = context.unit(task)
    scores = trials[["validation_score", "test_score"]].astype(float)
    optimism = ((scores["validation_score"] - scores["test_score"]) * sign).dropna()
    counts = part.groupby("trial").size()
    return (
        name_cell(context, method),
        name_cell(context, task),
        Cell(text=f"{counts.median():.0f}", sort=float(counts.median())),
        seconds_cell(float(trials["search_s"].median())),
        score_cell(float(scores["validation_score"].mean())),
        score_cell(float(scores["test_score"].mean())),
        interval_cell(_interval(optimism, ratio), unit, good="bad"),
        interval_cell(_interval(uplifts(part), ratio), unit),
    )


def uplifts(part: pd.DataFrame) -> Any:
    """Return test scores of the chosen minus the default configuration, one per search.

    Only of searches of one method, with test scores of both configurations.
    """
    gains = []
    for _, search in part.groupby(["run", "trial"], sort=False):
        if len(set(search["arm"])) > 1:
            continue
        default = search[search["config"].map(len) == 0]["test_score"].dropna()
        tested = search[(search["state"] == "complete") & search["test_score"].notna()]
        if default.empty or tested.empty:
            continue
        sign = float(search["sign"].iloc[0])
        best = float(tested["test_score"].iloc[int((tested["score"] * sign).argmax())])
        gains.append((best - float(default.iloc[0])) * sign)
    return np.array(gains)


def _worths(context: ReportContext, rows: pd.DataFrame) -> dict[str, Interval]:
    """Return each method's mean gain by tuning over tasks, on the normalised scale."""
    by_method: dict[str, list[Interval]] = {}
    for (method, task), part in rows.groupby(["method", "task"], sort=False):
        scale, trials = context.scales[str(task)], context.main
        ratio = test_ratios(trials[trials["trial"].isin(part["trial"])])
        uplift = _interval(uplifts(part), ratio)
        if uplift is not None and scale.is_known:
            by_method.setdefault(str(method), []).append(uplift.scaled(1 / scale.span))
    worth = {method: mean_interval(parts) for method, parts in by_method.items() if len(parts) > 1}
    return dict(sorted(worth.items(), key=lambda item: -item[1].estimate))


def _worth_table(context: ReportContext, worth: dict[str, Interval]) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Tuned minus default", note="on the normalised scale"),
    )
    return Table(
        caption="What tuning is worth, over tasks",
        columns=columns,
        rows=tuple((name_cell(context, m), interval_cell(i, SCALE)) for m, i in worth.items()),
        note="Mean over tasks, each weighing the same; the interval is about these tasks.",
    )


def _findings(context: ReportContext, worth: dict[str, Interval]) -> tuple[Finding, ...]:
    """Describe the gain by tuning of the method that gains most."""
    if not worth:
        return ()
    method, interval = next(iter(worth.items()))
    gains = sum(i.is_clear and i.estimate > 0 for i in worth.values())
    name = context.names(method)
    ends = f" {SCALE.ends(interval)}".rstrip() + " of the normalised scale"
    size = SCALE.difference(interval.estimate) + ends
    more = f"; of {plural(len(worth), 'method')} {gains} clearly gain" if len(worth) > 1 else ""
    raised = f"Tuning raises {name} most, by {score(interval.estimate)}{ends}{more}."
    return (
        Finding(
            topic="Tuning",
            claim=raised if interval.estimate > 0 else f"Tuning lowers even {name}: {size}.",
            otherwise=f"Whether tuning helps is undecided even for {name}: {size}.",
            p=interval.p,
            tone="good" if interval.estimate > 0 else "bad",
        ),
    )


def _interval(values: Any, ratio: pd.Series[float]) -> Any:
    array = np.asarray(values, dtype=float)
    if not len(array):
        return None
    return resampled_interval(array, test_ratio=float(ratio.mean()))


def _regret(context: ReportContext) -> Table | None:
    """Compare choices with the best other method of the suite, split by split."""
    rows = context.main
    choices = rows[rows["learner"] == CHOICE]
    others = rows[rows["learner"] != CHOICE]
    lines = []
    for (method, task), part in choices.groupby(["method", "task"], sort=False):
        sign = context.sign(str(task))
        of_task = others[others["task"] == task]
        best = (of_task.assign(signed=of_task["test_score"] * sign)).groupby(KEYS)["signed"].max()
        paired = part.set_index(KEYS)["test_score"].mul(sign).to_frame("own").join(best).dropna()
        if paired.empty:
            continue
        means = of_task.groupby("method")["test_score"].mean() * sign
        leader = str(means.idxmax())
        interval = _interval(paired["own"] - paired["signed"], test_ratios(part))
        lines.append(
            (
                name_cell(context, method),
                name_cell(context, task),
                score_cell(float(part["test_score"].mean())),
                name_cell(context, leader, sub=score(float(means.max()) * sign)),
                interval_cell(interval, context.unit(str(task))),
            )
        )
    if not lines:
        return None
    columns = (
        Column(title="Choice", align="text"),
        Column(title="Task", align="text"),
        Column(title="Test"),
        Column(title="Best other method", align="text", note="by mean test score"),
        Column(title="Choice minus best", note="best of each split"),
    )
    note = (
        "The best of each split is known only afterwards, so that even a good choice tends to lie "
        "below 0; positive means that the choice beat every other method of the suite."
    )
    shown, note = cut(lines, MOST_ROWS, note)
    return Table(caption="Regret of the choice", columns=columns, rows=shown, note=note)


def _importance(context: ReportContext, weights: pd.DataFrame) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Parameter", align="text"),
        Column(title="Share of variance"),
        Column(title="Searches"),
    )
    lines = [
        (
            name_cell(context, row["arm"]),
            name_cell(context, row["parameter"]),
            Cell(text=number(float(row["share"]) * 100, 0) + " %", sort=float(row["share"])),
            Cell(text=str(row["n_searches"]), sort=float(row["n_searches"])),
        )
        for row in weights.to_dict("records")
    ]
    note = (
        "How much of the differences between validation scores the parameter explains alone "
        "(correlation ratio). A search looks where scores are good, so that the shares describe "
        "what was tried, not the whole space."
    )
    shown, note = cut(lines, MOST_ROWS, note)
    return Table(caption="Which parameters mattered", columns=columns, rows=shown, note=note)


def _tried(context: ReportContext, rows: pd.DataFrame) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Split"),
        Column(title="Number"),
        Column(title="State", align="text"),
        Column(title="Validation"),
        Column(title="Ended at"),
        Column(title="Configuration", align="text"),
    )
    best = rows.assign(signed=rows["score"] * rows["sign"])
    of_search = ["task", "method", "repeat", "fold"]
    best = best.sort_values([*of_search, "signed"], ascending=[True] * 4 + [False])
    best = best.groupby(of_search, sort=False).head(5)
    n_folds = int(rows["fold"].max()) + 1
    lines = [
        (
            name_cell(context, row["arm"]),
            name_cell(context, row["task"]),
            Cell(
                text=f"{row['repeat']}.{row['fold']}" if n_folds > 1 else str(row["repeat"]),
                sort=float(row["repeat"] * n_folds + row["fold"]),
            ),
            Cell(text=str(row["number"]), sort=float(row["number"])),
            Cell(text=str(row["state"])),
            score_cell(float(row["score"])),
            seconds_cell(float(row["at_s"])),
            text_cell(context, json.dumps(row["config"], sort_keys=True, default=str)),
        )
        for row in best.to_dict("records")
    ]
    note = f"The five best of each search; all {len(rows)} are in search.jsonl of each trial."
    shown, note = cut(lines, 5 * MOST_ROWS, note)
    return Table(caption="Best configurations", columns=columns, rows=shown, note=note)
