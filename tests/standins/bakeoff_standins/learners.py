"""Learners that do as their names say."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import warnings
from typing import Any, Self

import numpy as np


class Majority:
    """Predicts the most frequent class with its share."""

    def fit(self, X: Any, y: Any) -> Self:
        """Count."""
        self.classes_, counts = np.unique(y, return_counts=True)
        self.share_ = counts / counts.sum()
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The shares, row by row."""
        return np.tile(self.share_, (len(X), 1))

    def predict(self, X: Any) -> np.ndarray:
        """The most frequent class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class NearestMean(Majority):
    """The class whose mean is nearest, blurred by `noise` from `random_state`."""

    def __init__(self, power: float = 1.0, noise: float = 0.1, random_state: int = 0) -> None:
        self.power = power
        self.noise = noise
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn one mean a class."""
        if self.power < 0:
            raise ValueError("expected power >= 0.")
        super().fit(X, y)
        rng = np.random.default_rng(self.random_state)
        means = np.stack([X[y == code].mean(axis=0) for code in self.classes_])
        self.means_ = means + self.noise * rng.normal(size=means.shape)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Shares that fall with the distance."""
        distance = ((X[:, None] - self.means_) ** 2).sum(axis=2) ** self.power
        weights = np.exp(-distance + distance.min(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)


class MeanValue:
    """Predicts the mean of a number."""

    def fit(self, X: Any, y: Any) -> Self:
        """Average."""
        self.mean_ = y.mean()
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The mean for all."""
        return np.full(len(X), self.mean_)


class EndToEnd(Majority):
    """Takes the table itself."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device


class Sleeper(Majority):
    """Sleeps for `seconds`."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Self:
        """Sleep."""
        time.sleep(self.seconds)
        return super().fit(X, y)


class Seer(Sleeper):
    """Prints which GPUs it sees, and sleeps."""

    def fit(self, X: Any, y: Any) -> Self:
        """Print and sleep."""
        print(os.environ.get("CUDA_VISIBLE_DEVICES"))
        return super().fit(X, y)


class Stubborn(Sleeper):
    """Ignores requests to end."""

    def fit(self, X: Any, y: Any) -> Self:
        """Sleep with SIGTERM ignored."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return super().fit(X, y)


class Parent(Sleeper):
    """Starts a child in a session of its own and sleeps."""

    def __init__(self, seconds: float = 60.0, pid_file: str = "") -> None:
        super().__init__(seconds)
        self.pid_file = pid_file

    def fit(self, X: Any, y: Any) -> Self:
        """Leave a child behind."""
        code = "import time; time.sleep(120)"
        child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        with open(self.pid_file, "w") as stream:  # noqa: PTH123  plain on purpose
            stream.write(str(child.pid))
        return super().fit(X, y)


class Eater(Majority):
    """Takes memory until it is stopped."""

    def fit(self, X: Any, y: Any) -> Self:
        """Allocate 16 MiB at a time."""
        held = []
        for _ in range(256):
            held.append(np.ones(2**21))
            time.sleep(0.01)
        return super().fit(X, y)


class Segfault(Majority):
    """Ends its process by a signal."""

    def fit(self, X: Any, y: Any) -> Self:
        """Crash."""
        os.kill(os.getpid(), signal.SIGSEGV)
        return self


class Leaver(Majority):
    """Leaves with an exit code."""

    def fit(self, X: Any, y: Any) -> Self:
        """Leave."""
        os._exit(3)


class Forker(Majority):
    """Leaves a copy of its process behind and ends."""

    def fit(self, X: Any, y: Any) -> Self:
        """Fork and leave."""
        if os.fork() == 0:
            time.sleep(60)
        os._exit(3)


class Closer(Sleeper):
    """Closes every file that its process holds, and sleeps."""

    def fit(self, X: Any, y: Any) -> Self:
        """Close and sleep."""
        os.closerange(3, 256)
        return super().fit(X, y)


class Raiser(Majority):
    """Raises what it is told to."""

    def __init__(
        self, what: str = "ValueError", text: str = "no luck <script>alert(1)</script>"
    ) -> None:
        self.what = what
        self.text = text

    def fit(self, X: Any, y: Any) -> Self:
        """Raise."""
        kinds = {k.__name__: k for k in (ValueError, SystemExit, KeyboardInterrupt, MemoryError)}
        raise kinds[self.what](self.text)


class Unpicklable(Majority):
    """Raises an exception that can be neither pickled nor shown."""

    def fit(self, X: Any, y: Any) -> Self:
        """Raise."""

        class OddError(Exception):
            def __init__(self) -> None:
                self.held = lambda: None

            def __str__(self) -> str:
                raise RuntimeError("not even text")

        raise OddError


class NotANumber(Majority):
    """Answers NaN."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """NaN in every cell."""
        return np.full((len(X), len(self.classes_)), np.nan)


class WrongShape(Majority):
    """Answers one row too few."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """All rows but one."""
        return super().predict_proba(X)[1:]


class WrongType(Majority):
    """Answers text."""

    def predict_proba(self, X: Any) -> list[str]:
        """Words."""
        return ["yes"] * len(X)


class Printer(Majority):
    """Prints a line and one megabyte after it."""

    def fit(self, X: Any, y: Any) -> Self:
        """Print."""
        print("x" * 2**20)
        print("the last words")
        return super().fit(X, y)


class Polluter(Majority):
    """Changes all that is global."""

    def fit(self, X: Any, y: Any) -> Self:
        """Make a mess."""
        os.chdir("/")
        os.environ["LEFTOVER"] = "1"
        random.seed(1)
        np.random.seed(1)
        warnings.simplefilter("error")
        return super().fit(X, y)


class Peeker(Majority):
    """Fails if an earlier trial left a mess."""

    def fit(self, X: Any, y: Any) -> Self:
        """Look around."""
        if os.getcwd() == "/" or "LEFTOVER" in os.environ:  # noqa: PTH109  plain on purpose
            raise ValueError("somebody was here before")
        self.drawn_ = np.random.random()
        return super().fit(X, y)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Shares that depend on the global generator."""
        first = np.full((len(X), 1), self.drawn_)
        return np.hstack([first, 1 - first])


class Iterative(Majority):
    """Reports each of `n_rounds` rounds."""

    def __init__(self, n_rounds: int = 5, round_s: float = 0.0) -> None:
        self.n_rounds = n_rounds
        self.round_s = round_s

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Go round."""
        for number in range(self.n_rounds):
            time.sleep(self.round_s)
            record.epoch(train_loss=1 / (number + 1), validation_loss=float(len(validation[1])))
            if record.should_stop():
                record.note("stopped", "early", "time was up")
                break
        record.count(n_updates=3 * len(record.epochs))
        return super().fit(X, y)


class Overwriter(NearestMean):
    """Works in place on the targets that it is given."""

    def __init__(self, noise: float = 0.1) -> None:
        super().__init__(noise=noise)

    def fit(self, X: Any, y: Any, *, validation: Any = None) -> Self:
        """Learn, then put another class in place of each."""
        super().fit(X, y)
        y[:] = 1 - y
        validation[1][:] = 1 - validation[1]
        return self


class Guesser(Majority):
    """Guesses with the global generator."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """One guess a row."""
        first = np.random.random(len(X))
        return np.column_stack([first, 1 - first])


class Forgetful(Majority):
    """Answers by how often its process has fitted it: what isolation has to find."""

    n_fits = 0

    def fit(self, X: Any, y: Any) -> Self:
        """Count in the class, not in the instance."""
        Forgetful.n_fits += 1
        return super().fit(X, y)

    def predict_proba(self, X: Any) -> np.ndarray:
        """The first class at the first fit, then the other."""
        first = np.full((len(X), 1), float(Forgetful.n_fits == 1))
        second = 1 - first
        rows = np.arange(len(X)) % 3 == 0
        first[rows], second[rows] = second[rows], first[rows].copy()
        return np.hstack([first, second])


class Warner(Majority):
    """Warns."""

    def fit(self, X: Any, y: Any) -> Self:
        """Warn."""
        warnings.warn("take care", stacklevel=1)
        return super().fit(X, y)
