"""Transfer learning: gain of each stage, and origin of the weights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.statistics.contrasts import pairs
from bakeoff_report.blocks import Block, Cell, Column, Details, Finding, Section, Table
from bakeoff_report.cells import (
    interval_cell,
    metric_cell,
    name_cell,
    score_cell,
    seconds_cell,
    source_cell,
    text_cell,
)
from bakeoff_report.model.times import median_seconds
from bakeoff_report.words import NONE, source_order, spoken

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

STAGES = "fine_tuning"
TRAINED = {
    "partial": "top blocks trained", "full": "all blocks trained", "from_scratch": "from scratch",
}  # fmt: skip
"""Names of the study's stages that change weights."""

TOLD = ("weights", "weights_licence", "images", "probe")
SEED, SEEDS = re.compile(r"drawn from seed \d+"), "drawn from each trial's own seed"
LEAD = (
    "Features of networks that were trained on ImageNet: frozen under a learner, fine-tuned, and "
    "beside them random weights and training from scratch. Random weights have learned nothing and "
    "are of source random or, where they are trained, end to end."
)
NOTE = (
    "Test is the mean over splits. The difference is to the frozen network with a head of its own, "
    "on the same splits; where several methods were studied, to the method's own. Training: "
    "features, compilation and fit, the median over splits; reused features count in full."
)


def section(context: ReportContext) -> Section | None:
    """Tabulate stages by task, and weights; None if no method used any."""
    weights = _weights(context)
    if weights.empty:
        return None
    rows = context.complete[context.complete["trial"].isin(weights["trial"])]
    blocks: list[Block] = [
        _stages(context, str(task), part) for task, part in rows.groupby("task", sort=False)
    ]
    trials = context.trials[["trial", "method", "task"]]
    notes = weights.reindex(columns=["trial", *TOLD]).fillna("").merge(trials, on="trial")
    blocks += [_provenance(context, notes), _images(context, notes)]
    studied = rows[rows["study"] == STAGES].groupby(["task", "method"], sort=False)
    every_finding = [_finding(context, str(task), part) for (task, _), part in studied]
    findings = tuple(finding for finding in every_finding if finding is not None)
    return Section(title="Transfer", order=70, lead=LEAD, blocks=tuple(blocks), findings=findings)


def _weights(context: ReportContext) -> pd.DataFrame:
    """Return one row per trial that used weights, with its notes on them."""
    notes = pd.concat([run.notes for run in context.runs], ignore_index=True)
    of_weights = notes[notes["name"].isin([*TOLD, "backbone"])]
    if of_weights.empty:
        return pd.DataFrame(columns=["trial"])
    wide = of_weights.drop_duplicates(["trial", "name"]).pivot_table(
        index="trial", columns="name", values="value", aggfunc="first"
    )
    if "backbone" not in wide:
        return pd.DataFrame(columns=["trial"])
    return wide.dropna(subset="backbone").reset_index()


def _stages(context: ReportContext, task: str, rows: pd.DataFrame) -> Table:
    """Return a table of the uses of a network on one task, frozen ones first."""
    columns = (
        Column(title="Stage", align="text"),
        Column(title="Source", align="text"),
        Column(title="Metric", align="text"),
        Column(title="Splits"),
        Column(title="Train"),
        Column(title="Test"),
        Column(title="Against frozen", note="same splits"),
        Column(title="Training", note="median"),
    )
    frozen = rows[(rows["study"] == STAGES) & (rows["variant"] == rows["control"])]
    groups = [part for _, part in rows.groupby(["study", "method", "variant"], sort=False)]
    groups.sort(
        key=lambda part: (
            source_order(str(part["source"].iloc[0])),
            -float(part["test_score"].mean()),
        )
    )
    body = tuple(_stage(context, task, part, _own(frozen, part)) for part in groups)
    caption = f"{context.names(task)}: what each stage of transfer buys"
    return Table(caption=caption, columns=columns, rows=body, note=NOTE)


def _own(frozen: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """Return the frozen network to compare a stage with: its own, or the only one."""
    if frozen["method"].nunique() < 2:  # noqa: PLR2004  nothing to mix up
        return frozen
    own: pd.DataFrame = frozen[frozen["method"] == part["method"].iloc[0]]
    return own


def _stage(
    context: ReportContext, task: str, part: pd.DataFrame, frozen: pd.DataFrame
) -> tuple[Cell, ...]:
    first = part.iloc[0]
    stage = "" if first["study"] == "none" else spoken(context.names(first["variant"]))
    return (
        name_cell(context, first["method"], sub=stage),
        source_cell(str(first["source"])),
        metric_cell(context, task),
        Cell(text=str(len(part)), sort=len(part)),
        score_cell(float(part["train_score"].mean())),
        score_cell(float(part["test_score"].mean()), tone="strong"),
        _difference(context, task, part, frozen),
        seconds_cell(median_seconds(part)),
    )


def _difference(
    context: ReportContext, task: str, part: pd.DataFrame, frozen: pd.DataFrame
) -> Cell:
    """Return a stage minus the frozen network on the same splits; a dash for that network."""
    if frozen.empty or part["trial"].isin(frozen["trial"]).any():
        return Cell(text=NONE)
    table = pairs(part, frozen)
    if table.empty:
        return Cell(text=NONE)
    return interval_cell(context.intervals.difference(table, task), context.unit(task))


def _finding(context: ReportContext, task: str, rows: pd.DataFrame) -> Finding | None:
    """Describe the gain of one method by ImageNet weights, and by training them further."""
    stages = {str(name): part for name, part in rows.groupby("variant")}
    frozen, drawn = stages.get("frozen"), stages.get("random_frozen")
    if frozen is None or drawn is None or (table := pairs(frozen, drawn)).empty:
        return None
    unit, name = context.unit(task), context.names(task)
    method = context.names(rows["method"].iloc[0])
    interval = context.intervals.difference(table, task)
    added = []
    for stage, stage_text in TRAINED.items():
        if stage in stages and len(further := pairs(stages[stage], frozen)):
            change = context.intervals.difference(further, task)
            text = f"{stage_text} {unit.difference(change.estimate)} {unit.ends(change)}".strip()
            added.append(text)
    more = f". Against the frozen one: {', '.join(added)}" if added else ""
    is_better = interval.estimate > 0
    lead = interval if is_better else interval.scaled(-1)
    size = f"{unit.size(lead.estimate)} {unit.ends(lead)}".strip()
    beats = "beats" if is_better else "loses to"
    return Finding(
        topic="Transfer",
        claim=f"On {name} {method} with ImageNet's weights {beats} itself with random ones by "
        f"{size}, both frozen{more}.",
        otherwise=f"On {name} it is undecided whether ImageNet's weights help {method} more than "
        f"random ones, both frozen: {unit.difference(interval.estimate)} {unit.name} "
        f"{unit.ends(interval)}{more}.",
        p=interval.p,
        tone="good" if is_better else "bad",
    )


def _provenance(context: ReportContext, notes: pd.DataFrame) -> Table:
    """Return a table of weights, with the methods that use them."""
    columns = (
        Column(title="Weights", align="text"),
        Column(title="Licence", align="text"),
        Column(title="Probe", align="text", note="known images, known answers"),
        Column(title="Methods", align="text"),
    )
    unseeded = notes.assign(key=notes["weights"].map(lambda text: SEED.sub(SEEDS, str(text))))
    rows = []
    for (key, licence, probe), part in unseeded.groupby(
        ["key", "weights_licence", "probe"], sort=False
    ):
        weights = part["weights"].iloc[0] if len(set(part["weights"])) == 1 else key
        methods = ", ".join(context.names(name) for name in dict.fromkeys(part["method"]))
        rows.append(
            (
                text_cell(context, weights),
                text_cell(context, licence or NONE),
                text_cell(context, probe or NONE),
                Cell(text=methods),
            )
        )
    return Table(caption="Where weights come from", columns=columns, rows=tuple(rows))


def _images(context: ReportContext, notes: pd.DataFrame) -> Details:
    """Return a table of the image sizes and value ranges that each network was fed."""
    columns = (
        Column(title="Task", align="text"),
        Column(title="Images", align="text"),
        Column(title="Methods", align="text"),
    )
    rows = tuple(
        (
            name_cell(context, task),
            text_cell(context, shown),
            Cell(text=", ".join(context.names(name) for name in dict.fromkeys(part["method"]))),
        )
        for (task, shown), part in notes[notes["images"] != ""].groupby(
            ["task", "images"], sort=False
        )
    )
    table = Table(caption="Size, channels and values of images", columns=columns, rows=rows)
    return Details(summary="What the networks meet", blocks=(table,))
