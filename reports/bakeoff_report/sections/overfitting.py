"""Remedies against overfitting: effects on gap, test score, time, weights and epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bakeoff.records import CONTROL, MORE_DATA
from bakeoff.statistics.epochs import curve_facts, weight_facts
from bakeoff.statistics.fieller import share_interval
from bakeoff.statistics.variant_pairs import choose, pairs_with_control, swapped
from bakeoff_report.blocks import Block, Cell, Column, Details, Finding, Section, Table
from bakeoff_report.cells import interval_cell, name_cell, score_cell, time_cell, verdict_cell
from bakeoff_report.model.gaps import judge_trials
from bakeoff_report.words import NONE, ends, number, spoken

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext

STUDY = "overfitting"
MOST_TOLD = 3
"""Most findings on remedies, those of the widest gaps."""

LEAD = (
    "The control trains long and without any regularisation. Of each remedy's strengths validation "
    "chose one, apart for each split; the whole path stands under Studies. A negative change of "
    "gap closes it. Near zero is below a thousandth of the spread of a layer's initial weights."
)
COSTS = (
    "What the overfitting costs: test score of what validation chose among all remedies, less that "
    "of the control. A large gap that costs nothing needs no remedy."
)
CURVES = (
    "From the stored curves of every training, nothing was trained again: the epoch or round with "
    "the lowest validation loss, those made after it, and the validation score lost by going on. "
    "Validation scores are optimistic."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyEffect:
    """Effect of one remedy on one method and task; scores are means over splits."""

    task: str
    method: str
    remedy: str
    strengths: str
    pairs: pd.DataFrame
    gap: Interval | None
    test: Interval
    closed: Interval | None


def section(context: ReportContext) -> Section | None:
    """Tabulate remedies, costs and best epochs; None if a run has none of them."""
    paired = pairs_with_control(context.complete)
    paired = paired[(paired["study"] == STUDY) & (paired["control"] == CONTROL)]
    blocks: list[Block] = []
    effects: list[RemedyEffect] = []
    if not paired.empty:
        effects = _effects(context, paired)
        weights = pd.concat([weight_facts(run) for run in context.runs])
        weights = weights[~weights.index.duplicated()]
        rows = tuple(_row(context, effect, weights) for effect in effects)
        blocks.append(Table(caption="Remedies against overfitting", columns=COLUMNS, rows=rows))
        blocks.append(_costs(context, paired))
    if (curves := _curves(context)) is not None:
        blocks.append(Details(summary="Where validation turned", blocks=(curves,)))
    if not blocks:
        return None
    return Section(
        title="Overfitting and its remedies",
        order=42,
        lead=LEAD if effects else "",
        blocks=tuple(blocks),
        findings=_findings(context, paired),
    )


def _effects(context: ReportContext, paired: pd.DataFrame) -> list[RemedyEffect]:
    chosen = choose(paired[paired["factor"] != MORE_DATA])
    more = paired[paired["factor"] == MORE_DATA]
    pairs = pd.concat([chosen, swapped(more)], ignore_index=True)
    groups = pairs.groupby(["task", "method", "factor"], sort=False)
    return [_effect(context, str(part["factor"].iloc[0]), part) for _, part in groups]


def _effect(context: ReportContext, remedy: str, part: pd.DataFrame) -> RemedyEffect:
    task, method = str(part["task"].iloc[0]), str(part["method"].iloc[0])
    has_gap = bool(part[["gap_first", "gap_second"]].notna().all(axis=None))
    counts = part["variant"].value_counts()
    strengths = ", ".join(f"{name} ({n})" for name, n in counts.items())
    closed = None
    if has_gap and not context.intervals.is_fixed(task):
        control = part["gap_second"].to_numpy(dtype=float)
        saved = control - part["gap_first"].to_numpy(dtype=float)
        ratios = part["test_ratio"].to_numpy(dtype=float)
        closed = share_interval(saved, control, test_ratio=ratios)
    return RemedyEffect(
        task=task,
        method=method,
        remedy=remedy,
        strengths="" if remedy == MORE_DATA else strengths,
        pairs=part,
        gap=context.intervals.gap_change(part, task) if has_gap else None,
        test=context.intervals.difference(part, task),
        closed=closed,
    )


COLUMNS = (
    Column(title="Remedy", align="text", note="strengths chosen by validation"),
    Column(title="Method", align="text"),
    Column(title="Task", align="text"),
    Column(title="Gap of control"),
    Column(title="Change of gap"),
    Column(title="Gap closed", note="share, where clear"),
    Column(title="Change of test"),
    Column(title="Training time", note="times as long"),
    Column(title="Near-zero weights", note="share"),
    Column(title="Weight norm"),
    Column(title="Epochs"),
)


def _row(context: ReportContext, effect: RemedyEffect, weights: pd.DataFrame) -> tuple[Cell, ...]:
    part, unit = effect.pairs, context.unit(effect.task)
    return (
        name_cell(context, spoken(effect.remedy), sub=context.names(effect.strengths, 90)),
        name_cell(context, effect.method),
        name_cell(context, effect.task),
        Cell(text=unit.difference(_mean(part["gap_second"])), sort=_mean(part["gap_second"])),
        interval_cell(effect.gap, unit, good="bad"),
        _share_cell(effect.closed),
        interval_cell(effect.test, unit),
        time_cell(part),
        _change(part, weights["near_zero"], digits=3),
        _change(part, weights["weight_norm"], digits=2),
        _epochs(part),
    )


def _share_cell(closed: Interval | None) -> Cell:
    if closed is None or not closed.is_known:
        return Cell(text=NONE)
    share = number(closed.estimate * 100, 0)
    return Cell(text=f"{share} %", sub=ends(closed.scaled(100), 0), sort=closed.estimate)


def _change(part: pd.DataFrame, facts: pd.Series[float], digits: int) -> Cell:
    """Return the mean of a fact with the remedy, above that of the controls."""
    before, after = (_mean(part[f"trial_{side}"].map(facts)) for side in ("second", "first"))
    return _ends_cell(before, after, digits)


def _epochs(part: pd.DataFrame) -> Cell:
    sides = (part[f"n_epochs_{side}"].astype(float) for side in ("second", "first"))
    before, after = map(_mean, sides)
    return _ends_cell(before, after, 0)


def _ends_cell(before: float, after: float, digits: int) -> Cell:
    if not (math.isfinite(before) and math.isfinite(after)):
        return Cell(text=NONE)
    return Cell(text=number(after, digits), sub=f"from {number(before, digits)}", sort=after)


def _mean(values: pd.Series[float]) -> float:
    finite = values.to_numpy(dtype=float)
    finite = finite[np.isfinite(finite)]
    return float(finite.mean()) if finite.size else math.nan


def _costs(context: ReportContext, paired: pd.DataFrame) -> Table:
    chosen = choose(paired[paired["factor"] != MORE_DATA], by=())
    rows = []
    for _, part in chosen.groupby(["task", "method"], sort=False):
        task, method = str(part["task"].iloc[0]), str(part["method"].iloc[0])
        unit = context.unit(task)
        gain = context.intervals.difference(part, task)
        counts = part["factor"].value_counts()
        controls = context.complete[context.complete["trial"].isin(part["trial_second"])]
        gap, verdict = judge_trials(context, controls, task)
        rows.append(
            (
                name_cell(context, method),
                name_cell(context, task),
                score_cell(_mean(part["train_score_second"])),
                score_cell(_mean(part["test_score_second"])),
                interval_cell(gap, unit, good="bad"),
                verdict_cell(verdict, unit),
                score_cell(_mean(part["test_score_first"])),
                interval_cell(gain, unit),
                name_cell(context, ", ".join(f"{spoken(str(f))} ({n})" for f, n in counts.items())),
            )
        )
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Train of control"),
        Column(title="Test of control"),
        Column(title="Gap of control"),
        Column(title="Verdict on control", align="text"),
        Column(title="Test of best remedy"),
        Column(title="Cost of overfitting"),
        Column(title="Chosen", align="text"),
    )
    return Table(caption="What overfitting costs", columns=columns, rows=tuple(rows), note=COSTS)


def _curves(context: ReportContext) -> Table | None:
    """Return one row per method and task with curves, averaged over splits."""
    facts = pd.concat([curve_facts(run.epochs) for run in context.runs])
    rows = context.complete[context.complete["study"].isin(["none", STUDY])]
    rows = rows[rows["variant"].isin(["default", CONTROL])]
    if rows.empty or facts.empty:
        return None
    with_curves = rows.merge(facts[~facts.index.duplicated()], left_on="trial", right_index=True)
    if with_curves.empty:
        return None
    table = []
    for _, part in with_curves.groupby(["task", "method", "variant"], sort=False):
        task, method, variant = (str(part[n].iloc[0]) for n in ("task", "method", "variant"))
        shown = (_mean(part[name]) for name in ("turn_epoch", "last_epoch", "wasted_epochs"))
        table.append(
            (
                name_cell(context, method, sub=variant),
                name_cell(context, task),
                *(Cell(text=number(value, 1), sort=value) for value in shown),
                score_cell(_mean(part["score_lost"])),
            )
        )
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Turn", note="epoch or round"),
        Column(title="Last"),
        Column(title="Wasted"),
        Column(title="Score lost", note="validation"),
    )
    caption = "Epochs after validation turned"
    return Table(caption=caption, columns=columns, rows=tuple(table), note=CURVES)


def _findings(context: ReportContext, paired: pd.DataFrame) -> tuple[Finding, ...]:
    """Judge for each method and task the remedy that validation chose."""
    chosen = choose(paired[paired["factor"] != MORE_DATA], by=())
    ranked = []
    for _, part in chosen.groupby(["task", "method"], sort=False):
        best = _effect(context, "", part)
        if best.gap is None or not best.gap.is_known:
            continue
        before, scale = _mean(part["gap_second"]), context.scales.get(best.task)
        width = before / scale.span if scale is not None and scale.is_known else before
        names = " or ".join(spoken(str(f)) for f in part["factor"].value_counts().index[:3])
        ranked.append((width, _finding(context, best, best.gap, before, names)))
    ranked.sort(key=lambda item: -item[0])
    return tuple(finding for _, finding in ranked[:MOST_TOLD])


def _finding(
    context: ReportContext, best: RemedyEffect, gap: Interval, before: float, names: str
) -> Finding:
    """Describe the effect of the chosen remedy on a method's gap and test score."""
    unit = context.unit(best.task)
    change = f"{unit.difference(gap.estimate)} {unit.name} {unit.ends(gap)}"
    did = "narrows" if gap.estimate < 0 else "widens"
    intro = f"With {context.names(best.method)} on {context.names(best.task)}, where the gap is"
    intro += f" {unit.size(before)}, the remedy that validation chose ({names})"
    test = f"{unit.difference(best.test.estimate)} {unit.name} {unit.ends(best.test)}"
    return Finding(
        topic="Remedies",
        claim=f"{intro} {did} it: {change}. The test score changes by {test}.",
        otherwise=f"{intro} does not surely change it: {change}. The test score changes by {test}.",
        p=gap.p,
        tone="good" if gap.estimate < 0 else "bad",
    )
