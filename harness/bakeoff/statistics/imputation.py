"""Scores in place of those that failed trials owe, on request and always marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.records import TrialState
from bakeoff.statistics.contrasts import KEYS, is_constant

if TYPE_CHECKING:
    import pandas as pd

FAILED = tuple(
    state.value
    for state in TrialState
    if state not in (TrialState.COMPLETE, TrialState.SKIPPED, TrialState.LOST)
)
"""States in which a method had its chance; skipped and lost trials are nobody's failure."""

SCORES = ["train_score", "validation_score", "test_score"]


def impute(trials: pd.DataFrame) -> pd.DataFrame:
    """Give failed trials the scores of the constant method on the same split.

    Args:
        trials: every trial, with the columns of `bakeoff.store.run_data.StoredRun.trials`.

    Returns:
        The same rows with a column `imputed`. A failed trial outside any study is then `complete`
        with the constant's train, validation and test score, and a gap of NaN; where the split
        has no constant it stays as it is.

    Source:
        Gijsbers et al., "AMLB: an AutoML Benchmark", JMLR 25, 2024, section 4.3.
    """
    plain = trials["study"] == "none"
    done = trials["state"] == TrialState.COMPLETE.value
    constants = trials[is_constant(trials) & plain & done].drop_duplicates(KEYS).set_index(KEYS)
    filled = trials.join(constants[SCORES], on=KEYS, rsuffix="_of_constant")
    owed = trials["state"].isin(FAILED) & plain & filled["test_score_of_constant"].notna()
    result = trials.assign(imputed=owed)
    for name in SCORES:
        result[name] = result[name].where(~owed, filled[f"{name}_of_constant"])
    result["state"] = result["state"].where(~owed, TrialState.COMPLETE.value)
    return result
