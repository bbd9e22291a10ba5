"""Where methods look in an image, side by side, and the mistakes they are surest of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.records import SOURCES
from bakeoff_report.blocks import Block, Cell, Details, Pictures, Section
from bakeoff_report.pictures import overlay, picture, where
from bakeoff_report.words import NONE, score

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from bakeoff_report.blocks import Picture
    from bakeoff_report.context import ReportContext

    Look = dict[str, npt.NDArray[np.generic]]

MOST_METHODS = 8
LEAD = (
    "Each place of a test image is hidden in turn: red places speak for the class that the method "
    "chose, blue ones against it. Images, places and split are the same for all methods."
)
NOTE = (
    "Test images of the first split, one of each class in turn. A map's full colour is its own "
    "largest change."
)


def section(context: ReportContext) -> Section | None:
    """Maps and mistakes of each image task; gone where no suite asked for them."""
    blocks: list[Block] = []
    for task in map(str, context.tasks.index):
        if found := _looks(context, task):
            blocks += _of_task(context, task, found)
    if not blocks:
        return None
    return Section(title="Where methods look", order=72, lead=LEAD, blocks=tuple(blocks))


def _looks(context: ReportContext, task: str) -> list[tuple[Cell, Look]]:
    """For each source the methods with maps, best validation score first; variants count."""
    rows = context.complete[(context.complete["task"] == task) & (context.complete["fold"] == 0)]
    rows = rows[(rows["repeat"] == 0) & (rows["input_kind"] == "image")]
    runs = {run.name: run for run in context.runs}
    found = []
    for _, row in rows.iterrows():
        look = runs[str(row["run"])].looking(str(row["trial"]))
        if look:
            found.append((row, look))
    found.sort(key=lambda pair: (_order(pair[0]), -_value(pair[0])))
    chosen: list[tuple[Cell, Look]] = []
    for source in dict.fromkeys(str(row["source"]) for row, _ in found):
        of = [pair for pair in found if pair[0]["source"] == source]
        chosen += [(_name(context, row), look) for row, look in of[:2]]
    return chosen[:MOST_METHODS]


def _order(row: pd.Series[Any]) -> int:
    source = str(row["source"])
    return SOURCES.index(source) if source in SOURCES else len(SOURCES)


def _value(row: pd.Series[Any]) -> float:
    value = row["validation_score"]
    return float(value) if value == value and value is not None else float("-inf")  # noqa: PLR0124


def _name(context: ReportContext, row: pd.Series[Any]) -> Cell:
    variant = "" if row["study"] == "none" else context.names(row["variant"])
    return Cell(text=context.names(row["method"]), source=str(row["source"]), sub=variant)


def _of_task(context: ReportContext, task: str, looks: list[tuple[Cell, Look]]) -> list[Block]:
    classes = [context.names(name) for name in context.fact(task, "classes") or []]
    first = looks[0][1]
    shown = tuple(
        picture(image, text=_class(classes, code), alt=f"test image of {_class(classes, code)}")
        for image, code in zip(first["images"], first["truth"], strict=True)
    )
    rows = [(Cell(text="the image"), shown)]
    rows += [(name, _maps(look, classes)) for name, look in looks]
    name = context.names(task)
    mistakes = [(cell, _mistakes(look, classes)) for cell, look in looks]
    kept = tuple((cell, pictures) for cell, pictures in mistakes if pictures)
    blocks: list[Block] = [
        Pictures(caption=f"{name}: where each method looks", rows=tuple(rows), note=NOTE)
    ]
    if kept:
        worst = Pictures(caption=f"{name}: the most confident mistakes", rows=kept)
        blocks.append(Details(summary=f"{name}: worst mistakes of each method", blocks=(worst,)))
    return blocks


def _maps(look: Look, classes: list[str]) -> tuple[Picture, ...]:
    found = []
    for i, image in enumerate(look["images"]):
        places = look["maps"][i]
        said = _class(classes, look["predicted"][i])
        wrong = "" if look["predicted"][i] == look["truth"][i] else ", wrong"
        text = f"{said} {score(float(look['proba'][i]))}{wrong}"
        found.append(picture(overlay(image, places), text=text, alt=f"{text}; {where(places)}"))
    return tuple(found)


def _mistakes(look: Look, classes: list[str]) -> tuple[Picture, ...]:
    found = []
    for i, image in enumerate(look["mistakes_images"]):
        truth = _class(classes, look["mistakes_truth"][i])
        said = _class(classes, look["mistakes_predicted"][i])
        text = f"{truth}, taken for {said} {score(float(look['mistakes_proba'][i]))}"
        found.append(picture(image, text=text, alt=f"test image of {text}"))
    return tuple(found)


def _class(classes: list[str], code: Any) -> str:
    return classes[int(code)] if int(code) < len(classes) else NONE
