"""Main function of worker processes: run one trial after another until the connection closes.

Started by `bakeoff.execution.supervisor` in a session of its own, with its threads, device and
backend fixed by environment variables. Messages in: a `Job`. Messages out:
`READY` once the trial's components are imported, then a `Done`.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import sys
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError, DivergedError
from bakeoff.processes.child import answer_messages, metrics_of
from bakeoff.processes.process_state import ProcessState
from bakeoff.records import Result, TrialState
from bakeoff.registry.manager import load_plugins
from bakeoff.training import TrainingRecord

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from bakeoff.registry.catalogue import Registry
    from bakeoff.trial.evaluate import Job, MetricPairs

READY = "ready"
DISK_FULL = "can't write"
"""Start of the reason of a trial that was lost because the disk is full."""
_MAX_WARNINGS = 20
_REASON_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """A trial's result, and whether the trial left the process unusable for further trials."""

    result: Result
    is_contaminated: bool


def main(connection: Connection) -> None:
    """Run each trial that the parent sends, until it closes the connection."""
    _offer_to_oom_killer()
    metrics = _Metrics()
    answer_messages(connection, lambda job: _serve(job, metrics, connection))


class _Metrics:
    """Cache of loaded metrics by problem type."""

    def __init__(self) -> None:
        self._registry: Registry | None = None
        self._loaded: dict[str, MetricPairs] = {}

    def of(self, problem_type: str) -> MetricPairs:
        if problem_type not in self._loaded:
            self._registry = self._registry or load_plugins().registry
            self._loaded[problem_type] = metrics_of(problem_type, self._registry)
        return self._loaded[problem_type]


def _serve(job: Job, metrics: _Metrics, connection: Connection) -> Done:
    """Run one trial and return its result; errors of the method become a state, too."""
    with ProcessState.restored() as state:
        result = _attempt(job, metrics, connection)
    lines = (f"{w.category.__name__}: {w.message}" for w in state.warned)
    result = replace(result, warnings=tuple(dict.fromkeys(lines))[:_MAX_WARNINGS])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return Done(result, is_contaminated=state.is_contaminated)


def _attempt(job: Job, metrics: _Metrics, connection: Connection) -> Result:
    trial = job.trial
    record = TrainingRecord()
    try:
        from bakeoff.search.searched_trial import run_trial

        job.prepared.import_readers()
        for target in trial.targets:
            importlib.import_module(target.partition(":")[0])
        pairs = metrics.of(trial.task.problem_type)
        connection.send(READY)
        limit = trial.limits.seconds
        record = TrainingRecord(None if limit is None else time.monotonic() + limit)
        return run_trial(job, pairs, record)
    except MemoryError:
        return _ended(job, TrialState.OUT_OF_MEMORY, "the method ran out of memory", record)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            reason = f"{DISK_FULL}: {error.strerror}: {error.filename or job.artifacts}"
            return _ended(job, TrialState.LOST, reason, record)
        return _ended(job, TrialState.FAILED, _message_of(error), record)
    except BaseException as error:  # noqa: BLE001  a method's failure is data, SystemExit included
        return _ended(job, _state_of(error), _message_of(error), record)


def _state_of(error: BaseException) -> TrialState:
    """Return `diverged` for values that are not finite, `failed` for other errors."""
    return TrialState.DIVERGED if isinstance(error, DivergedError) else TrialState.FAILED


def _message_of(error: BaseException) -> str:
    """Return the error's message as one printable line; the traceback has the original."""
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  a method's exception may be broken itself
        text = "(the exception can't be shown)"
    text = "".join(char if char.isprintable() else "?" for char in text[:_REASON_CHARS])
    return text if isinstance(error, BakeoffError) else f"{name}: {text}" if text else name


def _ended(job: Job, state: TrialState, reason: str, record: TrainingRecord) -> Result:
    return Result(
        trial=job.trial.id,
        state=state,
        reason=reason,
        traceback=traceback.format_exc(limit=-30),
        epochs=tuple(record.epochs),
        notes=dict(record.notes),
    )


def _offer_to_oom_killer() -> None:
    """Let the kernel end this process before its parent when the machine is out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
