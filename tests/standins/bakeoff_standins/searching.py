"""A searcher without a library, and learners that a search can tune."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any, Self

import numpy as np

from bakeoff.spaces import Choice, Integer, Real, Space

DIARY = "BAKEOFF_TEST_DIARY"
"""Environment variable: the file to which each fit adds a line."""


class Dice:
    """Draws at random; prunes what is behind the best at the same round, where `watches`."""

    watches = True

    def __init__(self, space: Space, *, direction: str, seed: int) -> None:
        self.space, self.direction = space, direction
        self.told: list[tuple[int, float | None]] = []
        self._random = random.Random(seed)
        self._best: dict[int, float] = {}

    def ask(self, number: int) -> dict[str, Any]:
        config = {}
        for name, dimension in self.space.dimensions.items():
            match dimension:
                case Real(low, high):
                    config[name] = self._random.uniform(low, high)
                case Integer(low, high):
                    config[name] = self._random.randint(low, high)
                case Choice(values):
                    config[name] = self._random.choice(values)
        return config

    def tell(self, number: int, config: Any, score: float | None, memo: Any) -> dict[str, Any]:
        self.told.append((number, score))
        return {"told": number}

    def prune(self, number: int, step: int, value: float) -> bool:
        behind = value < self._best.get(step, value)
        self._best[step] = max(value, self._best.get(step, value))
        return behind and step > 1


class Tunable:
    """Right where the first column exceeds `threshold`; can be slow, and can keep a diary."""

    def __init__(
        self,
        *,
        threshold: float = 9.0,
        slow_s: float = 0.0,
        deaf_s: float = 0.0,
        fails_above: float = 99.0,
    ) -> None:
        self.threshold = threshold
        self.slow_s = slow_s
        self.deaf_s = deaf_s
        self.fails_above = fails_above

    @classmethod
    def space(cls) -> Space:
        return Space({"threshold": Real(-3.0, 9.0)}, starts=({"threshold": 1.0},))

    def fit(self, X: Any, y: Any) -> Self:
        if path := os.environ.get(DIARY):
            with Path(path).open("a") as stream:
                stream.write(f"{self.threshold!r}\n")
        if self.threshold > self.fails_above:
            raise RuntimeError("this threshold is too high")
        if self.deaf_s:  # as a loop of compiled code, which hears no signal
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
            time.sleep(self.deaf_s)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        time.sleep(self.slow_s)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return (X[:, 0] > self.threshold).astype(int)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002
        return {"threshold": self.threshold, "slow_s": self.slow_s}


class Rounded(Tunable):
    """Reports three rounds, the worse the farther `threshold` is from 0."""

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        super().fit(X, y)
        for _ in range(3):
            if record is not None:
                record.epoch(train_loss=1.0, validation_loss=abs(self.threshold))
                if record.should_stop():
                    break
        return self
