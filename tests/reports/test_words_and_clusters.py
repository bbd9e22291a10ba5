"""The sections on word vectors and on clusters show what trials noted, and are gone without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.registry.catalogue import Registry
from bakeoff_report.blocks import Details, Figure, Table
from bakeoff_report.model.context import ReportContext
from bakeoff_report.sections import clusters, embeddings
from bakeoff_report.sections.embeddings import Words, _apart, _central
from bakeoff_report.words import NONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun

WORDS = ("<b>river</b>", "water", "ocean", "강물")


@pytest.fixture
def told(builder: Callable[..., StoredRun], tmp_path: Path) -> Callable[..., ReportContext]:
    """A run whose trials of one method noted something and left arrays."""

    def make(notes: dict[str, str], arrays: dict[str, Any]) -> ReportContext:
        run = builder(tmp_path, tasks=(("bbc", "text"),), repeats=3)
        ids = run.trials.loc[run.trials["method"] == "manual+logistic", "trial"]
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
    (figure,) = [block for block in section.blocks if isinstance(block, Figure)]
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


def test_each_panel_of_the_chart_holds_its_own_task() -> None:
    """Two tasks with two methods are four bars, not eight."""
    points = [
        {"task": task, "method": method, "source": "raw", "raw_source": "raw"}
        | {"mean": 0.5, "low": -0.1, "high": 0.9}
        for task in ("one", "two")
        for method in ("a", "b")
    ]
    bars = [line for line in clusters._chart(points).split("<line ") if "--raw" in line[:120]]

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


def test_the_chosen_word_has_its_neighbours_on_the_map() -> None:
    """Nearer ones that are not drawn would leave it alone there."""
    found = Words(
        task="bbc",
        method="glove",
        source="embedded",
        words=np.array(["film", "actor", "goal"]),
        places=np.zeros((3, 2)),
        neighbours=np.array([["actor", "rare"], ["film", "goal"], ["rarest", "rare"]]),
        cosines=np.array([[0.6, 0.5], [0.6, 0.4], [0.9, 0.9]]),
    )

    assert _central(found) == 1


def test_words_on_the_map_keep_apart() -> None:
    """Of words at one place one is written, first of all one that stands out."""
    at = {"x": 0.0, "y": 0.0}
    data = [
        {"word": "common", "near": False} | at,
        {"word": "far", "near": False, "x": 1.0, "y": 1.0},
        {"word": "central", "near": True} | at,
    ]

    assert [one["word"] for one in _apart(data)] == ["central", "far"]
    assert _apart([]) == []
