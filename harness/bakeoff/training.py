"""The training record: what an iterative learner reports, and how it learns that time is up.

Learners that never ask are interrupted by an alarm, wherever `uninterrupted` does not hold it back.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from bakeoff.records import Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt


_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchBudget:
    """What a method that searches by itself may spend, and what it should aim at.

    Args:
        configs: most configurations; None for no limit.
        seconds: wall-clock seconds of search and refit; None for no limit.
        refit: whether to fit what was chosen once more on training plus validation.
        metric: name of the primary metric.
        direction: `maximize` or `minimize`.
        value: the primary metric of an answer: truths (n_samples,), then probabilities
            (n_samples, n_classes), class codes or values (n_samples,), then the class codes of
            the columns, None where there are none.
        tried: keeps a configuration in the trial's journal as it ends: its parameters, validation
            score and seconds since the search began.
    """

    configs: int | None
    seconds: float | None
    refit: bool
    metric: str
    direction: str
    value: Callable[[Any, Any, Any], float]
    tried: Callable[[str, dict[str, Any], float | None, float], None]


CUT_SHORT = "cut_short"
"""The note of a training that the time limit ended."""


class TrainingRecord:
    """Collects one trial's training; handed to `fit` as `record`.

    Used from one thread. The learner calls `epoch` once an epoch or boosting round, in order,
    and asks `should_stop` after it. What is measured is up to the learner; the names that the
    report knows are `train_loss`, `validation_loss`, `train_score`, `validation_score`,
    `learning_rate`, `epoch_s` and `samples_per_s`.

    Args:
        deadline: `time.monotonic` value at which the trial is ended from outside; None for none.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        deadline: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline = deadline
        self._clock = clock
        self._slowest = 0.0
        self._last = clock()
        self.epochs: list[dict[str, float]] = []
        self.notes: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        self.files: dict[str, bytes] = {}
        self.compile_s = 0.0
        self.search_s = 0.0
        self.budget: SearchBudget | None = None

    def epoch(self, **values: float) -> None:
        """Store the values of one epoch, in the units that their names say."""
        now = self._clock()
        self._slowest = max(self._slowest, now - self._last)
        self._last = now
        self.epochs.append({name: float(value) for name, value in values.items()})

    def note(self, name: str, value: object, reason: str = "") -> None:
        """Store a choice made for this training and the reason for it."""
        self.notes[name] = f"{value}: {reason}" if reason else str(value)

    def count(self, **counts: int) -> None:
        """Store sizes: `n_parameters`, `updates_per_epoch`, `n_updates`, `best_epoch`, ...

        Raises:
            ValueError: a name that `records.Counts` lacks, told at once and not after the fit.
        """
        known = {field.name for field in fields(Counts)}
        if unknown := sorted(set(counts) - known):
            raise ValueError(f"expected counts among {sorted(known)}; got {unknown}.")
        self.counts.update({name: int(value) for name, value in counts.items()})

    def array(self, name: str, values: npt.NDArray[Any]) -> None:
        """Store a small array of numbers; it is kept beside the trial's predictions."""
        self.arrays[name] = values

    def file(self, name: str, content: bytes) -> None:
        """Store a file, such as a trained network; it is kept beside the trial's predictions.

        bakeoff never reads it back by itself: who knows its format asks
        `bakeoff.store.run_data.StoredRun.file` for its path.

        Raises:
            ValueError: the name is no plain file name, or one that the core uses.
        """
        if not _PLAIN_NAME.fullmatch(name) or name.endswith(".npz"):
            raise ValueError(f"expected a plain file name that does not end in .npz; got {name!r}.")
        self.files[name] = content

    def compiled(self, seconds: float) -> None:
        """Add wall-clock seconds of compilation and warm-up; they are kept out of `fit_s`."""
        self.compile_s += seconds

    def searched(self, seconds: float) -> None:
        """Add wall-clock seconds of a method's own search; they are kept out of `fit_s`."""
        self.search_s += seconds

    def seconds_left(self) -> float:
        """Seconds until the trial is ended from outside; infinite without a limit."""
        return float("inf") if self._deadline is None else self._deadline - self._clock()

    def should_stop(self) -> bool:
        """Whether another epoch as slow as the slowest so far might not end in time.

        Asked where another one would follow: a yes is noted, so that a report tells that the
        time limit cut this training short.
        """
        is_late = self.seconds_left() < 2 * self._slowest
        if is_late:
            self.note(CUT_SHORT, len(self.epochs), "epochs or rounds, then the time limit was near")
        return is_late


class TimeUp(BaseException):
    """The clock ended a fit; not an `Exception`, so that no learner takes it for its own."""


_holding: list[None] = []
"""As many entries as there are blocks under `uninterrupted` within one another."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold alarms back in this block; they ring again soon after it.

    For native code that calls Python back, which would take an exception for an answer: XGBoost
    reads data so, and crashes the process.
    """
    _holding.append(None)
    try:
        yield
    finally:
        _holding.pop()


@contextmanager
def alarm(deadline: float) -> Iterator[None]:
    """Raise `TimeUp` in this block at a deadline; again, should something swallow it.

    Only the main thread can be interrupted, and no library that stays in its own code; elsewhere
    whoever watches the process ends it. What can't bear it is done under `uninterrupted`.
    """
    left = deadline - time.monotonic()
    if threading.current_thread() is not threading.main_thread() or left == float("inf"):
        yield
        return
    is_on = True

    def ring(*_: object) -> None:
        if is_on and not _holding:
            raise TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3), 0.5)
    try:
        yield
    finally:
        is_on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
