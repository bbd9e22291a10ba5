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
from bakeoff.records import Tried
from bakeoff.search.evaluator import TIME_UP, Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from bakeoff.search.objective import MetricPairs
    from bakeoff.search.requests import Order, Place

GRACE_S = 1.0
"""Longest wall-clock time past its deadline in which a helper may still answer."""

START_S = 300.0
"""Longest wall-clock time in which helpers must have imported a trial's components."""

_READY = "ready"


class Crew(Protocol):
    """Evaluates orders. Used from one thread."""

    size: int

    def get_ready(self) -> None:
        """Wait until everything is imported; called before the first order."""

    def submit(self, order: Order) -> None:
        """Take an order; there are never more under way than `size`."""

    def wait(self, tell: Callable[[int, int, float], bool]) -> list[Tried]:
        """Wait until at least one order has ended, or a moment.

        Args:
            tell: told number, round and value; True ends that configuration.
        """

    def cancel(self) -> list[Tried]:
        """End what is under way, as far as that is possible."""

    def close(self) -> None:
        """End all that was started."""


class Alone:
    """Evaluates in this process, one order at a time."""

    size = 1

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._order: Order | None = None

    def get_ready(self) -> None:
        """All is imported in this process."""

    def submit(self, order: Order) -> None:
        """Take an order."""
        self._order = order

    def wait(self, tell: Callable[[int, int, float], bool]) -> list[Tried]:
        """Evaluate it."""
        order, self._order = self._order, None
        if order is None:
            return []
        number = order.number
        return [self._bench.evaluate(order, lambda step, value: tell(number, step, value))]

    def cancel(self) -> list[Tried]:
        """Nothing is ever under way between two calls."""
        return []

    def close(self) -> None:
        """Nothing was started."""


@dataclass(slots=True)
class _Helper:
    process: ChildProcess
    connection: Connection
    began: float
    order: Order | None = None
    ready: bool = False


class Helpers:
    """Evaluates in processes of one thread each, whose fits can be ended whatever they do.

    Args:
        place: where they work.
        size: how many, at least 1.
    """

    def __init__(self, place: Place, size: int) -> None:
        self.size = size
        self._place = place
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

    def submit(self, order: Order) -> None:
        """Hand an order to an idle helper."""
        idle = [helper for helper in self._members if helper.order is None]
        helper = min(idle, key=lambda h: not h.ready)
        helper.order, helper.began = order, time.monotonic()
        with contextlib.suppress(OSError):  # one that died meanwhile shows in `wait`
            helper.connection.send(order)

    def wait(self, tell: Callable[[int, int, float], bool]) -> list[Tried]:
        """Answers of those who have ended; see `Crew`."""
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
            if isinstance(message, Tried):
                helper.order = None
                found.append(message)
            elif message == _READY:
                helper.ready = True
            else:
                helper.connection.send(tell(*message))
        now = time.monotonic()
        late = [h for h in self._members if h.order and now > h.order.deadline + GRACE_S]
        found += [self._replace(helper, "stopped", TIME_UP) for helper in late]
        return [tried for tried in found if tried is not None]

    def cancel(self) -> list[Tried]:
        """End every fit under way."""
        busy = [helper for helper in self._members if helper.order is not None]
        found = [self._replace(helper, "stopped", TIME_UP) for helper in busy]
        return [tried for tried in found if tried is not None]

    def close(self) -> None:
        """End the processes."""
        for helper in self._members:
            helper.process.end()

    def _replace(self, helper: _Helper, state: str, reason: str) -> Tried | None:
        """End a helper that can't go on, start another, and say what became of its order."""
        helper.process.end()
        order = helper.order
        self._members[self._members.index(helper)] = self._start()
        if order is None:
            return None
        method = self._place.trial.search.arms[order.arm].method.name  # type: ignore[union-attr]
        return Tried(
            number=order.number,
            method=method,
            config=order.config,
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
        helper.connection.send(self._place)
        return helper


def main(connection: Connection) -> None:
    """Evaluate each order that the parent sends after the place, until it closes the connection."""
    place: Place = connection.recv()
    place.prepared.import_readers()
    for target in place.trial.targets:
        importlib.import_module(target.partition(":")[0])
    bench = Bench(place, metrics_of(place.trial.task.problem_type), threads=1)
    connection.send(_READY)

    def serve(order: Order) -> Tried:
        def tell(step: int, value: float) -> bool:
            connection.send((order.number, step, value))
            return bool(connection.recv())

        return bench.evaluate(order, tell)

    answer_messages(connection, serve)


def crew_for(place: Place, metrics: MetricPairs, threads: int, most: int | None) -> Crew:
    """Helpers for several configurations at a time, or to end one that outlasts its seconds.

    A search of configurations alone, one at a time, needs neither: it stays in this process.
    """
    size = min(threads, most or threads)
    search = place.trial.search
    if size > 1 or (search is not None and search.seconds is not None):
        return Helpers(place, size)
    return Alone(Bench(place, metrics, threads=threads))
