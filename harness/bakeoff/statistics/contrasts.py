"""Who is compared with whom: representatives, pairs and the scale of each task.

Works on frames with the columns of `bakeoff.store.run_data.StoredRun.trials`. Only validation
chooses; only test scores are compared, always on the same task, repeat and fold.
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
"""What makes two trials a pair: the same rows in the same parts."""

CONSTANT = "constant"
LEARNED = "learned"
"""Stands for all learned sources together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The two ends of a task's normalised scores, in the unit of its metric.

    Args:
        zero: mean test score of the constant method.
        one: mean test score of the reference: in each repeat what validation chose among all.
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
        """Size of the scale in the unit of the metric, without its direction."""
        return abs(self.one - self.zero)

    @property
    def band(self) -> float:
        """The band of practical equivalence in the unit of the metric."""
        return self.equivalence * self.span

    def normalise(self, score: float) -> float:
        """0 for the constant method, 1 for the reference; NaN where the scale is unknown."""
        return (score - self.zero) / (self.one - self.zero) if self.is_known else math.nan


def signs(trials: pd.DataFrame) -> pd.Series[float]:
    """1 where more is better, -1 where less is."""
    return trials["direction"].map(SIGNS).astype(float)


def is_constant(trials: pd.DataFrame) -> pd.Series[bool]:
    """Whether a trial ran a constant method: one whose source or learner is `constant`."""
    return (trials["source"] == CONSTANT) | (trials["learner"] == CONSTANT)


def rows_fitted(trials: pd.DataFrame) -> pd.Series[float]:
    """Rows that the tested fit has seen: those of the refit where there was one."""
    refit = trials["n_refit"].astype(float)
    return refit.where(refit > 0, trials["n_train"].astype(float))


def test_ratios(trials: pd.DataFrame) -> pd.Series[float]:
    """n_test / n_fit of each trial, for the correction of resampled intervals.

    Splits share rows because the test parts are drawn from the same data. Where a limit or a
    fraction keeps rows from being fitted, they lower no correlation but are there to be drawn, so
    n_fit counts as if they had been fitted in the same proportion.
    """
    kept = _number(trials, "n_train") + _number(trials, "n_validation").fillna(0.0)
    whole = 1 + _number(trials, "n_unused").fillna(0.0) / kept
    return trials["n_test"].astype(float) / (rows_fitted(trials) * whole)


def rows_drawn_from(trials: pd.DataFrame) -> pd.Series[float]:
    """Rows of the data from which each trial's parts were drawn."""
    parts = ("n_train", "n_validation", "n_test", "n_unused")
    return sum((_number(trials, part).fillna(0.0) for part in parts[1:]), _number(trials, parts[0]))


def _number(trials: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column as numbers; NaN where a store does not know it."""
    if column not in trials.columns:
        return trials["n_train"].astype(float) * math.nan
    return trials[column].astype(float)


def representatives(trials: pd.DataFrame, by: Sequence[str] = ("source",)) -> pd.DataFrame:
    """Let validation choose one trial for each task, repeat, fold and value of `by`.

    Args:
        trials: complete trials; a test score never enters the choice.
        by: columns whose values are each represented; empty for one choice among all.

    Returns:
        The rows chosen, in the order of the keys. The name decides between equal validation
        scores. Without validation scores only a value with a single method is represented.
    """
    return best_validated(trials, [*KEYS, *by], ties=["method"])


def best_validated(
    rows: pd.DataFrame,
    keys: Sequence[str],
    *,
    ties: Sequence[str],
    score: str = "validation_score",
) -> pd.DataFrame:
    """The row with the best validation score for each value of `keys`, in their order.

    Args:
        rows: with the keys, `ties`, `direction` and the score.
        keys: columns whose values are each represented, without a score only by a row alone.
        ties: columns whose smallest value decides between equal scores.
        score: column of validation scores.
    """
    ranked = rows.assign(_value=-rows[score].astype(float) * signs(rows))
    ranked = ranked.sort_values([*keys, "_value", *ties])
    is_alone = ranked.groupby(list(keys))[ties[0]].transform("size") == 1
    chosen = ranked[ranked["_value"].notna() | is_alone]
    return chosen.drop_duplicates(keys).drop(columns="_value").reset_index(drop=True)


def learned_rows(trials: pd.DataFrame) -> pd.DataFrame:
    """Trials of learned sources, all under the one source `learned`."""
    rows = trials[trials["source"].isin(LEARNED_SOURCES)]
    return rows.assign(source=LEARNED)


def pairs(first: pd.DataFrame, second: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Match trials on the same rows and take differences, positive where the first is better.

    Args:
        first: at most one trial for each task, repeat, fold and value of `by`.
        second: likewise.
        by: further columns that have to agree, such as `learner`.

    Returns:
        One row a pair: the keys, `by`, `difference` in the metric's unit, `test_ratio` (the
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
    """Add `difference` and `test_ratio` to pairs of rows that have what `with_facts` adds."""
    return both.assign(
        difference=both["signed_first"] - both["signed_second"],
        test_ratio=both[["ratio_first", "ratio_second"]].max(axis=1),
    )


def with_facts(trials: pd.DataFrame) -> pd.DataFrame:
    """Add what `pairs` needs, once for many calls: signed test score, n_test/n_fit, seconds."""
    return trials.assign(
        signed=trials["test_score"].astype(float) * signs(trials),
        ratio=test_ratios(trials),
        seconds=training_seconds(trials),
    )


def _facts(trials: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    known = trials if "signed" in trials.columns else with_facts(trials)
    facts = known[[*keys, "trial", "signed", "ratio", "seconds"]]
    return facts[facts["signed"].notna()]


def training_seconds(trials: pd.DataFrame) -> pd.Series[float]:
    """Seconds to make the features, compile and fit; a reused matrix counts as if made anew."""
    phases = trials[["featurize_s", "compile_s", "fit_s"]].astype(float).fillna(0.0)
    total = phases.sum(axis=1)
    return total.where(total > 0)


def scale_of(trials: pd.DataFrame, *, equivalence: float = 0.02) -> Scale:
    """The scale of normalised scores of one task; see `scales_of`."""
    tasks = trials["task"].unique()
    return scales_of(trials, dict.fromkeys(tasks, equivalence))[str(tasks[0])]


def scales_of(trials: pd.DataFrame, equivalence: Mapping[str, float]) -> dict[str, Scale]:
    """The scales of normalised scores of the tasks that have a trial.

    Args:
        trials: complete trials; constant methods are those of source or learner `constant`. One
            end is NaN where there is none to take it from.
        equivalence: for each task half the width of its band, on the normalised scale.
    """
    zeros = _task_means(representatives(trials[is_constant(trials)], by=()))
    ones = _task_means(representatives(trials, by=()))
    directions = trials.drop_duplicates("task").set_index("task")["direction"]
    scales = {}
    for task, direction in directions.items():
        zero, one = zeros.get(task, math.nan), ones.get(task, math.nan)
        rises = one < zero if direction == "minimize" else one > zero
        # A reference that is no better than guessing gives no scale to measure others on.
        scales[str(task)] = Scale(
            zero=zero, one=one if rises else math.nan, equivalence=equivalence[str(task)]
        )
    return scales


def _task_means(trials: pd.DataFrame) -> dict[Any, float]:
    scores = trials["test_score"].astype(float)
    return dict(scores.groupby(trials["task"]).mean().items())
