"""The numbers behind the leaderboard, small enough for the page to carry and rank again."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_report.words import ARROWS, KINDS, metric_name, spoken

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.score_matrix import Grid

MOST_PAIRS = 100_000
"""So many pairs of methods on fixed test parts have their errors in the page."""


def board_data(context: ReportContext) -> dict[str, Any]:
    """What the page needs to compute every leaderboard again.

    Means in full precision, scores of single splits in half of it: differences of three digits
    don't tell. Arrays are base64 of little-endian numbers, methods by tasks or by splits.
    """
    devices = context.devices if len(context.devices) > 1 else []
    return {
        "tasks": [_task(context, task) for task in context.grid.tasks],
        "methods": [
            {"name": context.names(m), "source": s}
            for m, s in zip(context.grid.methods, context.grid.sources, strict=True)
        ],
        "layers": [_layer(context, device) for device in ("", *devices)],
    }


def _task(context: ReportContext, task: str) -> dict[str, Any]:
    row = context.tasks.loc[task]
    scale, sign = context.scales[task], context.sign(task)
    kind, arrow = str(row["input_kind"]), ARROWS.get(str(row["direction"]), "")
    return {
        "name": context.names(task),
        "kind": KINDS.get(kind, spoken(kind)),
        "note": f"{metric_name(context.names(row['metric']))} {arrow}".strip(),
        "sign": sign,
        "zero": sign * scale.zero if scale.is_known else None,
        "span": scale.span if scale.is_known else None,
        "fixed": context.evidence.is_fixed(task),
    }


def _layer(context: ReportContext, device: str) -> dict[str, Any]:
    grid = context.grids[device]
    place = {method: i for i, method in enumerate(context.grid.methods)}
    fixed = [task for task in grid.tasks if context.evidence.is_fixed(task)]
    fits = len(fixed) * len(grid.methods) ** 2 <= MOST_PAIRS
    errors = {task: context.pair_errors(task, device) for task in fixed} if fits else {}
    return {
        "device": device,
        "methods": [place[method] for method in grid.methods],
        "width": grid.scores.shape[1],
        "ends": [list(grid.ends[task]) for task in grid.tasks],
        "means": packed(np.column_stack([grid.means(t) for t in grid.tasks]), "<f8"),
        "scores": packed(grid.scores, "<f4"),
        "ratios": [_ratios(grid, task) for task in grid.tasks],
        "steps": [_steps(context, grid, task) for task in grid.tasks],
        "seconds": packed(grid.seconds, "<f4"),
        "complete": packed(grid.complete, "<u2"),
        "planned": packed(grid.planned, "<u2"),
        "errors": [packed(errors[t][0], "<f4") if t in errors else None for t in grid.tasks],
        "free": [packed(errors[t][1], "<f4") if t in errors else None for t in grid.tasks],
    }


def _steps(context: ReportContext, grid: Grid, task: str) -> list[float]:
    """Smallest steps of means over 1, 2, ... splits."""
    start, stop = grid.ends[task]
    return [float(step) for step in context.evidence.resolutions(task, stop - start)]


def _ratios(grid: Grid, task: str) -> float | str:
    """One number where all splits have the same share of test rows."""
    _, ratios = grid.of_task(task)
    known = ratios[np.isfinite(ratios)]
    if known.size and np.ptp(known) == 0:
        return float(known[0])
    return packed(ratios, "<f4")


def packed(values: npt.NDArray[Any], kind: str) -> str:
    """Numbers as base64 of their bytes, line by line."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()
