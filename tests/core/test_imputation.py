"""Scores imputed for failed trials."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from bakeoff.statistics.imputation import impute


def trial(
    method: str, state: str, score: float, repeat: int = 0, **more: object
) -> dict[str, object]:
    """One row."""
    source = "constant" if method == "guess" else "raw"
    return {
        "task": "t", "repeat": repeat, "fold": 0, "method": method, "source": source,
        "learner": method, "study": "none", "state": state, "train_score": score,
        "validation_score": score, "test_score": score, **more,
    }  # fmt: skip


def test_imputed_scores_are_the_constant_s_of_the_same_split_and_marked() -> None:
    """Skipped trials, studies and splits without a constant are left as they are."""
    rows = [
        trial("guess", "complete", 0.1),
        trial("guess", "complete", 0.2, 1),
        trial("a", "timeout", math.nan),
        trial("a", "complete", 0.9, 1),
        trial("b", "skipped", math.nan),
        trial("b", "failed", math.nan, 2),
        trial("c", "crashed", math.nan, 1, study="vary"),
    ]
    found = impute(pd.DataFrame(rows))

    assert found["imputed"].tolist() == [False, False, True, False, False, False, False]
    assert found.loc[2, ["test_score", "state"]].tolist() == [0.1, "complete"]
    assert found["state"].tolist()[4:] == ["skipped", "failed", "crashed"]
    assert np.isnan(found["test_score"].to_numpy()[4:]).all()
