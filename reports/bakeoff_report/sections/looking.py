"""Occlusion maps of methods side by side, and their most confident mistakes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bakeoff_report.blocks import Block, Details, Example, Examples, Section
from bakeoff_report.figures.examples import thumbnail
from bakeoff_report.figures.mistakes import class_names
from bakeoff_report.figures.occlusion import overlay, strongest_region
from bakeoff_report.words import NONE, score, source_order, spoken

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

    Look = dict[str, npt.NDArray[np.generic]]

MOST_METHODS = 8
LEAD = (
    "Each place of a test image is hidden in turn: red places speak for the class that the method "
    "chose, blue ones against it; a map's full colour is its own largest change. Images, places "
    "and split are the same for all methods."
)


def section(context: ReportContext) -> Section | None:
    """Show maps and mistakes of each image task; None if no suite asked for them."""
    blocks: list[Block] = []
    images = context.tasks.index[context.tasks["input_kind"] == "image"]
    for task in map(str, images):
        if looks := _looks(context, task):
            blocks += _of_task(context, task, looks)
    if not blocks:
        return None
    return Section(title="Where methods look", order=72, lead=LEAD, blocks=tuple(blocks))


def _looks(context: ReportContext, task: str) -> list[tuple[str, Look]]:
    """Return the methods with maps, the best of each source on validation; variants count.

    Every source has its best method before any has a second; later sources in `SOURCES` come first.
    """
    rows = context.complete[(context.complete["task"] == task) & (context.complete["fold"] == 0)]
    rows = rows[(rows["repeat"] == 0) & (rows["source"] != "constant")]
    with_maps = []
    for _, row in rows.iterrows():
        look = context.run_of(row.to_dict()).looking(str(row["trial"]))
        if look:
            with_maps.append((row, look))
    with_maps.sort(key=lambda pair: -_value(pair[0]))
    n_before: Counter[str] = Counter()
    candidates = []
    for row, look in with_maps:
        candidates.append((n_before[row["source"]], -source_order(str(row["source"])), row, look))
        n_before[row["source"]] += 1
    candidates.sort(key=lambda candidate: candidate[:2])
    chosen = sorted(candidates[:MOST_METHODS], key=lambda candidate: (-candidate[1], candidate[0]))
    return [(_name(context, row), look) for _, _, row, look in chosen]


def _value(row: pd.Series[Any]) -> float:
    value = row["validation_score"]
    return float(value) if value == value and value is not None else float("-inf")  # noqa: PLR0124


def _name(context: ReportContext, row: pd.Series[Any]) -> str:
    variant = "" if row["study"] == "none" else f", {spoken(context.names(row['variant']))}"
    return f"{context.names(row['method'])}{variant} ({spoken(str(row['source']))})"


def _of_task(context: ReportContext, task: str, looks: list[tuple[str, Look]]) -> list[Block]:
    classes = class_names(context, task)
    first = looks[0][1]
    name = context.names(task)
    shown = tuple(
        Example(caption=_class(classes, code), png=thumbnail(image))
        for image, code in zip(first["images"], first["truth"], strict=True)
    )
    blocks: list[Block] = [Examples(caption=f"{name}: the images", items=shown)]
    blocks += [
        Examples(caption=f"{name}: where {method} looks", items=_maps(look, classes))
        for method, look in looks
    ]
    worst: tuple[Block, ...] = tuple(
        Examples(caption=f"{name}: {method}", items=items)
        for method, look in looks
        if (items := _mistakes(look, classes))
    )
    if worst:
        blocks.append(Details(summary=f"{name}: most confident mistakes", blocks=worst))
    return blocks


def _maps(look: Look, classes: list[str]) -> tuple[Example, ...]:
    examples = []
    for i, image in enumerate(look["images"]):
        drops = look["maps"][i]
        answer = _class(classes, look["predicted"][i])
        wrong = "" if look["predicted"][i] == look["truth"][i] else ", wrong"
        caption = f"{answer} {score(float(look['proba'][i]))}{wrong}; {strongest_region(drops)}"
        examples.append(Example(caption=caption, png=thumbnail(overlay(image, drops))))
    return tuple(examples)


def _mistakes(look: Look, classes: list[str]) -> tuple[Example, ...]:
    examples = []
    for i, image in enumerate(look["mistakes_images"]):
        truth = _class(classes, look["mistakes_truth"][i])
        answer = _class(classes, look["mistakes_predicted"][i])
        caption = f"{truth}, taken for {answer} {score(float(look['mistakes_proba'][i]))}"
        examples.append(Example(caption=caption, png=thumbnail(image)))
    return tuple(examples)


def _class(classes: list[str], code: Any) -> str:
    return classes[int(code)] if int(code) < len(classes) else NONE
