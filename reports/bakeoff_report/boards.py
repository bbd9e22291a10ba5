"""Methods over tasks: mean scores, normalised means and who ties with the leader."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bakeoff.contrasts import pairs, training_seconds
from bakeoff.statistics import Interval, holm, mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff_report.context import ReportContext

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One method over some tasks.

    Args:
        method: its name.
        source: where its features come from.
        means: mean test score on each task that it has one on.
        normalised: mean normalised score, every task weighing the same; NaN unless it has a score
            on every task and every task has a scale.
        rank: 1 for the best; methods with a score on every task come first.
        behind: leader minus this method on the normalised scale, paired; None for the leader and
            where nothing can be paired.
        is_tied: whether `behind`, Holm-corrected over the board, leaves room for 0; None unknown.
        train_s: mean seconds to train, summed over the tasks.
    """

    method: str
    source: str
    means: dict[str, float]
    normalised: float
    rank: int
    behind: Interval | None
    is_tied: bool | None
    train_s: float


def standings(context: ReportContext, tasks: Sequence[str]) -> list[Standing]:
    """Rank the methods over tasks, best first.

    By mean normalised score where there is one, else by mean rank over the tasks that the method
    has a score on, after all those that have every task.
    """
    rows = context.main[context.main["task"].isin(tasks)]
    means = rows.pivot_table(index="method", columns="task", values="test_score", aggfunc="mean")
    means = means.reindex(columns=list(tasks))
    normalised = _normalised(context, means)
    order = _order(context, means, normalised)
    behind = _behind(context, rows, order[0], list(tasks)) if normalised.notna().any() else {}
    adjusted = dict(zip(behind, holm([i.p for i in behind.values()]), strict=True))
    sources = rows.drop_duplicates("method").set_index("method")["source"]
    seconds = rows.assign(_s=training_seconds(rows)).groupby(["method", "task"])["_s"].mean()
    totals = seconds.groupby("method").sum(min_count=1)
    return [
        Standing(
            method=method,
            source=str(sources[method]),
            means={t: float(v) for t, v in _cells(means, method) if pd.notna(v)},
            normalised=float(normalised[method]),
            rank=rank,
            behind=behind.get(method),
            is_tied=bool(adjusted[method] > ALPHA)
            if method in behind and math.isfinite(adjusted[method])
            else None,
            train_s=float(totals[method]),
        )
        for rank, method in enumerate(order, 1)
    ]


def _cells(means: pd.DataFrame, method: str) -> list[tuple[str, Any]]:
    return list(zip(map(str, means.columns), means.loc[method], strict=True))


def _normalised(context: ReportContext, means: pd.DataFrame) -> pd.Series[float]:
    scales = {str(task): context.scales[str(task)] for task in means.columns}
    columns = {task: (means[task] - s.zero) / (s.one - s.zero) for task, s in scales.items()}
    return pd.DataFrame(columns).mean(axis=1, skipna=False)


def _order(context: ReportContext, means: pd.DataFrame, normalised: pd.Series[float]) -> list[str]:
    minimized = context.tasks.loc[list(means.columns), "direction"] == "minimize"
    signed = means * np.where(minimized, -1.0, 1.0)
    # Rows come by name, and the sort below keeps that order between equals.
    keys = pd.DataFrame(
        {
            "missing": means.isna().sum(axis=1) > 0,
            "normalised": -normalised,
            "rank": signed.rank(ascending=False).mean(axis=1),
        }
    )
    return [str(m) for m in keys.sort_values(list(keys.columns), kind="stable").index]


def _behind(
    context: ReportContext, rows: pd.DataFrame, leader: str, tasks: list[str]
) -> dict[str, Interval]:
    """The leader minus each method that has every task, on the normalised scale."""
    others = rows[rows["method"] != leader]
    lead = rows[rows["method"] == leader]
    names = others["method"].unique()
    leads = pd.concat([lead.assign(method=n) for n in names]) if len(names) else lead[:0]
    table = pairs(leads, others, by=("method",))
    found: dict[str, list[Interval]] = {}
    for (method, task), part in table.groupby(["method", "task"], sort=False):
        span = context.scales[str(task)].span
        found.setdefault(str(method), []).append(
            context.evidence.difference(part, str(task)).scaled(1 / span)
        )
    return {m: mean_interval(i) for m, i in found.items() if len(i) == len(tasks)}
