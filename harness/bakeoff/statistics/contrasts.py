"""Select and pair the trials that are compared, and normalise the scores of each task.

Works on frames with the columns of `bakeoff.store.run_data.StoredRun.trials`. Methods are selected
by validation score; test scores are compared, always on the same task, repeat and fold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.metrics.base import SIGNS
from bakeoff.records import LEARNED_SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd

KEYS = ["task", "repeat", "fold"]
"""Columns that two trials of a pair have in common: the same rows in the same parts."""

CONSTANT = "constant"
LEARNED = "learned"
"""Name for all learned sources together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Endpoints of a task's normalised scores, in the unit of its metric.

    Both are medians over splits, so that one diverged split doesn't move them.

    Args:
        zero: median test score of the constant method.
        one: median test score of the reference: in each split the method with the best validation
            score.
        is_clear: whether the reference is clearly better than the constant method.
        equivalence: half width of the band of practical equivalence, on the normalised scale.
    """

    zero: float
    one: float
    is_clear: bool = True
    equivalence: float = 0.02

    @property
    def is_known(self) -> bool:
        """Whether there is a scale: both ends exist, and differ clearly."""
        span = self.one - self.zero
        return self.is_clear and math.isfinite(span) and span != 0

    @property
    def span(self) -> float:
        """Length of the scale in the unit of the metric, above 0."""
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
    """Select the trials with the best validation score per task, repeat, fold and value of `by`.

    Args:
        trials: complete trials; their test scores are not used.
        by: columns whose values each get a representative; empty for one among all trials.

    Returns:
        The selected rows, in the order of the keys. Of equal validation scores the one with the
        least training time is selected; trials that are equal in both are all returned, and count
        as their mean. Without validation scores only values with a single method have a
        representative.
    """
    timed = trials.assign(_seconds=training_seconds(trials))
    chosen = best_validated(timed, [*KEYS, *by], ties=["_seconds"])
    return chosen.drop(columns="_seconds")


def best_validated(
    rows: pd.DataFrame,
    keys: Sequence[str],
    *,
    ties: Sequence[str],
    score: str = "validation_score",
) -> pd.DataFrame:
    """Return the rows with the best validation score for each value of `keys`, in their order.

    Args:
        rows: frame with the columns `keys`, `ties`, `direction` and the score.
        keys: columns to group by; groups without a score are kept if they have a single row.
        ties: columns whose smallest value wins among equal scores; rows that are equal in all of
            them are all returned.
        score: column of validation scores.
    """
    ranked = rows.assign(_value=-rows[score].astype(float) * signs(rows))
    criteria = [*keys, "_value", *ties]
    ranked = ranked.sort_values(criteria, kind="stable")
    is_single = ranked.groupby(list(keys))[ties[0]].transform("size") == 1
    eligible = ranked[ranked["_value"].notna() | is_single]
    best = eligible.drop_duplicates(keys)[criteria]
    return eligible.merge(best, on=criteria).drop(columns="_value").reset_index(drop=True)


def usual_method(chosen: pd.DataFrame) -> str:
    """Return the method that most rows of `representatives` have, the fastest of several.

    Args:
        chosen: at least one row, with the column `seconds` of `with_facts`.
    """
    groups = chosen.groupby("method", sort=True)["seconds"]
    facts = groups.agg(["size", "mean"])
    return str(facts.sort_values(["size", "mean"], ascending=[False, True], kind="stable").index[0])


def learned_rows(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials whose features are learned from data, with `source` set to `learned`."""
    rows = trials[trials["source"].isin(LEARNED_SOURCES)]
    return rows.assign(source=LEARNED)


def pairs(first: pd.DataFrame, second: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Pair trials on the same rows and compute differences, positive if the first is better.

    Args:
        first: trials, such as `representatives`.
        second: likewise.
        by: further columns that have to be equal, such as `learner`.

    Returns:
        One row per pair, several for a split where `representatives` are tied: the keys, `by`,
        `difference` in the metric's unit, `test_ratio` (the larger of both), and `seconds` of
        training and `trial`, each with `_first` and `_second`.
    """
    keys = [*KEYS, *by]
    both = _facts(first, keys).merge(_facts(second, keys), on=keys, suffixes=("_first", "_second"))
    both = with_differences(both)
    sides = [f"{name}_{side}" for name in ("seconds", "trial") for side in ("first", "second")]
    return (
        both[[*keys, "difference", "test_ratio", *sides]].sort_values(keys).reset_index(drop=True)
    )


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


def adjusted_means(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Compute mean scores of methods of which some lack a split, as if all had the same splits.

    The mean over its own splits favours a method that lacks the hardest. Here a method that lacks
    a split has the mean of the best method with the most splits, less its paired difference from
    it on the splits that both have.

    Args:
        scores: float (n_methods, n_splits), higher is better; NaN if a method lacks a split.

    Returns:
        float (n_methods,); the plain mean of methods that lack no split or share none with the
        best, NaN for one without any.

    >>> adjusted_means([[0.9, np.nan], [0.8, 0.4]]).round(3).tolist()
    [0.7, 0.6]
    """
    table = np.asarray(scores, dtype=float)
    has_score = np.isfinite(table)
    counts = has_score.sum(axis=1)
    with np.errstate(invalid="ignore"):
        means = np.where(has_score, table, 0.0).sum(axis=1) / counts
    most = counts.max(initial=0)
    if not most or np.isin(counts, (0, most)).all():
        return np.asarray(means)
    best = int(np.argmax(np.where(counts == most, means, -np.inf)))
    shared = has_score & has_score[best]
    differences = np.where(shared, np.nan_to_num(table - table[best]), 0.0).sum(axis=1)
    n_shared = shared.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        adjusted = means[best] + differences / n_shared
    return np.where((counts == most) | (n_shared == 0), means, adjusted)


def training_seconds(trials: pd.DataFrame) -> pd.Series[float]:
    """Return the seconds of features, compilation and fit; reused features count in full."""
    phases = trials[["featurize_s", "compile_s", "fit_s"]].astype(float).fillna(0.0)
    total = phases.sum(axis=1)
    return total.where(total > 0)


def reference_pairs(trials: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Pair the reference with the constant method on each task that has both, see `Scale`."""
    table = pairs(representatives(trials, by=()), _constants(trials))
    return {str(task): part for task, part in table.groupby("task", sort=False)}


def scales_of(
    trials: pd.DataFrame, equivalence: Mapping[str, float], is_clear: Mapping[str, bool]
) -> dict[str, Scale]:
    """Compute the scale of normalised scores of each task that has trials.

    Args:
        trials: complete trials; constant methods are those of source or learner `constant`. An
            endpoint is NaN if no trial gives it.
        equivalence: half width of the band of practical equivalence by task, on the normalised
            scale.
        is_clear: whether the reference is clearly better than the constant method, by task; tasks
            that are missing count as not clear.
    """
    zeros = _task_medians(_constants(trials))
    ones = _task_medians(representatives(trials, by=()))
    directions = trials.drop_duplicates("task").set_index("task")["direction"]
    scales = {}
    for task, direction in directions.items():
        zero, one = zeros.get(str(task), math.nan), ones.get(str(task), math.nan)
        rises = one < zero if direction == "minimize" else one > zero
        # A reference that is no better than the constant method gives no scale.
        scales[str(task)] = Scale(
            zero=zero,
            one=one if rises else math.nan,
            is_clear=is_clear.get(str(task), False),
            equivalence=equivalence[str(task)],
        )
    return scales


def _constants(trials: pd.DataFrame) -> pd.DataFrame:
    return representatives(trials[is_constant(trials)], by=())


def _task_medians(trials: pd.DataFrame) -> dict[str, float]:
    """Return each task's median test score over splits; several of one split are averaged."""
    splits = trials.assign(_score=trials["test_score"].astype(float)).groupby(KEYS)["_score"].mean()
    return {str(task): float(value) for task, value in splits.groupby("task").median().items()}
