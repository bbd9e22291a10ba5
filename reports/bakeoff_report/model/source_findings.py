"""Findings on sources of features: learned against manual, manual against raw."""

from __future__ import annotations

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
    from bakeoff_report.model.context import ReportContext


def source_findings(context: ReportContext) -> list[Finding]:
    """Compare learned with manual features and manual with raw ones, by kind of input.

    If there are learned sources, the second comparison is one finding over all tasks.
    """
    kinds = [(kind_name(kind), tasks) for kind, tasks in context.kinds()]
    questions: list[tuple[str, list[str], str, str]] = []
    if context.learned:
        questions = [(kind, tasks, LEARNED, MANUAL) for kind, tasks in kinds]
    if context.learned and len(kinds) > 1:
        questions.append(("All tasks", context.compared_tasks, MANUAL, "raw"))
    else:
        questions += [(kind, tasks, MANUAL, "raw") for kind, tasks in kinds]
    return [
        _finding(topic, contrast)
        for topic, tasks, first, second in questions
        if (contrast := kind_contrast(context, tasks, first, second))
    ]


def _finding(topic: str, contrast: Contrast) -> Finding:
    """Say which source is ahead; that both score alike is said first, also where one is ahead."""
    is_ahead = contrast.interval.estimate > 0
    sides = (contrast.first, contrast.second)
    ahead, behind = (spoken(side) for side in (sides if is_ahead else sides[::-1]))
    lead = contrast.interval if is_ahead else contrast.interval.scaled(-1)
    size = f"{contrast.unit.size(lead.estimate)} {contrast.unit.ends(lead)}".strip()
    n_tasks = plural(len(contrast.tasks), "task")
    if contrast.is_equivalent:
        first, second = map(spoken, sides)
        claim = f"{first.capitalize()} and {second} features score alike: {size} in favour of "
        claim += f"{ahead} ({n_tasks}), {EQUIVALENT}."
        return Finding(topic=topic, claim=claim, p=contrast.interval.p)
    price = training_cost(contrast) if is_ahead else ""
    claim = f"{ahead.capitalize()} features beat {behind} ones by {size} ({n_tasks}){price}."
    otherwise = f"Undecided between {spoken(sides[0])} and {spoken(sides[1])} features: {size} in "
    otherwise += f"favour of {ahead} ({n_tasks}); {why_undecided(contrast)}."
    return Finding(
        topic=topic, claim=claim, otherwise=otherwise, p=contrast.interval.p, tone="good"
    )
