"""The sections on word vectors and on clusters show what trials noted, and are gone without."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.registry.catalogue import Registry
from bakeoff_report.blocks import Details, Figure, Table
from bakeoff_report.model.context import ReportContext
from bakeoff_report.sections import clusters, embeddings
from bakeoff_report.words import NONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.blocks import Section

WORDS = ("<b>river</b>", "water", "ocean", "강물")


@pytest.fixture
def told(builder: Callable[..., StoredRun], tmp_path: Path) -> Callable[..., ReportContext]:
    """A run whose trials of some methods noted something and left arrays."""

    def make(
        notes: dict[str, str],
        arrays: dict[str, Any],
        *,
        methods: tuple[str, ...] = ("manual+logistic",),
        tasks: tuple[str, ...] = ("bbc",),
    ) -> ReportContext:
        run = builder(tmp_path, tasks=tuple((task, "text") for task in tasks), repeats=3)
        ids = run.trials.loc[run.trials["method"].isin(methods), "trial"]
        rows = [{"trial": t, "name": n, "value": v} for t in ids for n, v in notes.items()]
        for trial in ids:
            folder = run.folder / "artifacts" / trial
            folder.mkdir(parents=True, exist_ok=True)
            np.savez(folder / "training.npz", allow_pickle=False, **arrays)
        run = replace(run, notes=pd.DataFrame(rows, columns=["trial", "name", "value"]))
        return ReportContext.of([run], Registry())

    return make


def words_of(blocks: Any) -> str:
    """Every cell of every table."""
    tables = [b for b in blocks if isinstance(b, Table)]
    tables += [t for b in blocks if isinstance(b, Details) for t in b.blocks]
    return "\n".join(f"{c.text} {c.sub}" for t in tables for row in t.rows for c in row)


def figure_of(section: Section | None) -> Figure:
    """The one chart of a section."""
    assert section is not None
    (figure,) = [block for block in section.blocks if isinstance(block, Figure)]
    return figure


def map_of(arrays: dict[str, Any], told: Callable[..., ReportContext]) -> Figure:
    """The map of words of a run that left these arrays of its vectors."""
    named = {f"embedding_{name}": array for name, array in arrays.items()}
    return figure_of(embeddings.section(told({"vocabulary": "3: words with a vector"}, named)))


def test_without_notes_both_sections_are_gone(told: Callable[..., ReportContext]) -> None:
    """Most runs have neither word vectors nor clusters."""
    context = told({}, {})

    assert embeddings.section(context) is None
    assert clusters.section(context) is None


def test_word_vectors_show_coverage_map_and_neighbours(
    told: Callable[..., ReportContext],
) -> None:
    """Numbers from the notes; hostile words are data."""
    notes = {
        "vocabulary": "4: words with a vector",
        "oov_train": "0.0100: 5 of 500 words have no vector",
        "oov_test": "0.1234: 12 of 98 words have no vector",
        "wordsim353": "0.4120: Spearman's correlation over 40 of 353 pairs",
        "simlex999": "not defined: Spearman's correlation over 2 of 999 pairs",
        "corpus": "training part, 320 texts",
    }
    arrays = {
        "embedding_words": np.array(WORDS),
        "embedding_map": np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32),
        "embedding_neighbours": np.array([["water", "ocean"]] * 4),
        "embedding_cosines": np.full((4, 2), 0.5, np.float32),
    }
    section = embeddings.section(told(notes, arrays))

    assert section is not None
    shown = words_of(section.blocks)
    assert "12.3" in shown
    assert "0.412" in shown
    assert "training part, 320 texts" in shown
    assert "water 0.50, ocean 0.50" in shown
    figure = figure_of(section)
    assert "<b>" not in figure.svg
    assert "강물" in figure.svg
    assert "500 words" in section.findings[0].claim


def test_vectors_that_name_no_corpus_stand_beside_those_that_do(
    told: Callable[..., ReportContext],
) -> None:
    """A column that others fill is empty for a method of its own."""
    notes = {"vocabulary": "4: words with a vector", "corpus": "training part, 320 texts"}
    context = told(notes, {})
    (run,) = context.runs
    other = run.trials.loc[run.trials["method"] == "raw+logistic", "trial"]
    rows = [{"trial": t, "name": "vocabulary", "value": notes["vocabulary"]} for t in other]
    run = replace(run, notes=pd.concat([run.notes, pd.DataFrame(rows)], ignore_index=True))
    section = embeddings.section(ReportContext.of([run], Registry()))

    assert section is not None
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert sorted(row[-1].text for row in table.rows) == sorted(["training part, 320 texts", NONE])


def test_each_panel_of_the_chart_holds_its_own_task(told: Callable[..., ReportContext]) -> None:
    """Two tasks with two methods are four bars, not eight."""
    stability = {"cluster_stability": np.array([-0.1, 0.5, 0.9])}
    methods, tasks = ("raw+logistic", "raw+xgboost"), ("one", "two")
    context = told({"clusters_found": "3"}, stability, methods=methods, tasks=tasks)
    svg = figure_of(clusters.section(context)).svg
    bars = [line for line in svg.split("<line ") if "--raw" in line[:120]]

    assert len(bars) == 4


def test_clusters_show_number_sizes_and_stability(told: Callable[..., ReportContext]) -> None:
    """The interval of the chosen number, sizes largest first, noise apart."""
    notes = {
        "clusters_found": "3: of fitted rows",
        "n_clusters": "3: [2, 5] largest silhouette of k-means in each of 10 subsamples",
        "cluster_stability": "0.8000: [0.7000, 0.9000] adjusted Rand",
    }
    arrays = {
        "cluster_codes": np.array([-1, 0, 1, 2]),
        "cluster_sizes": np.array([7, 10, 30, 20]),
        "cluster_stability": np.array([0.7, 0.8, 0.9]),
    }
    section = clusters.section(told(notes, arrays))

    assert section is not None
    shown = words_of(section.blocks)
    assert "3 [2, 5]" in shown
    assert "30, 20, 10; noise 7" in shown
    assert "0.80 [0.7" in shown
    assert any(isinstance(block, Figure) for block in section.blocks)


def test_the_chosen_word_has_its_neighbours_on_the_map(
    told: Callable[..., ReportContext],
) -> None:
    """Nearer ones that are not drawn would leave it alone there."""
    arrays = {
        "words": np.array(["film", "actor", "goal"]),
        "map": np.zeros((3, 2)),
        "neighbours": np.array([["actor", "rare"], ["film", "goal"], ["rarest", "rare"]]),
        "cosines": np.array([[0.6, 0.5], [0.6, 0.4], [0.9, 0.9]]),
    }

    assert map_of(arrays, told).caption.endswith("Nearest to actor: film, goal")


@pytest.mark.parametrize(
    ("places", "shown"),
    [([[0, 0], [1, 1], [0, 0]], ["central", "far"]), ([[np.nan, np.nan]] * 3, [])],
    ids=["two at one place", "no place is finite"],
)
def test_words_on_the_map_keep_apart(
    places: list[list[float]], shown: list[str], told: Callable[..., ReportContext]
) -> None:
    """Of words at one place one is written, first of all one that stands out."""
    arrays = {
        "words": np.array(["common", "far", "central"]),
        "map": np.array(places),
        "neighbours": np.array([["rare"]] * 3),
        "cosines": np.array([[0.1], [0.1], [0.9]]),
    }
    figure = map_of(arrays, told)

    assert figure.caption.endswith("Nearest to central: rare")
    assert re.findall(r">(\w+)</text>", figure.svg) == shown
