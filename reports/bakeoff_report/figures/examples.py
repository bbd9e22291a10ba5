"""Rows of a dataset as examples, if it is prepared on this machine; nothing is fetched."""

from __future__ import annotations

import base64
import io
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.prepared import find_prepared_task
from bakeoff.errors import BakeoffError
from bakeoff_report.blocks import Example
from bakeoff_report.figures.small_svg import Series, small_chart
from bakeoff_report.words import clean

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.charts import Svg
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.task_rows import ExampleRows

LONGEST_TEXT = 280

MOST_PIXELS = 64

MOST_COLUMNS = 6

MOST_CHANNELS = 3

MOST_STEPS = 300

GREY, COLOUR = 1, 3


class Inputs:
    """Inputs of one task, by row.

    Args:
        X: the dataset's inputs; None if they are not prepared on this machine.
        kind: input kind.
        task: its name.
        rows: rows stored beside the run.
    """

    def __init__(self, X: Any, kind: str, *, task: str, rows: ExampleRows) -> None:
        self.kind = kind
        self._X = X
        self._task = task
        self._rows = rows

    def example(self, row: int, caption: str) -> Example:
        """Return a row as picture, series or text; as its number alone if no data are at hand."""
        facts = self._rows.get(self._task, row)
        if facts is None and self._X is not None and 0 <= row < len(self._X):
            facts = self._rows.put(self._task, row, self._facts(row))
        facts = facts or {"text": f"row {row}"}
        with suppress(ValueError, TypeError):  # a file from elsewhere may hold anything
            if "png" in facts:
                png = base64.b64decode(facts["png"], validate=True)
                return Example(caption=caption, png=png)
            if "series" in facts:
                return Example(caption=caption, svg=_series(facts["series"]))
        return Example(caption=caption, text=clean(facts.get("text", f"row {row}")))

    def _facts(self, row: int) -> dict[str, Any]:
        if self.kind == "image":
            png = base64.b64encode(thumbnail(np.asarray(self._X[row])))
            return {"png": png.decode()}
        if self.kind == "sequence":
            channels = np.atleast_2d(np.asarray(self._X[row], dtype=float))[:MOST_CHANNELS]
            return {"series": [[_rounded(v) for v in c[:MOST_STEPS]] for c in channels.tolist()]}
        if self.kind == "table":
            values = list(self._X.iloc[row].items())[:MOST_COLUMNS]
            return {"text": ", ".join(f"{name} {_short(value)}" for name, value in values)}
        text = clean(self._X[row])
        cut = f"{text[:LONGEST_TEXT]}\N{HORIZONTAL ELLIPSIS}"
        return {"text": text if len(text) <= LONGEST_TEXT else cut}


def inputs_of(context: ReportContext, task: str) -> Inputs:
    """Return the inputs of a task, without data if they are not prepared on this machine."""
    kind, n_rows = str(context.fact(task, "input_kind")), int(context.fact(task, "n_rows"))
    for entry in () if context.example_rows.is_fixed else _entries(context):
        if task not in (entry.get("name"), entry.get("dataset")):
            continue
        try:
            prepared = find_prepared_task(entry, context.registry)
            if prepared is not None and prepared.n_rows == n_rows:
                return Inputs(prepared.load().X, kind, task=task, rows=context.example_rows)
        except (BakeoffError, OSError):  # the report is about the run, not about this machine
            continue
    return Inputs(None, kind, task=task, rows=context.example_rows)


def _entries(context: ReportContext) -> list[dict[str, Any]]:
    """Return the tasks of each run's suite as written; a name alone is that of a dataset."""
    written = [entry for run in context.runs for entry in run.suite.get("tasks") or ()]
    entries = [{"dataset": entry} if isinstance(entry, str) else entry for entry in written]
    return [entry for entry in entries if isinstance(entry, dict)]


def thumbnail(image: npt.NDArray[Any]) -> bytes:
    """Return an image as PNG of at most 64 x 64 pixels.

    Args:
        image: (height, width) or (height, width, channels), of any range; unless it is
            uint8, the smallest value becomes black and the largest white.
    """
    from PIL import Image

    plane = image if image.ndim == 3 else image[:, :, None]  # noqa: PLR2004  height, width, channels
    if plane.shape[2] not in (GREY, COLOUR):
        plane = plane[:, :, :1]
    if plane.dtype != np.uint8:
        low, high = float(plane.min()), float(plane.max())
        plane = ((plane - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    picture = Image.fromarray(plane[:, :, 0] if plane.shape[2] == GREY else plane)
    picture.thumbnail((MOST_PIXELS, MOST_PIXELS))
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _series(channels: list[list[float | None]]) -> Svg:
    """Draw channels over time; None is a missing value."""
    hues = ("accent", "bad", "muted")
    series = [
        Series(
            name="",
            points=[(float(t), float(v)) for t, v in enumerate(channel) if v is not None],
            colour=hue,
        )
        for channel, hue in zip(channels, hues, strict=False)
    ]
    return small_chart(series, x="time step", y="value")


def _rounded(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:40]
