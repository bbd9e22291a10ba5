"""Fitting a learner: what it is handed, where it stops early, and how a clock ends it."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.trial.build import takes
from bakeoff.trial.feature_matrices import take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.records import Trial

_INNER_SHARE = 0.15
"""Share of the training rows on which a learner stops early inside a search; chosen here."""


class TimeUp(BaseException):
    """The clock ended a fit; not an `Exception`, so that no learner takes it for its own."""


def fit(estimator: Any, training: tuple[Any, Any], validation: Any, record: Any) -> None:
    """Hand over training and validation data; test inputs come later, without targets.

    Targets are copies: what a learner does to them changes neither scores nor stored truths.
    """
    offers = {"record": record}
    if validation is not None:
        offers["validation"] = (validation[0], copy(validation[1]))
    known = {n: o for n, o in offers.items() if o is not None and takes(estimator.fit, n)}
    estimator.fit(training[0], copy(training[1]), **known)


def stops_early(estimator: Any) -> bool:
    """Whether a learner would stop early if it were shown validation data."""
    params = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    return any(n.startswith("early_stopping") and bool(value) for n, value in params.items())


_ROUNDS = (
    ("early_stopping", "epochs"),
    ("early_stopping_rounds", "n_estimators"),
    ("early_stopping_rounds", "max_iter"),
)
"""Parameters that stop early, each with the number of rounds that it cuts."""


def frozen_rounds(estimator: Any, best: int | None) -> dict[str, Any]:
    """Parameters with which a learner that stopped early runs as long again, without stopping."""
    params = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    if best is None:
        return {}
    for stopping, rounds in _ROUNDS:
        if params.get(stopping) and rounds in params:
            return {stopping: None, rounds: best}
    return {}


def set_aside(X: Any, y: Any, trial: Trial) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Training rows, and those of them on which a learner inside a search stops early."""
    seed = max(trial.seeds.values(), default=0)
    rows = np.random.default_rng(seed).permutation(len(y))
    n_aside = max(1, round(_INNER_SHARE * len(y)))
    aside, rest = np.sort(rows[:n_aside]), np.sort(rows[n_aside:])
    return (take(X, rest), y[rest]), (take(X, aside), y[aside])


def image_size(inputs: Any) -> tuple[int, ...]:
    """Height and width of images, nothing for other inputs."""
    return tuple(inputs.shape[1:3]) if np.ndim(inputs) == 4 else ()  # noqa: PLR2004  images


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
