"""Order pending trials so that a run is short and its timings stay comparable.

Splits are outermost: all methods of a split start before any of the next, so that a temporarily
slow machine affects all methods alike. Within a split, trials that need the same kind of worker
stay together, since another kind has to import another library; and where several trials run at a
time, the longest start first, so that no worker is idle while the last one still runs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bakeoff.execution.worker_key import Key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakeoff.trial.evaluate import Job


def ordered(jobs: Sequence[Job], seconds: Mapping[str, float | None], workers: int) -> list[Job]:
    """Sort jobs into the order in which they should start.

    Args:
        jobs: jobs in the order of the plan.
        seconds: expected duration of each trial, by id. Trials of unknown duration (None) start
            first, those with the most rows in front.
        workers: number of trials that run at a time. With one, methods keep the plan's order.
    """
    weights = _weights(jobs, seconds)

    def sort_key(job: Job) -> tuple[int, int, float, str, bool, float]:
        key = Key.of(job.trial)
        expected_s = seconds.get(job.trial.id)
        size = job.prepared.n_rows if expected_s is None else expected_s
        by_size = (expected_s is not None, -size) if workers > 1 else (True, 0.0)
        return (job.trial.repeat, job.trial.fold, -weights[key], str(key), *by_size)

    return sorted(jobs, key=sort_key)


def _weights(jobs: Sequence[Job], seconds: Mapping[str, float | None]) -> dict[Key, float]:
    """Sum the expected seconds of the jobs of each kind of worker."""
    weights: defaultdict[Key, float] = defaultdict(float)
    for job in jobs:
        weights[Key.of(job.trial)] += seconds.get(job.trial.id) or 1.0
    return weights
