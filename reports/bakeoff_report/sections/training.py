"""Training of networks: choices with their reasons, updates, gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff_report.blocks import Cell, Column, Details, Section, Table
from bakeoff_report.cells import cut, name_cell, text_cell
from bakeoff_report.figures import gradients
from bakeoff_report.words import NONE, number

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

LEAD = (
    "Updates an epoch are training rows over batch size, rounded up; updates are what the "
    "optimizer counted. Choices stand with their reasons, as stored when training began."
)
CHOICES = ("loss", "output_activation", "optimizer", "learning_rate", "batch_size", "stopped")
MOST_ROWS = 60


def section(context: ReportContext) -> Section | None:
    """Tabulate updates and choices; None if nothing was trained in epochs."""
    rows = context.complete[context.complete["n_updates"].notna()]
    if rows.empty:
        return None
    rows = rows.sort_values(["repeat", "fold"], kind="stable")  # tasks in the suite's order
    first = rows.drop_duplicates(["task", "method", "variant", "device", "backend"])
    notes = _notes(context)
    reach, findings = gradients.gradient_blocks(context, rows)
    return Section(
        title="Training records",
        order=55,
        lead=LEAD,
        blocks=(_updates(context, rows), _choices(context, first, notes), *reach),
        findings=findings,
    )


def _notes(context: ReportContext) -> dict[tuple[str, str], str]:
    """Return notes by trial and name."""
    frames = [run.notes for run in context.runs if not run.notes.empty]
    return {
        (str(row.trial), str(row.name)): str(row.value)
        for frame in frames
        for row in frame.itertuples(index=False)
    }


def _updates(context: ReportContext, rows: pd.DataFrame) -> Table:
    """Return a table of means over splits."""
    columns = ("n_parameters", "updates_per_epoch", "n_epochs", "best_epoch", "n_updates")
    lines = []
    for (task, method, variant), part in rows.groupby(["task", "method", "variant"], sort=False):
        values = [part[name].astype(float).mean() for name in columns]
        cells = [
            Cell(text=NONE) if pd.isna(v) else Cell(text=number(v, 0), sort=float(v))
            for v in values
        ]
        name = name_cell(context, method, sub="" if variant == "default" else str(variant))
        lines.append((name, name_cell(context, task), *cells))
    shown, note = cut(lines, MOST_ROWS)
    return Table(
        caption="Updates of the weights, mean over splits",
        columns=(
            Column(title="Method", align="text"),
            Column(title="Task", align="text"),
            Column(title="Weights"),
            Column(title="Updates an epoch"),
            Column(title="Epochs"),
            Column(title="Best epoch"),
            Column(title="Updates"),
        ),
        rows=shown,
        note=note,
    )


def _choices(
    context: ReportContext, first: pd.DataFrame, notes: dict[tuple[str, str], str]
) -> Details:
    """Return a table of the first split's choices with their reasons."""
    lines = []
    for row in first.itertuples(index=False):
        reasons = [notes.get((str(row.trial), name), "") for name in CHOICES]
        if any(reasons):
            variant = "" if row.variant == "default" else f"/{row.variant}"
            cells = [text_cell(context, text or NONE) for text in reasons]
            lines.append((name_cell(context, f"{row.task}/{row.method}{variant}"), *cells))
    shown, note = cut(lines, MOST_ROWS)
    titles = ("Training", "Loss", "Output", "Optimizer", "Learning rate", "Batch", "Stopped")
    table = Table(
        caption="Choices and their reasons, first split",
        columns=tuple(Column(title=title, align="text") for title in titles),
        rows=shown,
        note=note,
    )
    return Details(summary="Loss, output, optimizer: what was chosen and why", blocks=(table,))
