"""In which order pending trials start, so that a run is short and its timings stay comparable.

Repeats stay outermost: all methods of a repeat come before any of the next, so that a slow minute
hits all. Within a repeat, trials that need the same kind of process stay together, since changing
it costs an import of a learning library; and where several trials run at a time, the longest start
first, so that none is left over at the end while the other processes have nothing to do.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bakeoff.execution.worker_key import Key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakeoff.trial.evaluate import Job


def ordered(jobs: Sequence[Job], seconds: Mapping[str, float | None], workers: int) -> list[Job]:
    """Put jobs in the order in which they should start.

    Args:
        jobs: in the order of the plan.
        seconds: what each trial is expected to take, by id; None where nothing is known, which
            counts as long: first those with the most rows.
        workers: trials that run at a time. With one, methods keep the order of the plan.
    """
    weights = _weights(jobs, seconds)

    def place(job: Job) -> tuple[int, float, str, bool, float]:
        key = Key.of(job.trial)
        known = seconds.get(job.trial.id)
        size = job.prepared.n_rows if known is None else known
        by_size = (known is not None, -size) if workers > 1 else (True, 0.0)
        return (job.trial.repeat, -weights[key], str(key), *by_size)

    return sorted(jobs, key=place)


def _weights(jobs: Sequence[Job], seconds: Mapping[str, float | None]) -> dict[Key, float]:
    """How much work each kind of process has; those with the most come first."""
    weights: defaultdict[Key, float] = defaultdict(float)
    for job in jobs:
        weights[Key.of(job.trial)] += seconds.get(job.trial.id) or 1.0
    return weights
