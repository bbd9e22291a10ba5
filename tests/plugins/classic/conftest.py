"""Small inputs of every kind, with everything that real data spring on a method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

ROWS = 40


@pytest.fixture(scope="session")
def messy_table() -> pd.DataFrame:
    """Columns of every dtype: missing, constant, empty, mixed, text-like, dates with a zone."""
    rng = np.random.default_rng(0)
    flags = np.tile([True, False], ROWS // 2)
    table = pd.DataFrame(
        {
            "number": rng.normal(size=ROWS),
            "count": rng.integers(0, 9, ROWS),
            "nullable": pd.Series(rng.integers(0, 5, ROWS)).astype("Int64").where(flags),
            "flag": flags,
            "half_flag": pd.Series(np.where(flags, True, None), dtype=object),
            "constant": np.ones(ROWS),
            "empty": np.full(ROWS, np.nan),
            "nothing": pd.Series([None] * ROWS, dtype=object),
            "huge": np.where(flags, 1e300, -np.inf),
            "word": rng.choice(np.array(["x", "y", None], dtype=object), ROWS),
            "category": pd.Categorical(rng.choice(list("abc"), ROWS)),
            "mixed": rng.choice(np.array([1, "two", 3.5, None], dtype=object), ROWS),
            "identity": [f"id {i} of {i % 7}" for i in range(ROWS)],
            "moment": pd.date_range("2020-01-01", periods=ROWS, freq="7h", tz="Europe/Berlin"),
            "date_text": pd.date_range("2020-01-01", periods=ROWS).strftime("%Y-%m-%d"),
            "span": pd.to_timedelta(np.arange(ROWS), unit="h"),
        },
    )
    table.loc[[0, 3], ["number", "moment"]] = None
    return table


@pytest.fixture(scope="session")
def inputs(messy_table: pd.DataFrame) -> dict[str, Any]:
    """One input of each kind, with gaps, early ends, empty and constant rows."""
    rng = np.random.default_rng(1)
    series = rng.normal(size=(ROWS, 2, 30)).astype(np.float32)
    series[1, :, 20:] = np.nan
    series[2, 0, 4:7] = np.nan
    series[3, 1] = np.nan
    series[4] = np.nan
    series[5] = 1.0
    texts = [f"Word{i % 5}, and {i} more words! Not a good one :(" for i in range(ROWS - 2)]
    images = rng.integers(0, 256, (ROWS, 12, 14, 1), dtype=np.uint8)
    images[0] = 0
    return {
        "table": messy_table,
        "image": images,
        "text": np.array([*texts, "", " \n"], dtype=object),
        "sequence": series,
    }


@pytest.fixture(scope="session")
def classes() -> np.ndarray:
    """Two balanced classes."""
    return np.arange(ROWS) % 2
