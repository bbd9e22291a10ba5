"""New rows in the form of those that a model was fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bakeoff.data.new_rows import conform, read_rows
from bakeoff.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_new_rows_get_the_columns_and_types_of_the_old_ones(tmp_path: Path) -> None:
    """Values that can't be read are missing ones, and are told; columns that lack are an error."""
    like = pd.DataFrame({"x": [1.0], "kind": ["a"], "when": pd.to_datetime(["2024-01-01"])})
    path = tmp_path / "new.csv"
    path.write_text("kind,x,when,more\n7,abc,2024-05-01,1\nb,2,never,1\n")
    rows, remarks = read_rows(str(path), like)

    assert list(rows.columns) == ["x", "kind", "when"]
    assert rows["kind"].tolist() == ["7", "b"]
    assert rows["x"].isna().tolist() == [True, False]
    assert [remark.partition(":")[0] for remark in remarks] == ["column 'x'", "column 'when'"]
    with pytest.raises(DataError, match="lacks 1 columns of the training file: 'y'"):
        read_rows(str(path), like.assign(y=1))


def test_rows_of_a_notebook_are_treated_as_those_of_a_file() -> None:
    """Names of columns are compared as text, and the frame itself stays as it was."""
    like = pd.DataFrame({"0": [1.0], "1": ["a"]})
    frame = pd.DataFrame({1: ["b"], 0: ["no number"]})
    rows, remarks = conform(frame, like)

    assert list(rows.columns) == ["0", "1"]
    assert list(frame.columns) == [1, 0]
    assert remarks == ["column '0': 1 values can't be read as float64; taken as missing."]
    with pytest.raises(DataError, match="rows: lacks 1 columns"):
        conform(frame[[1]], like)
