"""Word vectors: coverage, quality, a map of words, and nearest neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_report.blocks import Block, Cell, Column, Details, Figure, Finding, Section, Table
from bakeoff_report.cells import cut, name_cell, text_cell
from bakeoff_report.charts import Svg, colour
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.figures.pareto_front import Box
from bakeoff_report.model.notes import groups, noted, reason, values
from bakeoff_report.words import NONE, label, number

if TYPE_CHECKING:
    import pandas as pd

    from bakeoff_report.model.context import ReportContext

NAMES = (
    "vocabulary",
    "oov_train",
    "oov_test",
    "wordsim353",
    "simlex999",
    "analogies",
    "stability",
    "corpus",
)
LEAD = (
    "Vectors of words are learned from the training part alone unless a corpus is named. Unknown "
    "words are those of the test part without a vector, repetitions counted. WordSim and SimLex "
    "are "
    "Spearman's correlation of cosines with people's judgements over the pairs whose words are "
    "known, and analogies the share answered right: on small corpora few pairs are known and all "
    "three are uncertain."
)
MOST_MAPS, MOST_ROWS, ON_MAP = 4, 60, 45
WIDTH, HEIGHT, LETTER, LINE = 640, 380, 6.4, 13.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMap:
    """Words of one trial: positions (n, 2), neighbours (n, k) and their cosines (n, k)."""

    task: str
    method: str
    source: str
    words: Any
    places: Any
    neighbours: Any
    cosines: Any


def section(context: ReportContext) -> Section | None:
    """Tabulate word vectors, and draw a map of the best ones of each task; None without any."""
    rows = noted(context, NAMES)
    if rows.empty or "vocabulary" not in rows:
        return None
    blocks: list[Block] = [_table(context, rows)]
    for index, word_map in enumerate(_maps(context, rows)):
        blocks += _map(context, word_map, f"words{index}")
    return Section(
        title="Word vectors",
        order=46,
        lead=LEAD,
        blocks=tuple(blocks),
        findings=_findings(context, rows),
    )


def _table(context: ReportContext, rows: pd.DataFrame) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Task", align="text"),
        Column(title="Words", note="with a vector"),
        Column(title="Unknown", note="% of test words"),
        Column(title="WordSim"),
        Column(title="SimLex"),
        Column(title="Analogies", note="% right"),
        Column(title="Stability", note="over seeds"),
        Column(title="Corpus", align="text"),
    )
    lines = [
        (
            name_cell(context, method, source=str(part["source"].iloc[0])),
            name_cell(context, task),
            _mean(part, "vocabulary", 0),
            _mean(part, "oov_test", 1, times=100),
            _mean(part, "wordsim353", 3),
            _mean(part, "simlex999", 3),
            _mean(part, "analogies", 1, times=100),
            _mean(part, "stability", 2),
            text_cell(context, _corpus(part)),
        )
        for task, method, part in groups(rows)
    ]
    filled = [i for i in range(len(columns)) if any(row[i].text != NONE for row in lines)]
    note = "Means over splits, with the least and the greatest below."
    top, note = cut([tuple(row[i] for i in filled) for row in lines], MOST_ROWS, note)
    shown = tuple(columns[i] for i in filled)
    return Table(caption="Coverage and quality", columns=shown, rows=top, note=note)


def _corpus(part: pd.DataFrame) -> str:
    """Return the corpus that the vectors were trained on, or a dash."""
    corpora = part["corpus"].dropna().tolist() if "corpus" in part else []
    return str(corpora[0]) if corpora else NONE


def _mean(part: pd.DataFrame, name: str, digits: int, *, times: float = 1.0) -> Cell:
    """Return the mean of a note over splits with its range, or a dash."""
    numbers = [value * times for value in values(part, name)]
    if not numbers:
        return Cell(text=NONE)
    mean = sum(numbers) / len(numbers)
    low, high = (number(end, digits) for end in (min(numbers), max(numbers)))
    return Cell(text=number(mean, digits), sub=f"{low} to {high}" if low != high else "", sort=mean)


def _maps(context: ReportContext, rows: pd.DataFrame) -> list[WordMap]:
    """Return for each task the vectors of the method with the best mean test score."""
    maps = []
    for task in dict.fromkeys(rows["task"].astype(str)):
        part = rows[rows["task"] == task]
        means = context.sign(task) * part.groupby("method")["test_score"].mean()
        for method in means.sort_values(ascending=False).index:
            row = part[part["method"] == method].iloc[0]
            arrays = context.run_of(row).training(str(row["trial"]))
            if "embedding_map" in arrays:
                maps.append(
                    WordMap(
                        task=task,
                        method=str(method),
                        source=str(row["source"]),
                        words=arrays["embedding_words"],
                        places=arrays["embedding_map"],
                        neighbours=arrays["embedding_neighbours"],
                        cosines=arrays["embedding_cosines"],
                    )
                )
                break
    return maps[:MOST_MAPS]


def _map(context: ReportContext, word_map: WordMap, prefix: str) -> list[Block]:
    name = f"{context.names(word_map.method)} on {context.names(word_map.task)}"
    central = _central(word_map)
    near = ", ".join(context.names(word) for word in word_map.neighbours[central])
    chosen = context.names(word_map.words[central])
    caption = (
        f"{name}: frequent words by the two largest principal components of their vectors. "
        f"Nearest to {chosen}: {near}"
    )
    alt = f"{caption}. All neighbours stand in the table below."
    columns = (Column(title="Word", align="text"), Column(title="Nearest words", align="text wide"))
    rows = tuple(
        (
            Cell(text=context.names(word)),
            Cell(
                text=", ".join(
                    f"{context.names(neighbour)} {number(float(cosine), 2)}"
                    for neighbour, cosine in zip(near_words, cosines, strict=True)
                )
            ),
        )
        for word, near_words, cosines in zip(
            word_map.words, word_map.neighbours, word_map.cosines, strict=True
        )
    )
    table = Table(caption=f"{name}: neighbours by cosine", columns=columns, rows=rows)
    figure = Figure(svg=_chart(word_map, central, prefix), caption=caption, alt=alt)
    return [figure, Details(summary=f"{name}: neighbours of every word", blocks=(table,))]


def _central(word_map: WordMap) -> int:
    """Return the index of the word with the most neighbours on the map, then the nearest."""
    shown = word_map.words[:ON_MAP]
    n_shown = np.isin(word_map.neighbours[:ON_MAP], shown).sum(axis=1)
    return int(np.lexsort((word_map.cosines[:ON_MAP].mean(axis=1), n_shown))[-1])


def _chart(word_map: WordMap, central: int, prefix: str) -> Svg:
    """Draw words as text; the central one and its neighbours are highlighted."""
    import altair as alt

    near = {str(word_map.words[central]), *map(str, word_map.neighbours[central])}
    data = [
        {
            "word": label(word_map.words[i], 18),
            "x": float(word_map.places[i, 0]),
            "y": float(word_map.places[i, 1]),
            "near": str(word_map.words[i]) in near,
        }
        for i in range(min(ON_MAP, len(word_map.words)))
        if all(math.isfinite(float(coordinate)) for coordinate in word_map.places[i])
    ]
    axis = alt.Axis(labels=False, ticks=False, title=None)
    ink = alt.condition("datum.near", alt.value(colour("accent")), alt.value(colour("ink")))
    chart = (
        alt.Chart(alt.InlineData(values=_apart(data)))
        .mark_text(fontSize=11)
        .encode(
            x=alt.X("x:Q", axis=axis, scale=alt.Scale(zero=False, padding=30)),
            y=alt.Y("y:Q", axis=axis, scale=alt.Scale(zero=False, padding=12)),
            text="word:N",
            color=ink,
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    return to_svg(chart, prefix)


def _apart(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop words that overlap others; highlighted words take precedence."""
    x_low, x_high = (end((word["x"] for word in data), default=0.0) for end in (min, max))
    y_low, y_high = (end((word["y"] for word in data), default=0.0) for end in (min, max))
    visible: list[dict[str, Any]] = []
    boxes: list[Box] = []
    for word in sorted(data, key=lambda word: not word["near"]):
        x = (word["x"] - x_low) / ((x_high - x_low) or 1.0) * (WIDTH - 60)
        y = (y_high - word["y"]) / ((y_high - y_low) or 1.0) * (HEIGHT - 24)
        half = LETTER * len(word["word"]) / 2
        box = Box(x - half, y - LINE / 2, x + half, y + LINE / 2)
        if not any(box.overlaps(other) for other in boxes):
            boxes.append(box)
            visible.append(word)
    return visible


def _findings(context: ReportContext, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Name the method with the most unknown test words, with the size of its corpus."""
    rates = [
        (sum(numbers) / len(numbers), task, method, part)
        for task, method, part in groups(rows)
        if (numbers := values(part, "oov_test"))
    ]
    if not rates:
        return ()
    rate, task, method, part = max(rates, key=lambda item: item[0])
    counted = reason(part, "oov_train").partition(" of ")[2].partition(" words")[0]
    corpus = f"; it learned from {int(counted):,} words" if counted.isdigit() else ""
    numbers = values(part, "oov_test")
    ends = f"{number(100 * min(numbers), 1)} to {number(100 * max(numbers), 1)} over splits"
    most = f", the most of {len(rates)} pairs of method and task" if len(rates) > 1 else ""
    text = (
        f"On {context.names(task)}, {context.names(method)} has no vector for "
        f"{number(100 * rate, 1)} % of the test words ({ends}){most}{corpus}."
    )
    return (Finding(topic="Word vectors", claim=text),)
