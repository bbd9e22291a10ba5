"""Pools that evaluate the configurations of a search, in this process or in child processes."""

from __future__ import annotations

import contextlib
import importlib
import os
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Protocol

from bakeoff.processes.child import ChildProcess, answer_messages, metrics_of, thread_limits
from bakeoff.records import ConfigResult
from bakeoff.search.evaluator import TIME_UP, Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from bakeoff.search.objective import MetricPairs
    from bakeoff.search.requests import EvaluationRequest, TrialContext

GRACE_S = 1.0
"""Maximum seconds past its deadline in which a child process may still send its result."""

START_S = 300.0
"""Maximum seconds in which child processes must have imported a trial's components."""

_READY = "ready"


class EvaluatorPool(Protocol):
    """Protocol of pools that evaluate configurations; used from one thread."""

    size: int

    def get_ready(self) -> None:
        """Wait until all components are imported; called before the first request."""

    def submit(self, request: EvaluationRequest) -> None:
        """Start a request; at most `size` requests are running at a time."""

    def wait(self, report_round: Callable[[int, int, float], bool]) -> list[ConfigResult]:
        """Wait briefly and return the results of requests that ended.

        Args:
            report_round: called with number, round and value; returns True to end that
                configuration.
        """

    def cancel(self) -> list[ConfigResult]:
        """End running requests as far as possible, and return their results."""

    def close(self) -> None:
        """End all processes that were started."""


class InProcessPool:
    """Pool that evaluates in this process, one request at a time."""

    size = 1

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._request: EvaluationRequest | None = None

    def get_ready(self) -> None:
        """Do nothing: all components are imported in this process."""

    def submit(self, request: EvaluationRequest) -> None:
        """Store a request until `wait` evaluates it."""
        self._request = request

    def wait(self, report_round: Callable[[int, int, float], bool]) -> list[ConfigResult]:
        """Evaluate the stored request and return its result."""
        request, self._request = self._request, None
        if request is None:
            return []
        number = request.number

        def report(step: int, value: float) -> bool:
            return report_round(number, step, value)

        return [self._evaluator.evaluate(request, report)]

    def cancel(self) -> list[ConfigResult]:
        """Return no results: nothing runs between two calls of `wait`."""
        return []

    def close(self) -> None:
        """Do nothing: no process was started."""


@dataclass(slots=True)
class _PoolProcess:
    """A child process with the request that it evaluates, None while it is idle."""

    process: ChildProcess
    connection: Connection
    began: float
    request: EvaluationRequest | None = None
    ready: bool = False


class ProcessPool:
    """Pool of child processes with one thread each; evaluations can be ended at any time.

    Args:
        context: the trial, its data and its folders.
        size: number of processes, at least 1.
    """

    def __init__(self, context: TrialContext, size: int) -> None:
        self.size = size
        self._context = context
        self._members = [self._start() for _ in range(size)]

    def get_ready(self) -> None:
        """Wait until every process has imported the trial's components.

        Raises:
            RuntimeError: a process ended or took too long.
        """
        deadline = time.monotonic() + START_S
        for member in self._members:
            left = max(0.0, deadline - time.monotonic())
            try:
                member.ready = member.connection.poll(left) and member.connection.recv() == _READY
            except (EOFError, OSError):
                member.ready = False
            if not member.ready:
                raise RuntimeError("a process for searching could not be started.")

    def submit(self, request: EvaluationRequest) -> None:
        """Send a request to an idle process."""
        idle = [member for member in self._members if member.request is None]
        member = min(idle, key=lambda h: not h.ready)
        member.request, member.began = request, time.monotonic()
        with contextlib.suppress(OSError):  # `wait` detects a process that died meanwhile
            member.connection.send(request)

    def wait(self, report_round: Callable[[int, int, float], bool]) -> list[ConfigResult]:
        """Return the results of requests that ended; see `EvaluatorPool`."""
        by_connection = {member.connection: member for member in self._members}
        results = []
        for connection in wait(list(by_connection), timeout=0.05):
            member = by_connection[connection]  # type: ignore[index]  # one of the keys
            try:
                message = member.connection.recv()
            except (EOFError, OSError):
                if not member.ready:
                    raise RuntimeError("a process for searching could not be started.") from None
                results.append(self._replace(member, "failed", "the process died"))
                continue
            if isinstance(message, ConfigResult):
                member.request = None
                results.append(message)
            elif message == _READY:
                member.ready = True
            else:
                member.connection.send(report_round(*message))
        now = time.monotonic()
        late = [h for h in self._members if h.request and now > h.request.deadline + GRACE_S]
        results += [self._replace(member, "stopped", TIME_UP) for member in late]
        return [result for result in results if result is not None]

    def cancel(self) -> list[ConfigResult]:
        """End every running request and return the results."""
        busy = [member for member in self._members if member.request is not None]
        results = [self._replace(member, "stopped", TIME_UP) for member in busy]
        return [result for result in results if result is not None]

    def close(self) -> None:
        """End the processes."""
        for member in self._members:
            member.process.end()

    def _replace(self, member: _PoolProcess, state: str, reason: str) -> ConfigResult | None:
        """End a process, start another in its place, and return the result of its request."""
        member.process.end()
        request = member.request
        self._members[self._members.index(member)] = self._start()
        if request is None:
            return None
        method = self._context.trial.search.arms[request.method].method.name  # type: ignore[union-attr]
        return ConfigResult(
            number=request.number,
            method=method,
            config=request.config,
            state=state,
            reason=reason,
            wall_s=time.monotonic() - member.began,
        )

    def _start(self) -> _PoolProcess:
        # It stays in this process's session and tree, so that the trial's limits apply to it.
        process = ChildProcess(
            "bakeoff.search.evaluator_pool:main",
            {**os.environ, **thread_limits(1)},
            own_session=False,
        )
        member = _PoolProcess(process, process.connection, time.monotonic())
        member.connection.send(self._context)
        return member


def main(connection: Connection) -> None:
    """Evaluate each request that the parent sends after the context, until it disconnects.

    Main function of the child processes of `ProcessPool`.
    """
    context: TrialContext = connection.recv()
    context.prepared.import_readers()
    for target in context.trial.targets:
        importlib.import_module(target.partition(":")[0])
    evaluator = Evaluator(context, metrics_of(context.trial.task.problem_type), threads=1)
    connection.send(_READY)

    def serve(request: EvaluationRequest) -> ConfigResult:
        def report_round(step: int, value: float) -> bool:
            connection.send((request.number, step, value))
            return bool(connection.recv())

        return evaluator.evaluate(request, report_round)

    answer_messages(connection, serve)


def pool_for(
    context: TrialContext, metrics: MetricPairs, threads: int, most: int | None
) -> EvaluatorPool:
    """Return a `ProcessPool` for parallel or time-limited evaluations, else an `InProcessPool`.

    Args:
        context: the trial, its data and its folders.
        metrics: every metric of the problem type, loaded.
        threads: number of threads of the trial.
        most: number of configurations left; None if unlimited.
    """
    size = min(threads, most or threads)
    search = context.trial.search
    if size > 1 or (search is not None and search.seconds is not None):
        return ProcessPool(context, size)
    return InProcessPool(Evaluator(context, metrics, threads=threads))
