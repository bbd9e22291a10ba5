"""Who evaluates the configurations of a search: this process, or helpers beside it."""

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
"""Longest wall-clock time past its deadline in which a helper may still answer."""

START_S = 300.0
"""Longest wall-clock time in which helpers must have imported a trial's components."""

_READY = "ready"


class EvaluatorPool(Protocol):
    """Evaluates configurations. Used from one thread."""

    size: int

    def get_ready(self) -> None:
        """Wait until everything is imported; called before the first request."""

    def submit(self, request: EvaluationRequest) -> None:
        """Take a request; there are never more under way than `size`."""

    def wait(self, tell: Callable[[int, int, float], bool]) -> list[ConfigResult]:
        """Wait until at least one request has ended, or a moment.

        Args:
            tell: told number, round and value; True ends that configuration.
        """

    def cancel(self) -> list[ConfigResult]:
        """End what is under way, as far as that is possible."""

    def close(self) -> None:
        """End all that was started."""


class InProcess:
    """Evaluates in this process, one request at a time."""

    size = 1

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._request: EvaluationRequest | None = None

    def get_ready(self) -> None:
        """All is imported in this process."""

    def submit(self, request: EvaluationRequest) -> None:
        """Take a request."""
        self._request = request

    def wait(self, tell: Callable[[int, int, float], bool]) -> list[ConfigResult]:
        """Evaluate it."""
        request, self._request = self._request, None
        if request is None:
            return []
        number = request.number
        return [self._evaluator.evaluate(request, lambda step, value: tell(number, step, value))]

    def cancel(self) -> list[ConfigResult]:
        """Nothing is ever under way between two calls."""
        return []

    def close(self) -> None:
        """Nothing was started."""


@dataclass(slots=True)
class _Helper:
    process: ChildProcess
    connection: Connection
    began: float
    request: EvaluationRequest | None = None
    ready: bool = False


class ProcessPool:
    """Evaluates in processes of one thread each, whose fits can be ended whatever they do.

    Args:
        context: where they work.
        size: how many, at least 1.
    """

    def __init__(self, context: TrialContext, size: int) -> None:
        self.size = size
        self._context = context
        self._members = [self._start() for _ in range(size)]

    def get_ready(self) -> None:
        """Wait until every helper has imported what it needs.

        Raises:
            RuntimeError: one ended or took too long.
        """
        late = time.monotonic() + START_S
        for helper in self._members:
            left = max(0.0, late - time.monotonic())
            try:
                helper.ready = helper.connection.poll(left) and helper.connection.recv() == _READY
            except (EOFError, OSError):
                helper.ready = False
            if not helper.ready:
                raise RuntimeError("a process for searching could not be started.")

    def submit(self, request: EvaluationRequest) -> None:
        """Hand a request to an idle helper."""
        idle = [helper for helper in self._members if helper.request is None]
        helper = min(idle, key=lambda h: not h.ready)
        helper.request, helper.began = request, time.monotonic()
        with contextlib.suppress(OSError):  # one that died meanwhile shows in `wait`
            helper.connection.send(request)

    def wait(self, tell: Callable[[int, int, float], bool]) -> list[ConfigResult]:
        """Answers of those who have ended; see `EvaluatorPool`."""
        busy = {helper.connection: helper for helper in self._members}
        found = []
        for connection in wait(list(busy), timeout=0.05):
            helper = busy[connection]  # type: ignore[index]  # what it was handed
            try:
                message = helper.connection.recv()
            except (EOFError, OSError):
                if not helper.ready:
                    raise RuntimeError("a process for searching could not be started.") from None
                found.append(self._replace(helper, "failed", "the process died"))
                continue
            if isinstance(message, ConfigResult):
                helper.request = None
                found.append(message)
            elif message == _READY:
                helper.ready = True
            else:
                helper.connection.send(tell(*message))
        now = time.monotonic()
        late = [h for h in self._members if h.request and now > h.request.deadline + GRACE_S]
        found += [self._replace(helper, "stopped", TIME_UP) for helper in late]
        return [tried for tried in found if tried is not None]

    def cancel(self) -> list[ConfigResult]:
        """End every fit under way."""
        busy = [helper for helper in self._members if helper.request is not None]
        found = [self._replace(helper, "stopped", TIME_UP) for helper in busy]
        return [tried for tried in found if tried is not None]

    def close(self) -> None:
        """End the processes."""
        for helper in self._members:
            helper.process.end()

    def _replace(self, helper: _Helper, state: str, reason: str) -> ConfigResult | None:
        """End a helper that can't go on, start another, and say what became of its request."""
        helper.process.end()
        request = helper.request
        self._members[self._members.index(helper)] = self._start()
        if request is None:
            return None
        method = self._context.trial.search.arms[request.method].method.name  # type: ignore[union-attr]
        return ConfigResult(
            number=request.number,
            method=method,
            config=request.config,
            state=state,
            reason=reason,
            wall_s=time.monotonic() - helper.began,
        )

    def _start(self) -> _Helper:
        # In this process's session and tree: the trial's limits count it and end it.
        process = ChildProcess(
            "bakeoff.search.evaluator_pool:main",
            {**os.environ, **thread_limits(1)},
            own_session=False,
        )
        helper = _Helper(process, process.connection, time.monotonic())
        helper.connection.send(self._context)
        return helper


def main(connection: Connection) -> None:
    """Evaluate each request that the parent sends after the context, until it disconnects."""
    context: TrialContext = connection.recv()
    context.prepared.import_readers()
    for target in context.trial.targets:
        importlib.import_module(target.partition(":")[0])
    evaluator = Evaluator(context, metrics_of(context.trial.task.problem_type), threads=1)
    connection.send(_READY)

    def serve(request: EvaluationRequest) -> ConfigResult:
        def tell(step: int, value: float) -> bool:
            connection.send((request.number, step, value))
            return bool(connection.recv())

        return evaluator.evaluate(request, tell)

    answer_messages(connection, serve)


def pool_for(
    context: TrialContext, metrics: MetricPairs, threads: int, most: int | None
) -> EvaluatorPool:
    """Processes for several configurations at a time, or to end one that outlasts its seconds.

    A search of configurations alone, one at a time, needs neither: it stays in this process.
    """
    size = min(threads, most or threads)
    search = context.trial.search
    if size > 1 or (search is not None and search.seconds is not None):
        return ProcessPool(context, size)
    return InProcess(Evaluator(context, metrics, threads=threads))
