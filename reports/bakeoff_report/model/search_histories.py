"""What searches tried, as tables: the best so far over time, and which parameters mattered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.model.context import ReportContext

GRID = 40
"""Moments at which a curve is drawn."""

FEWEST = 8
"""Configurations below which no importance is told."""

_BINS = 4


def tried(context: ReportContext) -> pd.DataFrame:
    """One row a configuration of every complete trial with a search.

    Returns:
        Columns `run`, `trial`, `task`, `method`, `repeat`, `fold`, `number`, `arm`, `config`,
        `state`, `score`, `test_score`, `at_s`, `fit_s`, and `sign`, 1 where more is better.
    """
    rows = []
    searched = context.main[context.main["search_s"] > 0]
    for trial in searched.to_dict("records"):
        own = {name: trial[name] for name in ("run", "trial", "task", "method", "repeat", "fold")}
        for one in context.run_of(trial).tried(str(trial["trial"])):
            facts = {
                "number": one.number,
                "arm": one.method,
                "config": one.config,
                "state": one.state,
                "score": math.nan if one.score is None else one.score,
                "test_score": math.nan if one.test_score is None else one.test_score,
                "at_s": one.at_s,
                "fit_s": one.fit_s,
                "sign": context.sign(str(trial["task"])),
            }
            rows.append(own | facts)
    return pd.DataFrame(rows)


def anytime(rows: pd.DataFrame) -> pd.DataFrame:
    """Best validation score so far over time, by task and method, over repeats and folds.

    Returns:
        Columns `task`, `method`, `at_s`, `middle` (median), `low` and `high` (least and largest
        over repeats), from the moment at which every repeat has a score.
    """
    found = []
    for (task, method), group in rows.groupby(["task", "method"], sort=False):
        searches = [_steps(part) for _, part in group.groupby(["run", "trial"], sort=False)]
        searches = [steps for steps in searches if len(steps[0])]
        if not searches:
            continue
        start = max(float(at[0]) for at, _ in searches)
        end = max(float(at[-1]) for at, _ in searches)
        moments = np.geomspace(max(start, 1e-3), max(end, start, 2e-3), GRID)
        values = np.stack([best[_last(at, moments)] for at, best in searches])
        found += [
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
    return pd.DataFrame(found)


def _steps(part: pd.DataFrame) -> tuple[Any, Any]:
    """Moments, and the best score up to each."""
    known = part[(part["state"] == "complete") & part["score"].notna()].sort_values("at_s")
    signed = np.maximum.accumulate(known["score"].to_numpy() * known["sign"].to_numpy())
    return known["at_s"].to_numpy(), signed * known["sign"].to_numpy()


def _last(at: Any, moments: Any) -> Any:
    """Index of the last step at or before each moment; the first one before all."""
    return np.maximum(np.searchsorted(at, moments * (1 + 1e-9), side="right") - 1, 0)


def importance(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of the variance of scores that a parameter alone explains, by method.

    Numbers are cut into quarters by rank; parameters that a configuration leaves at their default
    count as a value of their own. The share is the correlation ratio, in [0, 1], averaged over
    searches of at least `FEWEST` scored configurations of that method.

    Returns:
        Columns `arm`, `parameter`, `share`, `n_searches`, most important first.

    Source:
        Pearson, "On the general theory of skew correlation and non-linear regression", 1905.
    """
    found: dict[tuple[str, str], list[float]] = {}
    scored = rows[rows["score"].notna()]
    for (_, _, arm), part in scored.groupby(["run", "trial", "arm"], sort=False):
        if len(part) < FEWEST:
            continue
        names = sorted({name for config in part["config"] for name in config})
        for name in names:
            values = [config.get(name) for config in part["config"]]
            share = correlation_ratio(values, part["score"].to_numpy())
            if share is not None:
                found.setdefault((str(arm), name), []).append(share)
    lines = [
        {"arm": arm, "parameter": name, "share": float(np.mean(shares)), "n_searches": len(shares)}
        for (arm, name), shares in found.items()
    ]
    frame = pd.DataFrame(lines, columns=["arm", "parameter", "share", "n_searches"])
    return frame.sort_values("share", ascending=False, ignore_index=True)


def correlation_ratio(values: Sequence[Any], scores: Any) -> float | None:
    """Variance between groups of like values over all variance; None where nothing varies.

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
    """Numbers by their quarter, everything else by what it is."""
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(set(numbers)) <= _BINS:
        return [repr(value) for value in values]
    edges = np.quantile(numbers, np.linspace(0, 1, _BINS + 1)[1:-1])
    is_number = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in values]
    return [
        f"quarter {int(np.searchsorted(edges, value))}" if numeric else repr(value)
        for value, numeric in zip(values, is_number, strict=True)
    ]
