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
    Methods that failed on a split come last; others that lack a split are ranked by their
    differences from the best on the splits that both have.

    Args:
        trials: `StoredRun.trials`.
    """
    plain = trials[trials["study"] == "none"]
    groups = [(str(name), group) for name, group in plain.groupby("task", sort=False)]
    blocks = [_block(name, rows) for name, rows in groups if (rows["state"] == "complete").any()]
    return "\n\n".join(blocks) or "No trial is complete."


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
    from bakeoff.statistics.contrasts import adjusted_means, signs  # imports NumPy
    from bakeoff.statistics.imputation import FAILED

    done = trials[trials["state"] == "complete"]
    seconds = done[["featurize_s", "search_s", "compile_s", "fit_s"]].sum(axis=1)
    done = done.assign(seconds=seconds, signed=done["test_score"] * signs(done))
    means = done.groupby("method", sort=False).agg(
        {"source": "first", "test_score": "mean", "gap": "mean", "seconds": "median"}
    )
    scores = done.pivot_table(index="method", columns=["repeat", "fold"], values="signed")
    adjusted = dict(zip(scores.index, adjusted_means(scores.to_numpy()), strict=True))
    planned = trials.groupby("method").size()
    failed = trials[trials["state"].isin(FAILED)].groupby("method").size()
    ordered = sorted(means.index, key=lambda m: (m in failed.index, -adjusted.get(m, -math.inf)))
    rows = []
    for rank, method in enumerate(ordered[:PLACES], 1):
        row = means.loc[method]
        lacks = f" (failed on {failed[method]} of {planned[method]})" if method in failed else ""
        gap = "-" if math.isnan(row["gap"]) else f"{row['gap']:+.4f}"
        score, duration = f"{row['test_score']:.4f}", f"{row['seconds']:.3f}"
        rows.append((rank, f"{method}{lacks}", row["source"], score, gap, duration))
    head = ("", f"{name} ({trials['metric'].iloc[0]})", "source", "test", "gap", "seconds")
    more = f"\n   ... and {len(means) - PLACES} more" if len(means) > PLACES else ""
    return table(head, rows) + more
