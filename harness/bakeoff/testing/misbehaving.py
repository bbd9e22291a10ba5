"""Learners that end in every way a trial can end, and a dataset to fit them on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np
import pandas as pd

from bakeoff.interfaces import Data


class TwoClassTable:
    """Dataset of forty rows of two classes."""

    def load(self) -> Data:
        """Return the data, drawn with a fixed seed."""
        y = np.arange(40, dtype=np.int64) % 2
        X = np.random.default_rng(0).normal(size=(40, 2)) + y[:, None]
        return Data(
            X=pd.DataFrame(X, columns=["a", "b"]),
            y=y,
            input_kind="table",
            problem_type="binary",
            classes=("no", "yes"),
            origin="drawn",
            composed=True,
        )

    def is_cached(self) -> bool:
        """Return True."""
        return True

    def fingerprint(self) -> str:
        """Return a constant."""
        return "rows"


class Succeeds:
    """Learner that predicts the share of each class."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002  a learner's face
        """Count the classes."""
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return the same shares for each row."""
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X: Any) -> Any:
        """Return the most frequent class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Raises(Succeeds):
    """Learner that raises an ordinary exception."""

    def fit(self, X: Any, y: Any) -> Self:
        """Raise."""
        raise ValueError(f"no luck with {len(X)} rows of {len(set(y))} classes")


class RaisesUnpicklable(Succeeds):
    """Learner that raises an exception that can't be pickled."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002  a learner's face
        """Raise."""

        class LocalError(Exception):
            def __init__(self) -> None:
                self.held = lambda: None
                super().__init__("can't be pickled")

            def __reduce__(self) -> NoReturn:
                raise TypeError("really not")

        raise LocalError


class Crashes(Succeeds):
    """Learner that ends its process by a signal."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002  a learner's face
        """Crash."""
        os.kill(os.getpid(), signal.SIGSEGV)
        return self


class Hangs(Succeeds):
    """Learner that never ends by itself, and writes its process id to a file.

    Args:
        pid_file: where to write it; empty for nowhere.
    """

    def __init__(self, pid_file: str = "") -> None:
        self.pid_file = pid_file

    def fit(self, X: Any, y: Any) -> Self:
        """Hang."""
        if self.pid_file:
            Path(self.pid_file).write_text(str(os.getpid()), encoding="utf-8")
        time.sleep(600)
        return super().fit(X, y)
