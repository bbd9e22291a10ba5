"""Datasets of which one keeps every promise."""

from __future__ import annotations

import time
from typing import Any


class Sixty:
    """Sixty rows."""

    def load(self) -> Any:
        """Draw them."""
        import numpy as np
        import pandas as pd

        from bakeoff.interfaces import Data

        y = np.arange(60, dtype=np.int64) % 2
        X = pd.DataFrame({"a": np.random.default_rng(0).normal(size=60)})
        facts = {"input_kind": "table", "problem_type": "binary", "classes": ("a", "b")}
        return Data(X=X, y=y, origin="drawn", composed=True, **facts)

    def is_cached(self) -> bool:
        """Always."""
        return True

    def fingerprint(self) -> str:
        """Always the same."""
        return "sixty"


class Restless(Sixty):
    """Its fingerprint is the time."""

    def fingerprint(self) -> str:
        """Never the same."""
        return str(time.time_ns())
