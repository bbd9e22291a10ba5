"""Configurations that searches tried: best score over time, importance of parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.model.context import ReportContext

N_MOMENTS = 40
"""Number of points in time of a curve."""

MIN_CONFIGS = 8
"""Fewest scored configurations of a search for which importance is computed."""

_BINS = 4


def tried_configs(context: ReportContext) -> pd.DataFrame:
    """Return one row per configuration of every complete trial with a search.

    Returns:
        Columns `run`, `trial`, `task`, `method`, `repeat`, `fold`, `number`, `arm`, `config`,
        `state`, `score`, `test_score`, `at_s`, `fit_s`, and `sign`, 1 where more is better.
    """
    rows = []
    searched = context.main[context.main["search_s"] > 0]
    for trial in searched.to_dict("records"):
        own = {name: trial[name] for name in ("run", "trial", "task", "method", "repeat", "fold")}
        for result in context.run_of(trial).tried(str(trial["trial"])):
            facts = {
                "number": result.number,
                "arm": result.method,
                "config": result.config,
                "state": result.state,
                "score": math.nan if result.score is None else result.score,
                "test_score": math.nan if result.test_score is None else result.test_score,
                "at_s": result.at_s,
                "fit_s": result.fit_s,
                "sign": context.sign(str(trial["task"])),
            }
            rows.append(own | facts)
    return pd.DataFrame(rows)


def best_so_far(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the best validation score so far over time, by task and method.

    Returns:
        Columns `task`, `method`, `at_s`, `middle` (median), `low` and `high` (least and largest
        over repeats), from the time at which every repeat has a score.
    """
    points = []
    for (task, method), group in rows.groupby(["task", "method"], sort=False):
        searches = [_steps(part) for _, part in group.groupby(["run", "trial"], sort=False)]
        searches = [steps for steps in searches if len(steps[0])]
        if not searches:
            continue
        start = max(float(ended_s[0]) for ended_s, _ in searches)
        end = max(float(ended_s[-1]) for ended_s, _ in searches)
        moments = np.geomspace(max(start, 1e-3), max(end, start, 2e-3), N_MOMENTS)
        values = np.stack([best[_last(ended_s, moments)] for ended_s, best in searches])
        points += [
            {
                "task": task,
                "method": method,
                "at_s": moment,
                "middle": float(np.median(column)),
                "low": float(column.min()),
                "high": float(column.max()),
            }
            for moment, column in zip(moments, values.T, strict=True)
        ]
    return pd.DataFrame(points)


def _steps(part: pd.DataFrame) -> tuple[Any, Any]:
    """Return times of the scored configurations, and the best score up to each."""
    scored = part[(part["state"] == "complete") & part["score"].notna()].sort_values("at_s")
    signed = np.maximum.accumulate(scored["score"].to_numpy() * scored["sign"].to_numpy())
    return scored["at_s"].to_numpy(), signed * scored["sign"].to_numpy()


def _last(ended_s: Any, moments: Any) -> Any:
    """Return the index of the last step at or before each time; 0 before all."""
    return np.maximum(np.searchsorted(ended_s, moments * (1 + 1e-9), side="right") - 1, 0)


def importance(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of the variance of scores that each parameter explains alone.

    Numbers are grouped by quartile; a parameter left at its default counts as a value of its own.
    The share is the correlation ratio, in [0, 1], averaged over searches of at least
    `MIN_CONFIGS` scored configurations of that method.

    Returns:
        Columns `arm`, `parameter`, `share`, `n_searches`, most important first.

    Source:
        Pearson, "On the general theory of skew correlation and non-linear regression", 1905.
    """
    by_parameter: dict[tuple[str, str], list[float]] = {}
    scored = rows[rows["score"].notna()]
    for (_, _, arm), part in scored.groupby(["run", "trial", "arm"], sort=False):
        if len(part) < MIN_CONFIGS:
            continue
        names = sorted({name for config in part["config"] for name in config})
        for name in names:
            values = [config.get(name) for config in part["config"]]
            share = correlation_ratio(values, part["score"].to_numpy())
            if share is not None:
                by_parameter.setdefault((str(arm), name), []).append(share)
    lines = [
        {"arm": arm, "parameter": name, "share": float(np.mean(shares)), "n_searches": len(shares)}
        for (arm, name), shares in by_parameter.items()
    ]
    frame = pd.DataFrame(lines, columns=["arm", "parameter", "share", "n_searches"])
    return frame.sort_values("share", ascending=False, ignore_index=True)


def correlation_ratio(values: Sequence[Any], scores: Any) -> float | None:
    """Return variance between groups over total variance; None if nothing varies.

    >>> correlation_ratio(["a", "a", "b", "b"], np.array([1.0, 1.0, 3.0, 3.0]))
    1.0
    """
    groups = _groups(values)
    total = float(np.var(scores))
    if total <= 0 or len(set(groups)) < 2:  # noqa: PLR2004  one group explains nothing
        return None
    frame = pd.DataFrame({"group": groups, "score": scores})
    means = frame.groupby("group")["score"].transform("mean")
    return float(np.var(means) / total)


def _groups(values: Sequence[Any]) -> list[str]:
    """Return labels of groups: numbers by quartile, everything else by value."""
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(set(numbers)) <= _BINS:
        return [repr(value) for value in values]
    edges = np.quantile(numbers, np.linspace(0, 1, _BINS + 1)[1:-1])
    is_number = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in values]
    return [
        f"quarter {int(np.searchsorted(edges, value))}" if numeric else repr(value)
        for value, numeric in zip(values, is_number, strict=True)
    ]
