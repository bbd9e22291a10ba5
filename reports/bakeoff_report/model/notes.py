"""Notes in training records, by trial."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bakeoff_report.model.context import ReportContext


def noted(context: ReportContext, names: Collection[str]) -> pd.DataFrame:
    """Return complete trials outside any study with their notes, one column per name.

    Names that no trial noted have no column; trials without any of the notes are left out.
    """
    frames = [run.notes[run.notes["name"].isin(list(names))] for run in context.runs]
    notes = pd.concat(frames, ignore_index=True).drop_duplicates(["trial", "name"])
    if notes.empty:
        return pd.DataFrame()
    wide = notes.pivot_table(index="trial", columns="name", values="value", aggfunc="first")
    return context.main.merge(wide, left_on="trial", right_index=True, how="inner")


def groups(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield task, method and rows of each pair, in the order of the rows."""
    for key, part in rows.groupby(["task", "method"], sort=False):
        task, method = (str(word) for word in key)
        yield task, method, part


def values(part: pd.DataFrame, name: str) -> list[float]:
    """Return the numbers at the start of the notes of a name; skip notes without one."""
    if name not in part:
        return []
    numbers = (_number(str(text).split(":")[0]) for text in part[name].dropna())
    return [value for value in numbers if math.isfinite(value)]


def reason(part: pd.DataFrame, name: str) -> str:
    """Return the text behind the number of the first note."""
    texts = list(part[name].dropna()) if name in part else []
    return str(texts[0]).partition(": ")[2] if texts else ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
