"""Rows of the data themselves, where they lie prepared on this machine: nothing is fetched."""

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
from bakeoff_report.figures.small_svg import Series, sketch
from bakeoff_report.words import clean

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.charts import Svg
    from bakeoff_report.model.context import ReportContext
    from bakeoff_report.model.task_rows import Shown

LONGEST_TEXT = 280

MOST_PIXELS = 64

MOST_COLUMNS = 6

MOST_CHANNELS = 3

MOST_STEPS = 300

GREY, COLOUR = 1, 3


class Inputs:
    """The inputs of one task, by row.

    Args:
        X: as the dataset gives it; None where it isn't at hand.
        kind: what it holds.
        task: its name.
        shown: rows that are known without it.
    """

    def __init__(self, X: Any, kind: str, *, task: str, shown: Shown) -> None:
        self.kind = kind
        self._X = X
        self._task = task
        self._shown = shown

    def example(self, row: int, caption: str) -> Example:
        """A row as people can look at it; its number alone where nothing is known of it."""
        facts = self._shown.get(self._task, row)
        if facts is None and self._X is not None and 0 <= row < len(self._X):
            facts = self._shown.put(self._task, row, self._facts(row))
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
    """The inputs of a task, if the suite names it and its data are prepared on this machine."""
    kind, n_rows = str(context.fact(task, "input_kind")), int(context.fact(task, "n_rows"))
    for entry in () if context.shown.is_fixed else _entries(context):
        if task not in (entry.get("name"), entry.get("dataset")):
            continue
        try:
            prepared = find_prepared_task(entry, context.registry)
            if prepared is not None and prepared.n_rows == n_rows:
                return Inputs(prepared.load().X, kind, task=task, shown=context.shown)
        except (BakeoffError, OSError):  # the report is about the run, not about this machine
            continue
    return Inputs(None, kind, task=task, shown=context.shown)


def _entries(context: ReportContext) -> list[dict[str, Any]]:
    """The tasks of each run's suite as they were written; a name alone is that of a dataset."""
    written = [entry for run in context.runs for entry in run.suite.get("tasks") or ()]
    entries = [{"dataset": entry} if isinstance(entry, str) else entry for entry in written]
    return [entry for entry in entries if isinstance(entry, dict)]


def thumbnail(image: npt.NDArray[Any]) -> bytes:
    """A PNG of at most 64 x 64 pixels.

    Args:
        image: (height, width) or (height, width, channels), of any range; the darkest value
            becomes black and the lightest white unless all lie in [0, 255] of whole numbers.
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
    """Channels over time; a hole is None."""
    hues = ("accent", "bad", "muted")
    series = [
        Series(
            name="",
            points=[(float(t), float(v)) for t, v in enumerate(channel) if v is not None],
            colour=hue,
        )
        for channel, hue in zip(channels, hues, strict=False)
    ]
    return sketch(series, x="time step", y="value")


def _rounded(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:40]
