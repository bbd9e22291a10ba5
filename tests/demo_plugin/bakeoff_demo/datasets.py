"""A synthetic dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.interfaces import Data


class Ramps:
    """Synthetic rows of three numbers that rise or fall, at different levels.

    Args:
        seed: of the draw.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def load(self) -> Data:
        """Generate the rows."""
        import numpy as np
        import pandas as pd

        from bakeoff.interfaces import Data

        rng = np.random.default_rng(self.seed)
        y = np.arange(80, dtype=np.int64) % 2
        slope = (2 * y[:, None] - 1) * np.array([0.0, 1.0, 2.0])
        X = 3 * rng.normal(size=(80, 1)) + slope + 0.5 * rng.normal(size=(80, 3))
        return Data(
            X=pd.DataFrame(X, columns=["first", "second", "third"]),
            y=y,
            input_kind="table",
            problem_type="binary",
            classes=("falls", "rises"),
            target="direction",
            origin="drawn",
            licence="CC0-1.0",
            composed=True,
        )

    def is_cached(self) -> bool:
        """Return True: nothing is fetched."""
        return True

    def fingerprint(self) -> str:
        """Return the seed, which determines the rows."""
        return f"ramps {self.seed}"
