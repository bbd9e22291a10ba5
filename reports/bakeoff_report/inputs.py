"""Rows of the data themselves, where they lie prepared on this machine: nothing is fetched."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data import find_prepared
from bakeoff.errors import BakeoffError
from bakeoff.suite import TaskEntry
from bakeoff_report.blocks import Example
from bakeoff_report.sketch import Series, sketch
from bakeoff_report.words import clean

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.context import ReportContext

LONGEST_TEXT = 280
MOST_PIXELS = 64
MOST_COLUMNS = 6
MOST_CHANNELS = 3
GREY, COLOUR = 1, 3


class Inputs:
    """The inputs of one task, by row.

    Args:
        X: as the dataset gives it; None where it isn't at hand.
        kind: what it holds.
    """

    def __init__(self, X: Any, kind: str) -> None:
        self.kind = kind
        self._X = X

    def example(self, row: int, caption: str) -> Example:
        """A row as people can look at it; its number alone where the data aren't at hand."""
        if self._X is None or not 0 <= row < len(self._X):
            return Example(caption=caption, text=f"row {row}")
        if self.kind == "image":
            return Example(caption=caption, png=thumbnail(np.asarray(self._X[row])))
        if self.kind == "sequence":
            return Example(caption=caption, svg=_series(np.asarray(self._X[row], dtype=float)))
        if self.kind == "table":
            values = self._X.iloc[row].items()
            told = [f"{name} {_short(value)}" for name, value in list(values)[:MOST_COLUMNS]]
            return Example(caption=caption, text=clean(", ".join(told)))
        text = clean(self._X[row])
        cut = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\N{HORIZONTAL ELLIPSIS}"
        return Example(caption=caption, text=cut)


def inputs_of(context: ReportContext, task: str) -> Inputs:
    """The inputs of a task, if the first run's suite names it and its data are prepared here."""
    kind = str(context.tasks.loc[task, "input_kind"])
    n_rows = int(context.fact(task, "n_rows"))
    for entry in _entries(context):
        if task not in (entry.name, entry.dataset):
            continue
        try:
            component = context.registry.get("datasets", entry.dataset)
            prepared = find_prepared(component, entry.params)
            if prepared is not None and prepared.n_rows == n_rows:
                return Inputs(prepared.load().X, kind)
        except (BakeoffError, OSError):  # the report is about the run, not about this machine
            continue
    return Inputs(None, kind)


def _entries(context: ReportContext) -> list[TaskEntry]:
    found = []
    for run in context.runs:
        for entry in run.suite.get("tasks") or ():
            try:
                found.append(TaskEntry.model_validate(entry))
            except ValueError:
                continue
    return found


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


def _series(values: npt.NDArray[np.float64]) -> Any:
    """The first channels over time; values of shape (n_channels, length) or (length,)."""
    channels = np.atleast_2d(values)[:MOST_CHANNELS]
    hues = ("accent", "bad", "muted")
    series = [
        Series(
            name="",
            points=[(float(t), float(v)) for t, v in enumerate(channel) if math.isfinite(v)],
            colour=hue,
        )
        for channel, hue in zip(channels, hues, strict=False)
    ]
    return sketch(series, x="time step", y="value")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:40]
