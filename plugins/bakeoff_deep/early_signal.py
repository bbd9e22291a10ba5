"""Synthetic series whose class depends on the first steps only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from bakeoff.interfaces import Data

SIGNAL_STEPS = 3


class EarlySignal:
    """Synthetic noise whose first three steps show the class: all high or all low.

    A network has to remember the class over the rest of the series, which is noise with half the
    signal's amplitude.

    Args:
        length: timepoints, at least 4.
        n_rows: series, at least 10.
        seed: of the noise.

    Source:
        After the two-class problem of Bengio, Simard and Frasconi, "Learning Long-Term
        Dependencies with Gradient Descent is Difficult", 1994; sizes are chosen here.
    """

    def __init__(self, *, length: int = 50, n_rows: int = 1000, seed: int = 0) -> None:
        for name, value, least in (("length", length, SIGNAL_STEPS + 1), ("n_rows", n_rows, 10)):
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise DataError("early_signal", f"{name}: expected >= {least}; got {value!r}.")
        self.length = length
        self.n_rows = n_rows
        self.seed = seed

    def load(self) -> Data:
        """Generate the series: float32 (n_rows, 1, length)."""
        import numpy as np

        from bakeoff.interfaces import Data

        rng = np.random.default_rng(self.seed)
        y = rng.integers(0, 2, self.n_rows)
        X = rng.normal(0, 0.5, (self.n_rows, 1, self.length))
        X[:, 0, :SIGNAL_STEPS] += np.where(y == 1, 1.0, -1.0)[:, None]
        return Data(
            X=X.astype(np.float32),
            y=y.astype(np.int64),
            input_kind="sequence",
            problem_type="binary",
            classes=("low", "high"),
            target="level of the first steps",
            origin=f"composed with seed {self.seed}",
            licence="none needed",
            composed=True,
        )

    def is_cached(self) -> bool:
        """Return True: the series are generated."""
        return True

    def fingerprint(self) -> str:
        """Return the parameters that determine the series."""
        return f"early_signal {self.length} {self.n_rows} {self.seed}"
