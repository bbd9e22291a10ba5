"""Gradient norms over time steps in recurrent networks, and activations of LSTM gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bakeoff_report.blocks import Block, Cell, Column, Figure, Finding, Table
from bakeoff_report.cells import cut, name_cell
from bakeoff_report.charts import colour
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.words import NONE, label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakeoff_report.model.context import ReportContext

WHEN = {"start": "before training", "end": "after training"}
GATES = ("input", "forget", "output")
MOST_ROWS, MOST_PANELS = 60, 8
HUES = ("raw", "manual", "end_to_end", "embedded", "ink", "fine_tuned", "random")
SMALLEST = 1e-20
"""Smaller ratios are drawn as this one; single precision ends at 1e-38."""

NOTE = (
    "The loss's gradient with respect to the hidden state; median over splits, below it smallest "
    "and largest. Far below 1, early steps hardly change the weights: the gradient has vanished. "
    "An LSTM's does so too where its forget gates start near 0.73; forget_bias: chrono starts "
    "them so that some units remember the whole series. Where training succeeded, its answer "
    "depends on early steps, and the ratio may exceed 1. Charts end at 1e-20."
)


def gradient_blocks(
    context: ReportContext, rows: pd.DataFrame
) -> tuple[tuple[Block, ...], tuple[Finding, ...]]:
    """Return a table and figures on gradients and gates, and a finding.

    Args:
        context: the runs.
        rows: trials of trained networks, ordered by repeat.

    Returns:
        Blocks and findings; both empty if no gradient was recorded.
    """
    flows = _flows(context, rows)
    if flows.empty:
        return (), ()
    pictures = [*_reach_figures(flows), *_flow_figures(flows), *_gate_figures(context, rows)]
    return (_table(context, flows), *pictures), _findings(context, _reach(flows))


def _findings(context: ReportContext, reach: pd.DataFrame) -> tuple[Finding, ...]:
    """Compare the gradient left at the first step of the shortest and longest series."""
    reach = reach[reach["when"] == WHEN["start"]]
    if reach.empty:
        return ()
    dataset = reach.groupby("dataset", sort=False)["steps"].nunique().idxmax()
    part = reach[reach["dataset"] == dataset]
    short, long = int(part["steps"].min()), int(part["steps"].max())
    if short == long:
        return ()
    ends = part[part["steps"].isin([short, long])]
    table = ends.pivot_table(index="method", columns="steps", values="share", aggfunc="median")
    methods = sorted(table.dropna().to_dict("index").items(), key=lambda item: item[1][long])
    phrases = [
        f"{context.names(method)} {_share(shares[short])} and {_share(shares[long])}"
        for method, shares in methods
    ]
    claim = (
        f"On {context.names(dataset)}, before training, the gradient at the first step over that "
        f"at the last is, at {short} and at {long} steps: {'; '.join(phrases)} (medians)."
    )
    return (Finding(topic="Gradients", claim=claim),)


def _flows(context: ReportContext, rows: pd.DataFrame) -> pd.DataFrame:
    """Return gradient norms by step, relative to the last step, before and after training."""
    frames: list[pd.DataFrame] = []
    for row, arrays in _recorded(context, rows):
        for when, moment in WHEN.items():
            gradient = arrays.get(f"gradient_{when}")
            if gradient is None or not len(gradient) or not gradient[-1] > 0:
                continue
            steps = pd.RangeIndex(1, len(gradient) + 1)
            frame = pd.DataFrame({"step": steps, "share": gradient / gradient[-1]})
            frames.append(
                frame.assign(
                    trial=row.trial,
                    dataset=row.dataset,
                    panel=_panel(row),
                    method=row.method,
                    when=moment,
                    steps=len(gradient),
                )
            )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _recorded(context: ReportContext, rows: pd.DataFrame) -> Iterator[tuple[Any, dict[str, Any]]]:
    by_name = {run.name: run for run in context.runs}
    for row in rows.itertuples(index=False):
        yield row, by_name[str(row.run)].training(str(row.trial))


def _panel(row: Any) -> str:
    return str(row.task) if row.variant == "default" else f"{row.task}, {row.variant}"


def _reach(flows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the first step, one per trial, before and after training."""
    return flows[flows["step"] == 1]


def _share(value: float) -> str:
    return f"{value:.2g}"


def _table(context: ReportContext, flows: pd.DataFrame) -> Table:
    lines = []
    for (panel, method), part in _reach(flows).groupby(["panel", "method"], sort=False):
        cells = []
        for when in WHEN.values():
            shares = part.loc[part["when"] == when, "share"]
            ends = f"{_share(shares.min())} to {_share(shares.max())}" if len(shares) > 1 else ""
            middle = shares.median()
            cell = Cell(text=_share(middle), sub=ends, sort=float(middle))
            cells.append(Cell(text=NONE) if shares.empty else cell)
        steps = int(part["steps"].max())
        names = name_cell(context, panel), name_cell(context, method)
        lines.append((*names, Cell(text=str(steps), sort=float(steps)), *cells))
    shown, note = cut(lines, MOST_ROWS, NOTE)
    return Table(
        caption="How far gradients reach back: norm at the first step over that at the last",
        columns=(
            Column(title="Task", align="text"),
            Column(title="Network", align="text"),
            Column(title="Steps"),
            Column(title="Before training"),
            Column(title="After training"),
        ),
        rows=shown,
        note=note,
    )


def _reach_figures(flows: pd.DataFrame) -> list[Figure]:
    """Draw the gradient at the first step over the length, for data of several lengths."""
    reach = _reach(flows)
    lengths = reach.groupby("dataset", sort=False)["steps"].transform("nunique")
    keys = ["dataset", "method", "when", "steps"]
    shown = reach[lengths > 1].groupby(keys, sort=False)["share"].median().reset_index()
    if shown.empty:
        return []
    shown = shown.rename(columns={"dataset": "panel", "steps": "step"})
    svg = _lines(
        shown, x="steps of the series", y="first step's over last's (log scale)", prefix="reach"
    )
    caption = "What is left of the gradient at the first step, over the length of the series"
    alt = f"{caption}: median over splits, before and after training. The table has the numbers."
    return [Figure(svg=svg, caption=caption, alt=alt)]


def _flow_figures(flows: pd.DataFrame) -> list[Figure]:
    first = flows.drop_duplicates(["panel", "method"])["trial"]
    shown = flows[flows["trial"].isin(first)]
    svg = _lines(_least(shown), x="step", y="gradient norm, last step = 1", prefix="flow")
    caption = "Gradient of the loss with respect to the hidden state, by step, first split"
    methods = ", ".join(map(label, dict.fromkeys(shown["method"])))
    alt = f"{caption}, before and after training, for {methods}. The table above has the ends."
    return [Figure(svg=svg, caption=caption, alt=alt)]


def _gate_figures(context: ReportContext, rows: pd.DataFrame) -> list[Figure]:
    first = rows.drop_duplicates(["task", "method", "variant", "device", "backend"])
    points: list[dict[str, Any]] = []
    for row, arrays in _recorded(context, first):
        for gate in GATES:
            for when, moment in WHEN.items():
                values = arrays.get(f"gate_{gate}_{when}")
                points += [
                    {
                        "panel": f"{_panel(row)}: {label(context.names(row.method), 22)}",
                        "method": f"{gate} gate",
                        "when": moment,
                        "step": i + 1,
                        "share": float(value),
                    }
                    for i, value in enumerate(values if values is not None else ())
                ]
    if not points:
        return []
    frame = pd.DataFrame(points)
    svg = _lines(
        _least(frame), x="step", y="mean activation, 0 closed, 1 open", prefix="gates", log=False
    )
    caption = "What the gates of LSTM layers do, by step"
    alt = f"{caption}: mean activation of forget, input and output gate, before and after training."
    return [Figure(svg=svg, caption=caption, alt=alt)]


def _least(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the first panels."""
    return frame[frame["panel"].isin(list(dict.fromkeys(frame["panel"]))[:MOST_PANELS])]


def _lines(frame: pd.DataFrame, *, x: str, y: str, prefix: str, log: bool = True) -> Any:
    """Draw `share` over `step` by `panel`; one colour per method, dashed before training."""
    import altair as alt

    names = {column: frame[column].map(label) for column in ("panel", "method")}
    frame = frame.assign(**names, share=frame["share"].clip(lower=SMALLEST))
    kinds: Sequence[str] = list(dict.fromkeys(frame["method"]))
    hues = [colour(HUES[i % len(HUES)]) for i in range(len(kinds))]
    scale = alt.Scale(type="log") if log else alt.Scale(domain=[0, 1])
    dashes = alt.Scale(domain=list(WHEN.values()), range=[[4, 3], [1, 0]])
    axis = alt.Axis(tickCount=5, format=".0e" if log else "~g")
    panel = (
        alt.Chart(frame[["panel", "method", "when", "step", "share"]])
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("step:Q", title=x, scale=alt.Scale(nice=False)),
            y=alt.Y("share:Q", title=y, scale=scale, axis=axis),
            color=alt.Color("method:N", title=None, scale=alt.Scale(domain=kinds, range=hues)),
            strokeDash=alt.StrokeDash("when:N", title=None, scale=dashes),
        )
        .properties(width=260, height=170)
    )
    header = alt.Header(labelOrient="top", labelAnchor="start")
    order = list(dict.fromkeys(frame["panel"]))
    facet = alt.Facet("panel:N", sort=order, title=None, header=header)
    return to_svg(panel.facet(facet=facet, columns=2).resolve_scale(x="independent"), prefix)
