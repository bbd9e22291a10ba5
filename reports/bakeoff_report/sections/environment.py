"""Machine and package versions, and the command that repeats the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Block, Code, Column, Details, Facts, Section, Table
from bakeoff_report.cells import name_cell
from bakeoff_report.words import NONE, clean, memory

if TYPE_CHECKING:
    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Every number of this page comes from the stored rows: `bakeoff results RUN --format csv` "
    "prints them, predictions and truths lie beside them."
)
FACTS = {
    "bakeoff": "bakeoff",
    "python": "Python",
    "platform": "Platform",
    "cpu": "Processor",
    "cores": "Cores",
    "memory_mib": "Memory",
    "gpu": "GPU",
    "commit": "Commit",
    "started": "Started",
    "finished": "Finished",
}
SUITE_LIMIT = 20_000


def section(context: ReportContext) -> Section:
    """List facts, command, versions and resolved suite of each run."""
    blocks: list[Block] = []
    for run in context.runs:
        blocks.append(Facts(items=(("Run", context.names(run.name)), *_facts(run))))
        command = clean(run.environment.get("command") or "")
        if command:
            blocks.append(Code(label="The command that repeats the run", text=command))
        versions = run.environment.get("versions") or {}
        if versions:
            blocks.append(Details(summary="Versions", blocks=(_versions(context, versions),)))
        suite = clean(json.dumps(run.suite, indent=1, default=str, ensure_ascii=False))
        code = Code(label="Suite as resolved", text=suite[:SUITE_LIMIT])
        blocks.append(Details(summary="The suite as resolved", blocks=(code,)))
    return Section(
        title="Environment, and how to repeat it", order=90, lead=LEAD, blocks=tuple(blocks)
    )


def _facts(run: StoredRun) -> list[tuple[str, str]]:
    return [(title, _value(key, run.environment.get(key))) for key, title in FACTS.items()]


def _value(key: str, value: Any) -> str:
    if key == "gpu" and not value:
        return "none"
    if value is None or value == "":
        return "not finished" if key == "finished" else NONE
    return memory(float(value)) if key == "memory_mib" else clean(value)[:300]


def _versions(context: ReportContext, versions: dict[str, Any]) -> Table:
    rows = tuple(
        (name_cell(context, name), name_cell(context, version))
        for name, version in sorted(versions.items())
    )
    columns = (Column(title="Package", align="text"), Column(title="Version", align="text"))
    return Table(caption="Installed packages", columns=columns, rows=rows)
