"""Impute the scores of failed trials, on request; imputed rows are marked."""

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
"""States that count as a failure of the method; skipped and lost trials don't."""

SCORES = ["train_score", "validation_score", "test_score"]


def impute(trials: pd.DataFrame) -> pd.DataFrame:
    """Impute the scores of failed trials with those of the constant method on the same split.

    Args:
        trials: every trial, with the columns of `bakeoff.store.run_data.StoredRun.trials`.

    Returns:
        The same rows with a column `imputed`. A failed trial outside any study becomes `complete`
        with the constant's train, validation and test score, and a gap of NaN; it is unchanged if
        the split has no constant method.

    Source:
        Gijsbers et al., "AMLB: an AutoML Benchmark", JMLR 25, 2024, section 4.3.
    """
    no_study = trials["study"] == "none"
    complete = trials["state"] == TrialState.COMPLETE.value
    is_reference = is_constant(trials) & no_study & complete
    constants = trials[is_reference].drop_duplicates(KEYS).set_index(KEYS)
    joined = trials.join(constants[SCORES], on=KEYS, rsuffix="_of_constant")
    imputed = trials["state"].isin(FAILED) & no_study & joined["test_score_of_constant"].notna()
    result = trials.assign(imputed=imputed)
    for name in SCORES:
        result[name] = result[name].where(~imputed, joined[f"{name}_of_constant"])
    result["state"] = result["state"].where(~imputed, TrialState.COMPLETE.value)
    return result
