"""Select and pair the trials that are compared, and normalise the scores of each task.

Works on frames with the columns of `bakeoff.store.run_data.StoredRun.trials`. Methods are selected
by validation score; test scores are compared, always on the same task, repeat and fold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.metrics.base import SIGNS
from bakeoff.records import LEARNED_SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

KEYS = ["task", "repeat", "fold"]
"""Columns that two trials of a pair have in common: the same rows in the same parts."""

CONSTANT = "constant"
LEARNED = "learned"
"""Name for all learned sources together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Endpoints of a task's normalised scores, in the unit of its metric.

    Args:
        zero: mean test score of the constant method.
        one: mean test score of the reference: in each repeat the method with the best validation
            score.
        equivalence: half width of the band of practical equivalence, on the normalised scale.
    """

    zero: float
    one: float
    equivalence: float = 0.02

    @property
    def is_known(self) -> bool:
        """Whether both ends exist and differ."""
        span = self.one - self.zero
        return math.isfinite(span) and span != 0

    @property
    def span(self) -> float:
        """Absolute length of the scale in the unit of the metric."""
        return abs(self.one - self.zero)

    @property
    def band(self) -> float:
        """Half width of the band of practical equivalence in the unit of the metric."""
        return self.equivalence * self.span


def signs(trials: pd.DataFrame) -> pd.Series[float]:
    """Return 1 for trials whose metric is maximised, -1 for minimised."""
    return trials["direction"].map(SIGNS).astype(float)


def is_constant(trials: pd.DataFrame) -> pd.Series[bool]:
    """Return True for trials of constant methods: those whose source or learner is `constant`."""
    return (trials["source"] == CONSTANT) | (trials["learner"] == CONSTANT)


def rows_fitted(trials: pd.DataFrame) -> pd.Series[float]:
    """Return the number of rows of the tested fit: of the refit if there was one."""
    refit = trials["n_refit"].astype(float)
    return refit.where(refit > 0, trials["n_train"].astype(float))


def test_ratios(trials: pd.DataFrame) -> pd.Series[float]:
    """Compute n_test / n_fit of each trial, for the correction of resampled intervals.

    Splits share rows because their test parts are drawn from the same data. Rows that a limit or a
    fraction excludes from fitting can still be drawn and don't reduce the correlation, so n_fit is
    scaled up as if they had been fitted in the same proportion.
    """
    used = _number(trials, "n_train") + _number(trials, "n_validation").fillna(0.0)
    factor = 1 + _number(trials, "n_unused").fillna(0.0) / used
    return trials["n_test"].astype(float) / (rows_fitted(trials) * factor)


def rows_drawn_from(trials: pd.DataFrame) -> pd.Series[float]:
    """Return, for each trial, the size of the data that its training and test rows come from."""
    parts = ("n_train", "n_validation", "n_test", "n_unused")
    return sum((_number(trials, part).fillna(0.0) for part in parts[1:]), _number(trials, parts[0]))


def _number(trials: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return a column as float; NaN if the store lacks the column."""
    if column not in trials.columns:
        return trials["n_train"].astype(float) * math.nan
    return trials[column].astype(float)


def representatives(trials: pd.DataFrame, by: Sequence[str] = ("source",)) -> pd.DataFrame:
    """Select the trial with the best validation score per task, repeat, fold and value of `by`.

    Args:
        trials: complete trials; their test scores are not used.
        by: columns whose values each get a representative; empty for one among all trials.

    Returns:
        The selected rows, in the order of the keys. Ties go to the first method by name. Without
        validation scores only values with a single method have a representative.
    """
    return best_validated(trials, [*KEYS, *by], ties=["method"])


def best_validated(
    rows: pd.DataFrame,
    keys: Sequence[str],
    *,
    ties: Sequence[str],
    score: str = "validation_score",
) -> pd.DataFrame:
    """Return the row with the best validation score for each value of `keys`, in their order.

    Args:
        rows: frame with the columns `keys`, `ties`, `direction` and the score.
        keys: columns to group by; groups without a score are kept if they have a single row.
        ties: columns whose smallest value wins among equal scores.
        score: column of validation scores.
    """
    ranked = rows.assign(_value=-rows[score].astype(float) * signs(rows))
    ranked = ranked.sort_values([*keys, "_value", *ties])
    is_single = ranked.groupby(list(keys))[ties[0]].transform("size") == 1
    eligible = ranked[ranked["_value"].notna() | is_single]
    return eligible.drop_duplicates(keys).drop(columns="_value").reset_index(drop=True)


def learned_rows(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials whose features are learned from data, with `source` set to `learned`."""
    rows = trials[trials["source"].isin(LEARNED_SOURCES)]
    return rows.assign(source=LEARNED)


def pairs(first: pd.DataFrame, second: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Pair trials on the same rows and compute differences, positive if the first is better.

    Args:
        first: at most one trial for each task, repeat, fold and value of `by`.
        second: likewise.
        by: further columns that have to be equal, such as `learner`.

    Returns:
        One row per pair: the keys, `by`, `difference` in the metric's unit, `test_ratio` (the
        larger of both), `fit_ratio` (seconds of the first per second of the second), `trial_first`
        and `trial_second`.
    """
    keys = [*KEYS, *by]
    both = _facts(first, keys).merge(_facts(second, keys), on=keys, suffixes=("_first", "_second"))
    both = with_differences(both)
    both["fit_ratio"] = both["seconds_first"] / both["seconds_second"]
    columns = [*keys, "difference", "test_ratio", "fit_ratio", "trial_first", "trial_second"]
    return both[columns].sort_values(keys).reset_index(drop=True)


def with_differences(both: pd.DataFrame) -> pd.DataFrame:
    """Add `difference` and `test_ratio` to pairs of rows with the columns of `with_facts`."""
    return both.assign(
        difference=both["signed_first"] - both["signed_second"],
        test_ratio=both[["ratio_first", "ratio_second"]].max(axis=1),
    )


def with_facts(trials: pd.DataFrame) -> pd.DataFrame:
    """Add columns that `pairs` needs: `signed` test score, `ratio` n_test/n_fit and `seconds`."""
    return trials.assign(
        signed=trials["test_score"].astype(float) * signs(trials),
        ratio=test_ratios(trials),
        seconds=training_seconds(trials),
    )


def _facts(trials: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    complete = trials if "signed" in trials.columns else with_facts(trials)
    facts = complete[[*keys, "trial", "signed", "ratio", "seconds"]]
    return facts[facts["signed"].notna()]


def training_seconds(trials: pd.DataFrame) -> pd.Series[float]:
    """Return the seconds of features, compilation and fit; reused features count in full."""
    phases = trials[["featurize_s", "compile_s", "fit_s"]].astype(float).fillna(0.0)
    total = phases.sum(axis=1)
    return total.where(total > 0)


def scales_of(trials: pd.DataFrame, equivalence: Mapping[str, float]) -> dict[str, Scale]:
    """Compute the scale of normalised scores of each task that has trials.

    Args:
        trials: complete trials; constant methods are those of source or learner `constant`. An
            endpoint is NaN if no trial gives it.
        equivalence: half width of the band of practical equivalence by task, on the normalised
            scale.
    """
    zeros = _task_means(representatives(trials[is_constant(trials)], by=()))
    ones = _task_means(representatives(trials, by=()))
    directions = trials.drop_duplicates("task").set_index("task")["direction"]
    scales = {}
    for task, direction in directions.items():
        zero, one = zeros.get(task, math.nan), ones.get(task, math.nan)
        rises = one < zero if direction == "minimize" else one > zero
        # A reference that is no better than the constant method gives no scale.
        scales[str(task)] = Scale(
            zero=zero, one=one if rises else math.nan, equivalence=equivalence[str(task)]
        )
    return scales


def _task_means(trials: pd.DataFrame) -> dict[Any, float]:
    scores = trials["test_score"].astype(float)
    return dict(scores.groupby(trials["task"]).mean().items())
