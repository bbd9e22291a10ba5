"""Data frames out of pickles: the same values as pandas reads, and nothing but data."""

from __future__ import annotations

import lzma
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.errors import DataError
from bakeoff_datasets.frozen_frames import read_frozen_frame

if TYPE_CHECKING:
    from collections.abc import Callable


def freeze(thing: Any) -> bytes:
    """A pickle as the package holds them."""
    return lzma.compress(pickle.dumps(thing, protocol=5))


@pytest.fixture
def frame() -> pd.DataFrame:
    """Columns of three types, not in the order in which pandas stores them."""
    return pd.DataFrame(
        {
            "a": [1.5, np.nan, 3.0],
            "t": pd.Series(["x", None, "z"], dtype=object),
            "b": [1, 2, 3],
            "c": [0.5, 0.25, 0.0],
        }
    ).set_axis(pd.Index(["a", "t", "b", "c"], dtype=object), axis=1)


def test_values_are_those_that_pandas_froze(frame: pd.DataFrame) -> None:
    """Names, order, types and gaps."""
    found = read_frozen_frame(freeze(frame), "t.pkl")

    assert list(found.columns) == ["a", "t", "b", "c"]
    np.testing.assert_array_equal(frame["a"], found["a"])
    np.testing.assert_array_equal(frame["c"], found["c"])
    assert found["b"].tolist() == [1, 2, 3]
    assert found["t"].isna().tolist() == [False, True, False]
    assert found["t"][2] == "z"


class _Call:
    """A pickle that calls a function when it is read."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple[Callable[..., Any], Any]:
        return self.call


@pytest.mark.parametrize(
    ("function", "args"),
    [(print, ("hello",)), (eval, ("1/0",)), (pd.read_pickle, ("x",)), (np.load, ("x",))],  # noqa: S301, S307  never called
)
def test_pickle_that_names_a_function_is_refused(
    function: Callable[..., Any], args: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not called."""
    with pytest.raises(DataError, match=r"t\.pkl: .* which is no data"):
        read_frozen_frame(freeze(_Call(function, *args)), "t.pkl")
    assert not capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no xz", lzma.compress(b"no pickle"), freeze([1])])
def test_anything_else_is_told(content: bytes) -> None:
    """Not as a traceback."""
    with pytest.raises(DataError, match="can't be read as a data frame"):
        read_frozen_frame(content, "t.pkl")
