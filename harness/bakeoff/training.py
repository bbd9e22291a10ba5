"""Training record: what an iterative learner reports, and how it checks the time limit.

Learners that never check are interrupted by an alarm, except in blocks under `uninterrupted`.
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
    """Budget and objective of a method that searches by itself.

    Args:
        configs: most configurations; None for no limit.
        seconds: wall-clock seconds of search and refit; None for no limit.
        refit: whether to fit what was chosen once more on training plus validation.
        metric: name of the primary metric.
        direction: `maximize` or `minimize`.
        value: the primary metric of an answer: truths (n_samples,), then probabilities
            (n_samples, n_classes), class codes or values (n_samples,), then the class codes of
            the columns, None where there are none.
        tried: stores a configuration in the trial's journal as it ends: method, parameters,
            validation score and seconds since the search began.
    """

    configs: int | None
    seconds: float | None
    refit: bool
    metric: str
    direction: str
    value: Callable[[Any, Any, Any], float]
    tried: Callable[[str, dict[str, Any], float | None, float], None]


CUT_SHORT = "cut_short"
"""Name of the note of a training that the time limit ended."""


class TrainingRecord:
    """Record of one trial's training; passed to `fit` as `record`.

    Used from one thread. The learner calls `epoch` after each epoch or boosting round, in order,
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
        """Store a setting of this training and the reason for it."""
        self.notes[name] = f"{value}: {reason}" if reason else str(value)

    def count(self, **counts: int) -> None:
        """Store sizes: `n_parameters`, `updates_per_epoch`, `n_updates`, `best_epoch`, ...

        Raises:
            ValueError: a name that `records.Counts` lacks, raised at once and not after the fit.
        """
        valid = {field.name for field in fields(Counts)}
        if unknown := sorted(set(counts) - valid):
            raise ValueError(f"expected counts among {sorted(valid)}; got {unknown}.")
        self.counts.update({name: int(value) for name, value in counts.items()})

    def array(self, name: str, values: npt.NDArray[Any]) -> None:
        """Store a small array of numbers beside the trial's predictions."""
        self.arrays[name] = values

    def file(self, name: str, content: bytes) -> None:
        """Store a file, such as a trained network, beside the trial's predictions.

        bakeoff never reads it back by itself: `bakeoff.store.run_data.StoredRun.file` returns its
        path to readers that know its format.

        Raises:
            ValueError: the name is no plain file name, or one that the core uses.
        """
        if not _PLAIN_NAME.fullmatch(name) or name.endswith(".npz"):
            raise ValueError(f"expected a plain file name that does not end in .npz; got {name!r}.")
        self.files[name] = content

    def compiled(self, seconds: float) -> None:
        """Add wall-clock seconds of compilation and warm-up, which `fit_s` leaves out."""
        self.compile_s += seconds

    def searched(self, seconds: float) -> None:
        """Add wall-clock seconds of a method's own search, which `fit_s` leaves out."""
        self.search_s += seconds

    def seconds_left(self) -> float:
        """Return the seconds until the trial is stopped; infinite without a limit."""
        return float("inf") if self._deadline is None else self._deadline - self._clock()

    def should_stop(self) -> bool:
        """Return True if another epoch as slow as the slowest so far might exceed the limit.

        Called where another one would follow: True is noted, so that a report shows that the
        time limit ended this training early.
        """
        is_late = self.seconds_left() < 2 * self._slowest
        if is_late:
            self.note(CUT_SHORT, len(self.epochs), "epochs or rounds, then the time limit was near")
        return is_late


class TimeUp(BaseException):
    """Raised when the time limit ends a fit; not an `Exception`, so that no learner catches it."""


_holding: list[None] = []
"""One entry for each nested block under `uninterrupted`."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold alarms back in this block; they are raised soon after it.

    For native code that calls back into Python and can't handle an exception there: XGBoost reads
    data so, and would crash the process.
    """
    _holding.append(None)
    try:
        yield
    finally:
        _holding.pop()


@contextmanager
def alarm(deadline: float) -> Iterator[None]:
    """Raise `TimeUp` in this block at a deadline; repeatedly, in case something catches it.

    Only Python code in the main thread can be interrupted; elsewhere the supervisor ends the
    process. Code that must not be interrupted runs under `uninterrupted`.
    """
    seconds_left = deadline - time.monotonic()
    if threading.current_thread() is not threading.main_thread() or seconds_left == float("inf"):
        yield
        return
    is_on = True

    def raise_time_up(*_: object) -> None:
        if is_on and not _holding:
            raise TimeUp

    before = signal.signal(signal.SIGALRM, raise_time_up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds_left, 1e-3), 0.5)
    try:
        yield
    finally:
        is_on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
