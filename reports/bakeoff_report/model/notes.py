"""What components noted about themselves, by trial: shared by embeddings and clusters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bakeoff_report.model.context import ReportContext


def noted(context: ReportContext, names: Collection[str]) -> pd.DataFrame:
    """Complete trials outside any study with their notes of these names, a column each.

    Columns that no trial has are missing; a trial without any of the notes is left out.
    """
    frames = [run.notes[run.notes["name"].isin(list(names))] for run in context.runs]
    notes = pd.concat(frames, ignore_index=True).drop_duplicates(["trial", "name"])
    if notes.empty:
        return pd.DataFrame()
    wide = notes.pivot_table(index="trial", columns="name", values="value", aggfunc="first")
    return context.main.merge(wide, left_on="trial", right_index=True, how="inner")


def groups(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Task, method and rows of each pair, in the order of the rows."""
    for key, part in rows.groupby(["task", "method"], sort=False):
        task, method = (str(word) for word in key)
        yield task, method, part


def values(part: pd.DataFrame, name: str) -> list[float]:
    """The numbers with which notes of a name begin; what is no number is left out."""
    if name not in part:
        return []
    found = (_number(str(text).split(":")[0]) for text in part[name].dropna())
    return [value for value in found if math.isfinite(value)]


def reason(part: pd.DataFrame, name: str) -> str:
    """What stands behind the first note's number."""
    texts = list(part[name].dropna()) if name in part else []
    return str(texts[0]).partition(": ")[2] if texts else ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
