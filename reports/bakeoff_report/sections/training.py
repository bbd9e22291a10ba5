"""How networks were trained: what was chosen and why, updates, and how far gradients reach back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Section, Table
from bakeoff_report.charts import colour, to_svg
from bakeoff_report.sections.cells import cut, name_cell, text_cell
from bakeoff_report.words import NONE, label, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.context import ReportContext

LEAD = (
    "Updates an epoch are training rows over batch size, rounded up; updates are what the "
    "optimizer counted. Choices stand with their reasons, as stored when training began."
)
CHOICES = ("loss", "output_activation", "optimizer", "learning_rate", "batch_size", "stopped")
GATES = ("input", "forget", "output")
MOST_ROWS, MOST_PANELS = 60, 6
HUES = ("raw", "manual", "end_to_end", "embedded", "ink", "fine_tuned", "random")
SMALLEST = 1e-30
"""Below it a gradient is drawn as nothing."""


def section(context: ReportContext) -> Section | None:
    """Gone where nothing was trained in epochs with an optimizer."""
    rows = context.complete[context.complete["n_updates"].notna()]
    if rows.empty:
        return None
    rows = rows.sort_values(["repeat", "fold"], kind="stable")  # tasks in the suite's order
    first = rows.drop_duplicates(["task", "method", "variant", "device", "backend"])
    notes = _notes(context)
    blocks: list[Block] = [_updates(context, rows), _choices(context, first, notes)]
    flows = _flows(context, first)
    if not flows.empty:
        blocks += [_reach(context, flows), *_flow_figures(flows), *_gate_figures(context, first)]
    return Section(title="Training records", order=55, lead=LEAD, blocks=tuple(blocks))


def _notes(context: ReportContext) -> dict[tuple[str, str], str]:
    """Notes by trial and name."""
    frames = [run.notes for run in context.runs if not run.notes.empty]
    return {
        (str(row.trial), str(row.name)): str(row.value)
        for frame in frames
        for row in frame.itertuples(index=False)
    }


def _updates(context: ReportContext, rows: pd.DataFrame) -> Table:
    """Means over repeats."""
    columns = ("n_parameters", "updates_per_epoch", "n_epochs", "best_epoch", "n_updates")
    found = []
    for (task, method, variant), part in rows.groupby(["task", "method", "variant"], sort=False):
        values = [part[name].astype(float).mean() for name in columns]
        cells = [
            Cell(text=NONE) if pd.isna(v) else Cell(text=number(v, 0), sort=float(v))
            for v in values
        ]
        name = name_cell(context, method, sub="" if variant == "default" else str(variant))
        found.append((name, name_cell(context, task), *cells))
    shown, note = cut(found, MOST_ROWS)
    return Table(
        caption="Updates of the weights, mean over repeats",
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
    """What was chosen for the first repeat, with the reasons."""
    found = []
    for row in first.itertuples(index=False):
        told = [notes.get((str(row.trial), name), "") for name in CHOICES]
        if any(told):
            variant = "" if row.variant == "default" else f"/{row.variant}"
            cells = [text_cell(context, text or NONE) for text in told]
            found.append((name_cell(context, f"{row.task}/{row.method}{variant}"), *cells))
    shown, note = cut(found, MOST_ROWS)
    titles = ("Training", "Loss", "Output", "Optimizer", "Learning rate", "Batch", "Stopped")
    table = Table(
        caption="Choices and their reasons, first repeat",
        columns=tuple(Column(title=title, align="text") for title in titles),
        rows=shown,
        note=note,
    )
    return Details(summary="Loss, output, optimizer: what was chosen and why", blocks=(table,))


def _flows(context: ReportContext, first: pd.DataFrame) -> pd.DataFrame:
    """Gradient norm by step, before and after training, of every first repeat that has it."""
    by_name = {run.name: run for run in context.runs}
    found: list[dict[str, Any]] = []
    for row in first.itertuples(index=False):
        arrays = by_name[str(row.run)].training(str(row.trial))
        for when in ("start", "end"):
            gradient = arrays.get(f"gradient_{when}")
            if gradient is None or not len(gradient) or not gradient[-1] > 0:
                continue
            name = row.method if row.variant == "default" else f"{row.method}/{row.variant}"
            found += [
                {
                    "task": str(row.task),
                    "method": label(context.names(name)),
                    "when": {"start": "before training", "end": "after training"}[when],
                    "step": i + 1,
                    "share": max(float(value) / float(gradient[-1]), SMALLEST),
                }
                for i, value in enumerate(gradient)
            ]
    return pd.DataFrame(found)


def _reach(context: ReportContext, flows: pd.DataFrame) -> Table:
    """Gradient at the first step over that at the last."""
    first = flows[flows["step"] == 1]
    found = []
    for (task, method), part in first.groupby(["task", "method"], sort=False):
        steps = int(flows[(flows["task"] == task) & (flows["method"] == method)]["step"].max())
        by_when = dict(zip(part["when"], part["share"], strict=True))
        shares = [by_when.get(when) for when in ("before training", "after training")]
        cells = [
            Cell(text=NONE) if v is None else Cell(text=f"{v:.2g}", sort=float(v)) for v in shares
        ]
        found.append(
            (
                name_cell(context, task),
                name_cell(context, method),
                Cell(text=str(steps), sort=float(steps)),
                *cells,
            )
        )
    return Table(
        caption="How far gradients reach back: norm at the first step over that at the last",
        columns=(
            Column(title="Task", align="text"),
            Column(title="Network", align="text"),
            Column(title="Steps"),
            Column(title="Before training"),
            Column(title="After training"),
        ),
        rows=tuple(found),
        note="The loss's gradient with respect to the hidden state, first repeat. Far below 1, "
        "early steps hardly change the weights: the gradient has vanished. An LSTM's does so too "
        "where its forget gates start near 0.73; `forget_bias: chrono` starts them so that some "
        "units remember the whole series. Where training succeeded, its answer depends on early "
        "steps, and the ratio may exceed 1.",
    )


def _flow_figures(flows: pd.DataFrame) -> list[Figure]:
    panels = list(dict.fromkeys(flows["task"]))[:MOST_PANELS]
    shown = flows[flows["task"].isin(panels)].assign(task=lambda f: f["task"].map(label))
    svg = _lines(
        shown, y="share", title="gradient norm, last step = 1 (log scale)", prefix="flow", log=True
    )
    caption = "Gradient of the loss with respect to the hidden state, by step"
    methods = ", ".join(dict.fromkeys(shown["method"]))
    alt = f"{caption}, before and after training, for {methods}. The table above has the ends."
    return [Figure(svg=svg, caption=caption, alt=alt)]


def _gate_figures(context: ReportContext, first: pd.DataFrame) -> list[Figure]:
    by_name = {run.name: run for run in context.runs}
    found: list[dict[str, Any]] = []
    for row in first.itertuples(index=False):
        arrays = by_name[str(row.run)].training(str(row.trial))
        name = row.method if row.variant == "default" else f"{row.method}/{row.variant}"
        for gate in GATES:
            for when in ("start", "end"):
                values = arrays.get(f"gate_{gate}_{when}")
                found += [
                    {
                        "task": f"{row.task}: {label(context.names(name), 22)}",
                        "method": f"{gate} gate",
                        "when": {"start": "before training", "end": "after training"}[when],
                        "step": i + 1,
                        "share": float(value),
                    }
                    for i, value in enumerate(values if values is not None else ())
                ]
    if not found:
        return []
    frame = pd.DataFrame(found)
    panels = list(dict.fromkeys(frame["task"]))[:MOST_PANELS]
    frame = frame[frame["task"].isin(panels)].assign(task=lambda f: f["task"].map(label))
    svg = _lines(frame, y="share", title="mean activation, 0 closed, 1 open", prefix="gates")
    caption = "What the gates of LSTM layers do, by step"
    alt = f"{caption}: mean activation of forget, input and output gate, before and after training."
    return [Figure(svg=svg, caption=caption, alt=alt)]


def _lines(frame: pd.DataFrame, *, y: str, title: str, prefix: str, log: bool = False) -> Any:
    import altair as alt

    kinds: Sequence[str] = list(dict.fromkeys(frame["method"]))
    hues = [colour(HUES[i % len(HUES)]) for i in range(len(kinds))]
    scale = alt.Scale(type="log") if log else alt.Scale(domain=[0, 1])
    dashes = alt.Scale(domain=["before training", "after training"], range=[[4, 3], [1, 0]])
    base = alt.Chart(frame).mark_line(strokeWidth=2)
    panel = base.encode(
        x=alt.X("step:Q", title="step", scale=alt.Scale(nice=False)),
        y=alt.Y(f"{y}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=5, format="~g")),
        color=alt.Color("method:N", title=None, scale=alt.Scale(domain=kinds, range=hues)),
        strokeDash=alt.StrokeDash("when:N", title=None, scale=dashes),
    ).properties(width=260, height=170)
    header = alt.Header(labelOrient="top", labelAnchor="start")
    chart = panel.facet(
        facet=alt.Facet("task:N", sort=list(dict.fromkeys(frame["task"])), title=None,
                        header=header),
        columns=2,
    ).resolve_scale(x="independent")  # fmt: skip
    return to_svg(chart, prefix)
