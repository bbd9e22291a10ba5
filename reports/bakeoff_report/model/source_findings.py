"""Findings on sources of features: learned against manual, manual against raw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.statistics.contrasts import LEARNED
from bakeoff_report.blocks import Finding
from bakeoff_report.model.source_contrasts import (
    EQUIVALENT,
    MANUAL,
    Contrast,
    kind_contrast,
    training_cost,
    why_undecided,
)
from bakeoff_report.words import kind_name, plural, spoken

if TYPE_CHECKING:
    from bakeoff.statistics.intervals import Interval
    from bakeoff_report.model.context import ReportContext


def source_findings(context: ReportContext) -> list[Finding]:
    """Compare learned with manual features and manual with raw ones, by kind of input.

    If there are learned sources, the second comparison is one finding over all tasks.
    """
    kinds = [(kind_name(kind), tasks) for kind, tasks in context.kinds()]
    all_tasks = [task for _, tasks in kinds for task in tasks]
    questions: list[tuple[str, list[str], str, str]] = []
    if context.learned:
        questions = [(kind, tasks, LEARNED, MANUAL) for kind, tasks in kinds]
    if context.learned and len(kinds) > 1:
        questions.append(("All tasks", all_tasks, MANUAL, "raw"))
    else:
        questions += [(kind, tasks, MANUAL, "raw") for kind, tasks in kinds]
    return [
        _finding(topic, contrast)
        for topic, tasks, first, second in questions
        if (contrast := kind_contrast(context, tasks, first, second))
    ]


def _finding(topic: str, contrast: Contrast) -> Finding:
    interval, unit = contrast.interval, contrast.unit
    won = interval.estimate > 0
    ahead, behind = (contrast.first, contrast.second) if won else (contrast.second, contrast.first)
    ends = unit.ends(interval if won else _turned(contrast))
    n_tasks = plural(len(contrast.tasks), "task")
    price = training_cost(contrast) if won else ""
    claim = (
        f"{spoken(ahead).capitalize()} features beat {spoken(behind)} ones by "
        f"{unit.size(interval.estimate)} "
        f"{ends} ({n_tasks}){price}."
    )
    size = f"{unit.size(interval.estimate)} {ends}".strip()
    size += f" in favour of {spoken(ahead)}"
    if contrast.is_equivalent:
        otherwise = (
            f"{spoken(contrast.first).capitalize()} and {spoken(contrast.second)} features score "
            f"alike: {size} ({n_tasks}), {EQUIVALENT}."
        )
    else:
        otherwise = (
            f"Undecided between {spoken(contrast.first)} and {spoken(contrast.second)} features: "
            f"{size} ({n_tasks}); {why_undecided(contrast)}."
        )
    return Finding(
        topic=topic,
        claim=claim,
        otherwise=otherwise,
        interval=interval,
        tone="good",
    )


def _turned(contrast: Contrast) -> Interval:
    interval = contrast.interval
    return replace(interval, low=-interval.high, high=-interval.low, estimate=-interval.estimate)
