"""Findings that the page shows: which claims hold after Holm's correction."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from bakeoff.statistics.significance import ALPHA, holm
from bakeoff_report.blocks import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.blocks import Finding, Placed

MOST_FINDINGS = 10


def shown_findings(placed: Sequence[Placed]) -> list[Line]:
    """Choose and order the findings of all sections, after correction for multiple tests.

    All findings with a p value are one Holm family. Where the adjusted p value is above `ALPHA`
    a finding says what it has for that case in place of its claim.

    Args:
        placed: sections in the order of the page.

    Returns:
        Urgent findings, then the headline, then those of each section; at most `MOST_FINDINGS`.
    """
    pairs = [(p, finding) for p in placed for finding in p.section.findings]
    pairs.sort(key=lambda pair: (not pair[1].is_urgent, not pair[1].leads))
    adjusted = holm([math.nan if f.p is None else f.p for _, f in pairs])
    lines = [_line(p, f, float(a)) for (p, f), a in zip(pairs, adjusted, strict=True)]
    return _limited(lines)


def _line(placed: Placed, finding: Finding, adjusted_p: float) -> Line:
    needs_test = finding.p is not None and finding.otherwise is not None
    # An unknown p value is NaN, which is not below alpha.
    holds = not needs_test or adjusted_p <= ALPHA
    return Line(
        topic=finding.topic,
        text=finding.claim if holds else finding.otherwise or finding.claim,
        tone=finding.tone if holds else "open",
        anchor=placed.anchor,
        evidence=placed.section.title,
    )


def _limited(lines: list[Line]) -> list[Line]:
    """Drop findings until `MOST_FINDINGS` remain: the last of the section with the most."""
    limited = list(lines)
    while len(limited) > MOST_FINDINGS:
        counts = Counter(line.anchor for line in limited)
        anchor = max(counts, key=lambda a: counts[a])
        del limited[max(i for i, line in enumerate(limited) if line.anchor == anchor)]
    return limited
