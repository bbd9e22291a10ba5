"""Leaderboard that a run prints at its end, and reasons of trials that are not complete."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from bakeoff.commands._tables import table

if TYPE_CHECKING:
    import pandas as pd

PLACES = 5
"""Number of methods shown for each task."""

MOST_REASONS, LONGEST_REASON = 5, 300


def leaderboard(trials: pd.DataFrame) -> str:
    """Return tables of the best methods of each task by mean test score, best first.

    They contain means, and medians of seconds; the report shows which differences are clear.

    Args:
        trials: `StoredRun.trials`.
    """
    done = trials[(trials["state"] == "complete") & (trials["study"] == "none")]
    if done.empty:
        return "No trial is complete."
    blocks = [_block(str(name), group) for name, group in done.groupby("task", sort=False)]
    return "\n\n".join(blocks)


def reasons(trials: pd.DataFrame) -> list[str]:
    """Return a line for each reason why trials are not complete, the most frequent first.

    Args:
        trials: `StoredRun.trials`.
    """
    ended = trials[trials["state"] != "complete"]
    counted = Counter(zip(ended["state"], ended["reason"], strict=True)).most_common()
    lines = []
    for (state, reason), number in counted[:MOST_REASONS]:
        text = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]} ..."
        lines.append(f"{number} {state.replace('_', ' ')}: {text}")
    if len(counted) > MOST_REASONS:
        lines.append(f"{len(counted) - MOST_REASONS} more reasons stand in the report.")
    return lines


def _block(name: str, trials: pd.DataFrame) -> str:
    """Return the table of one task."""
    metric, direction = trials["metric"].iloc[0], trials["direction"].iloc[0]
    seconds = trials[["featurize_s", "search_s", "compile_s", "fit_s"]].sum(axis=1)
    means = (
        trials.assign(seconds=seconds)
        .groupby(["method", "source"], as_index=False, sort=False)
        .agg({"test_score": "mean", "gap": "mean", "seconds": "median"})
    )
    means = means.sort_values("test_score", ascending=direction == "minimize", kind="stable")
    rows = [
        (
            rank,
            row["method"],
            row["source"],
            f"{row['test_score']:.4f}",
            "-" if math.isnan(row["gap"]) else f"{row['gap']:+.4f}",
            f"{row['seconds']:.3f}",
        )
        for rank, (_, row) in enumerate(means.head(PLACES).iterrows(), 1)
    ]
    head = ("", f"{name} ({metric})", "source", "test", "gap", "seconds")
    more = f"\n   ... and {len(means) - PLACES} more" if len(means) > PLACES else ""
    return table(head, rows) + more
