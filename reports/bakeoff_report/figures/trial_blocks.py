"""One trial as blocks: facts, scores, curves, predictions, log and the command to repeat it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Block, Cell, Code, Column, Facts, Figure, Prose, Table
from bakeoff_report.cells import score_cell, text_cell
from bakeoff_report.figures.mistakes import predicted_blocks
from bakeoff_report.figures.small_svg import Series, small_chart
from bakeoff_report.words import clean, memory, metric_name, seconds, spoken, tail

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

PARAMETERS = "parameters"
TAIL = 4000
MOST_NOTES = 40
CURVES = (
    ("loss", "train_loss", "validation_loss"),
    ("score", "train_score", "validation_score"),
)
COUNTS = {
    "n_train": "train rows",
    "n_validation": "validation rows",
    "n_test": "test rows",
    "n_refit": "rows refitted",
    "n_features": "columns",
    "n_parameters": "weights",
    "n_epochs": "epochs",
    "best_epoch": "best epoch",
    "updates_per_epoch": "updates an epoch",
    "n_updates": "updates",
    "threads": "threads",
    "concurrency": "trials at once",
}
PHASES = ("load_s", "featurize_s", "search_s", "compile_s", "fit_s", "predict_s", "wall_s")


def trial_blocks(context: ReportContext, row: dict[Any, Any]) -> list[Block]:
    """Return the blocks of one trial's page.

    Args:
        context: the runs.
        row: the trial's row of `context.trials`.
    """
    trial = str(row["trial"])
    blocks: list[Block] = []
    if row.get("reason"):
        blocks.append(Prose(text=clean(row["reason"])[:TAIL], tone="bad"))
    blocks.append(Facts(items=tuple(_facts(context, row))))
    if (scores := context.details("scores").get(trial)) is not None:
        blocks.append(_scores(context, scores))
    if (epochs := context.details("epochs").get(trial)) is not None:
        blocks += _curves(context, row, epochs)
    if row["state"] == "complete":
        blocks += predicted_blocks(context, row)
    blocks += _notes(context, trial)
    for name in ("traceback", "warnings", "log"):
        if text := clean(row.get(name) or "").strip():
            blocks.append(Code(label=name.capitalize(), text=tail(text, TAIL)))
    blocks.append(Code(label="The command that repeats it alone", text=_command(context, row)))
    return blocks


def _command(context: ReportContext, row: dict[Any, Any]) -> str:
    return f"bakeoff replay {clean(context.run_of(row).name)} {clean(row['trial'])}"


def _facts(context: ReportContext, row: dict[Any, Any]) -> list[tuple[str, str]]:
    names = {"features": "features", "learner": "learner", "device": "device", "backend": "backend"}
    facts = [(title, context.names(row[key])) for key, title in names.items() if row.get(key)]
    facts.append(("source", spoken(str(row["source"]))))
    if str(row["study"]) != "none":
        facts.append(("study", f"{context.names(row['study'])}: {context.names(row['variant'])}"))
    facts += [
        (title, f"{int(row[key]):,}") for key, title in COUNTS.items() if _is_there(row.get(key))
    ]
    if _is_there(row.get("seed")):
        facts.append(("seed", str(int(row["seed"]))))
    facts += [
        (key.removesuffix("_s").replace("wall", "whole"), seconds(float(row[key])))
        for key in PHASES
        if _is_there(row.get(key)) and float(row[key]) > 0
    ]
    if _is_there(row.get("peak_rss_mib")):
        facts.append(("peak memory", memory(float(row["peak_rss_mib"]))))
    return facts


def _is_there(value: Any) -> bool:
    try:
        return value is not None and not math.isnan(float(value))
    except (TypeError, ValueError):  # pandas' own NA, and text
        return False


def _scores(context: ReportContext, scores: pd.DataFrame) -> Table:
    columns = (
        Column(title="Metric", align="text"),
        Column(title="Train"),
        Column(title="Validation"),
        Column(title="Test"),
    )
    rows = tuple(
        (
            Cell(text=metric_name(context.names(score["metric"]))),
            *(score_cell(_number(score[part])) for part in ("train", "validation", "test")),
        )
        for score in scores.to_dict("records")
    )
    return Table(caption="Every metric", columns=columns, rows=rows, is_sortable=False)


def _number(value: Any) -> float:
    return float(value) if _is_there(value) else math.nan


def _curves(context: ReportContext, row: dict[Any, Any], epochs: pd.DataFrame) -> list[Block]:
    """Draw train and validation values over epochs, with the best epoch marked."""
    by_name = {str(name): part for name, part in epochs.groupby("name", sort=False)}
    metric = metric_name(context.names(row["metric"]))
    best = _number(row.get("best_epoch"))
    figures: list[Block] = []
    for quantity, *names in CURVES:
        series = [
            Series(
                name=name.split("_")[0],
                points=_points(by_name[name]),
                colour="accent" if name.startswith("train") else "bad",
                dashed=not name.startswith("train"),
            )
            for name in names
            if name in by_name
        ]
        title = quantity if quantity == "loss" else metric
        svg = small_chart(series, x="epoch", y=title, mark=best if math.isfinite(best) else None)
        if svg:
            text = f"{title} over epochs" + (f", best epoch {best:.0f}" if best == best else "")  # noqa: PLR0124  NaN
            last = "; ".join(f"{s.name} ends at {s.points[-1][1]:.4g}" for s in series if s.points)
            caption = f"{text[0].upper()}{text[1:]}"
            figures.append(Figure(svg=svg, caption=caption, alt=f"{text}: {last}."))
    return figures


def _points(part: pd.DataFrame) -> list[tuple[float, float]]:
    pairs = zip(part["epoch"].astype(float), part["value"].astype(float), strict=True)
    return [(x, y) for x, y in pairs if math.isfinite(y)]


def _notes(context: ReportContext, trial: str) -> list[Block]:
    """Return the parameters that were set, then the training's choices with their reasons."""
    frame = context.details("notes").get(trial)
    if frame is None:
        return []
    notes = dict(zip(frame["name"].astype(str), frame["value"].astype(str), strict=True))
    blocks: list[Block] = []
    if params := notes.pop(PARAMETERS, ""):
        blocks.append(Code(label="Parameters that were set", text=_indented(params)))
    if notes:
        rows = tuple(
            (Cell(text=context.names(spoken(name))), text_cell(context, value))
            for name, value in list(notes.items())[:MOST_NOTES]
        )
        columns = (Column(title="What", align="text"), Column(title="Value", align="text wide"))
        blocks.append(
            Table(caption="What the training chose", columns=columns, rows=rows, is_sortable=False)
        )
    return blocks


def _indented(text: str) -> str:
    try:
        return clean(json.dumps(json.loads(text), indent=1, ensure_ascii=False))[:TAIL]
    except ValueError:
        return clean(text)[:TAIL]
