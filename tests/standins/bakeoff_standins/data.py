"""Tiny tables with a little signal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bakeoff.errors import SourceUnavailableError
from bakeoff.interfaces import Data


class Tiny:
    """Sixty rows of two classes that overlap a little."""

    problem_type = "binary"
    n_classes = 2

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def load(self) -> Data:
        """Draw the rows."""
        import numpy as np
        import pandas as pd

        rng = np.random.default_rng(self.seed)
        y = np.arange(60) % max(self.n_classes, 2)
        X = rng.normal(size=(60, 3)) + y[:, None]
        target: Any = y if self.n_classes else X.sum(axis=1)
        return Data(
            X=pd.DataFrame(X, columns=["a", "b", "c"]),
            y=np.asarray(target, dtype=np.int64 if self.n_classes else np.float64),
            input_kind="table",
            problem_type=self.problem_type,
            classes=tuple("xyz"[: self.n_classes]),
            origin="drawn",
            composed=True,
        )

    def is_cached(self) -> bool:
        """Whether no network is needed."""
        return True

    def fingerprint(self) -> str:
        """The seed tells all."""
        return f"{self.problem_type}-{self.seed}"


class Tinyshifted(Tiny):
    """The same rows, each number one higher."""

    def load(self) -> Data:
        """Draw and shift."""
        return replace(data := super().load(), X=data.X + 1)


class Tinygrouped(Tiny):
    """240 rows of 24 groups of unlike sizes and difficulty; the last 12 are the published test."""

    def load(self) -> Data:
        """Draw groups, and moments in another order than the rows."""
        import numpy as np
        import pandas as pd

        rng = np.random.default_rng(self.seed)
        codes = np.repeat(np.arange(24), np.tile([4, 8, 12, 16], 6))
        y = rng.integers(0, 2, 240)
        shift = rng.normal(0, 1.5, (24, 3))[codes]
        return Data(
            X=pd.DataFrame(rng.normal(size=(240, 3)) + y[:, None] + shift, columns=list("abc")),
            y=y.astype(np.int64),
            input_kind="table",
            problem_type="binary",
            classes=("x", "y"),
            groups=100 - 3 * codes,
            times=rng.permutation(240) * 0.5,
            official_test=codes >= 12,
            origin="drawn",
            composed=True,
        )


class Tinytimed(Tinygrouped):
    """The same rows with moments and without groups."""

    def load(self) -> Data:
        """Draw, and leave the groups out."""
        return replace(super().load(), groups=None)


class Dots(Tiny):
    """Sixty images of four pixels, whose processes need no library for tables."""

    def load(self) -> Data:
        """Draw the pixels."""
        import numpy as np

        rng = np.random.default_rng(self.seed)
        y = np.arange(60) % 2
        X = rng.integers(0, 200, size=(60, 2, 2, 1)) + 50 * y[:, None, None, None]
        return Data(
            X=X.astype(np.uint8),
            y=y.astype(np.int64),
            input_kind="image",
            problem_type="binary",
            classes=("dark", "light"),
            origin="drawn",
            composed=True,
        )


class Tiny3(Tiny):
    """Three classes."""

    problem_type = "multiclass"
    n_classes = 3


class Tinyreg(Tiny):
    """A number."""

    problem_type = "regression"
    n_classes = 0


class Unreachable(Tiny):
    """Data behind a network that is down."""

    def load(self) -> Data:
        """Fail as a dataset does whose sources are all out of reach."""
        raise SourceUnavailableError("unreachable", ["cache: empty", "web: no route"])
