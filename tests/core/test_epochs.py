"""Stored curves of training, against hand-made cases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bakeoff.statistics.epochs import curve_facts, weight_facts
from bakeoff.store.run_data import StoredRun

if TYPE_CHECKING:
    from pathlib import Path


def course(trial: str, name: str, values: list[float]) -> list[dict[str, object]]:
    """Values of epochs from 1 on."""
    return [{"trial": trial, "epoch": i, "name": name, "value": v} for i, v in enumerate(values, 1)]


def test_curves_tell_where_validation_turned_and_what_going_on_cost() -> None:
    """The first of two equal lowest losses; without a score nothing is known of its loss."""
    rows = course("a", "validation_loss", [3.0, 1.0, 1.0, 2.0])
    rows += course("a", "validation_score", [0.1, 0.8, 0.9, 0.7])
    rows += course("b", "validation_loss", [2.0, 1.0]) + course("c", "train_loss", [1.0])
    facts = curve_facts(pd.DataFrame(rows))

    assert facts.loc["a"].tolist() == pytest.approx([2, 4, 2, 1.0, 0.1])
    assert facts.loc["b"].tolist()[:4] == [2, 2, 0, 0.0]
    assert math.isnan(facts.loc["b", "score_lost"])
    assert "c" not in facts.index
    assert curve_facts(pd.DataFrame(course("c", "train_loss", [1.0]))).empty


def test_weights_are_those_that_training_ended_with(tmp_path: Path) -> None:
    """Of the epoch that was put back, all layers together; of linear learners from their notes."""
    rows = []
    for trial in ("a", "b"):
        rows += course(trial, "weight_norm/one", [3.0, 6.0])
        rows += course(trial, "weight_norm/two", [4.0, 8.0])
        rows += course(trial, "near_zero/one", [0.1, 0.3]) + course(
            trial, "near_zero/two", [0.3, 0.5]
        )
    notes = [("a", "weights", "of epoch 1: lowest validation loss"), ("c", "weight_norm", "2.5")]
    notes += [("b", "weights", "of epoch 2: the last one"), ("c", "near_zero", "0.75")]
    run = StoredRun(
        folder=tmp_path,
        name="r",
        suite={},
        environment={},
        trials=pd.DataFrame(),
        scores=pd.DataFrame(),
        epochs=pd.DataFrame(rows),
        notes=pd.DataFrame(notes, columns=["trial", "name", "value"]),
        tasks=pd.DataFrame(),
    )
    facts = weight_facts(run)

    assert facts.loc["a"].tolist() == pytest.approx([5.0, 0.2])
    assert facts.loc["b"].tolist() == pytest.approx([10.0, 0.4])
    assert facts.loc["c"].tolist() == pytest.approx([2.5, 0.75])
