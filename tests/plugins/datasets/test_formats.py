"""Readers of ARFF, `.ts` and R files: values against second readers, and what bad files get."""

from __future__ import annotations

import gzip
import io
import struct
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.io import arff as scipy_arff

from bakeoff.errors import DataError
from bakeoff_datasets.arff import read_arff
from bakeoff_datasets.rda import read_rda
from bakeoff_datasets.series import Ts
from bakeoff_datasets.tables import Arff

if TYPE_CHECKING:
    from pathlib import Path

ARFF = """% a comment
@RELATION 'two words'
@attribute 'sepal length' REAL
@attribute n integer
@attribute colour {red, 'light blue', "it's", 'don\\'t'}
@ATTRIBUTE class {yes,no}

@DATA
5.1, 3, red, yes
% another
?,-2e1,'light blue',no
4.9,0, 'don\\'t' ,yes
1,1,"it's",?
"""

TS = """# words
@problemName Tiny
@timeStamps false
@univariate false
@classLabel true up down
@data
1,2,3:4,5,6:up
7,?,9:1,NaN,3:down
1,2:3,4:up
"""


def test_arff_values_are_those_of_the_file() -> None:
    """Quotes, escapes, comments, gaps and spaces, by hand."""
    frame = read_arff(ARFF, "t.arff")

    assert list(frame.columns) == ["sepal length", "n", "colour", "class"]
    np.testing.assert_array_equal([5.1, np.nan, 4.9, 1.0], frame["sepal length"])
    assert frame["n"].tolist() == [3.0, -20.0, 0.0, 1.0]
    assert frame["colour"].tolist() == ["red", "light blue", "don't", "it's"]
    assert list(frame["colour"].cat.categories) == ["red", "light blue", "it's", "don't"]
    assert frame["class"].isna().tolist() == [False, False, False, True]


def test_arff_agrees_with_scipy() -> None:
    """A second reader on what it can read."""
    rng = np.random.default_rng(0)
    rows = "\n".join(
        f"{a!r},{'xyz'[b]},{c:e}"
        for a, b, c in zip(
            rng.normal(size=50).tolist(), rng.integers(0, 3, 50), rng.normal(size=50), strict=True
        )
    )
    head = "@relation r\n@attribute a numeric\n@attribute b {x,y,z}\n@attribute c real\n@data\n"
    text = head + rows + "\n"
    ours = read_arff(text, "t.arff")
    theirs = scipy_arff.loadarff(io.StringIO(text))[0]

    np.testing.assert_array_equal(theirs["a"], ours["a"])
    np.testing.assert_array_equal(theirs["c"], ours["c"])
    assert [value.decode() for value in theirs["b"]] == ours["b"].tolist()


def test_sparse_arff_rows_mean_zero_where_they_are_silent() -> None:
    """And the first level of a nominal attribute."""
    text = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@data\n{0 2.5, 1 y}\n{}\n{0 ?}\n"
    frame = read_arff(text, "t.arff")

    np.testing.assert_array_equal([2.5, 0.0, np.nan], frame["a"])
    assert frame["b"].tolist() == ["y", "x", "x"]


def test_arff_texts_and_dates_are_read(tmp_path: Path) -> None:
    """Which SciPy refuses; the file as a dataset."""
    path = tmp_path / "t.arff"
    path.write_text(
        "@relation r\n@attribute t string\n@attribute d date\n@attribute c {p,q}\n@data\n"
        "'a, b',2024-01-02,p\n?,2024-01-03,q\n"
    )
    data = Arff(str(path), "c").load()

    assert data.X["t"][0] == "a, b"
    assert data.X["t"].isna()[1]
    assert data.X["d"].dtype.kind == "M"
    assert data.classes == ("p", "q")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no @data line"),
        ("a,b\n1,2\n", r"t\.arff:1: expected @attribute or @data; got 'a,b'"),
        ("@attribute a blob\n@data\n", "type 'blob' is unknown"),
        ("@attribute a numeric\n@data\n1,2\n", r"t\.arff:3: expected 1 values; got 2"),
        ("@attribute a numeric\n@data\nx\n", "attribute 'a': could not convert"),
        ("@attribute a {p,q}\n@data\nr\n", "attribute 'a' holds 'r', which it does not declare"),
        ("@attribute a string\n@data\n'x\n", r"t\.arff:3: a quotation mark is not closed"),
        ("@attribute a numeric\n@data\n{7 1}\n", r"t\.arff:3: expected 'INDEX VALUE'"),
    ],
)
def test_broken_arff_is_told_with_its_line(text: str, told: str) -> None:
    """Each with what was expected."""
    with pytest.raises(DataError, match=told):
        read_arff(text, "t.arff")


def test_ts_values_are_those_of_the_file(tmp_path: Path) -> None:
    """Gaps are NaN, shorter cases end with NaN."""
    path = tmp_path / "t.ts"
    path.write_text(TS)
    data = Ts(str(path)).load()

    nan = np.nan
    expected = [[[1, 2, 3], [4, 5, 6]], [[7, nan, 9], [1, nan, 3]], [[1, 2, nan], [3, 4, nan]]]
    np.testing.assert_array_equal(np.array(expected, np.float32), data.X)
    assert (data.classes, data.y.tolist()) == (("down", "up"), [1, 0, 1])
    assert data.official_test is None


def test_ts_pair_is_an_official_split(tmp_path: Path) -> None:
    """By folder, or with the second file named."""
    for part in ("TRAIN", "TEST"):
        (tmp_path / f"Tiny_{part}.ts").write_text(TS)
    by_folder = Ts(str(tmp_path)).load()
    by_name = Ts(str(tmp_path / "Tiny_TRAIN.ts"), test=str(tmp_path / "Tiny_TEST.ts")).load()

    for data in (by_folder, by_name):
        assert data.official_test is not None
        assert data.official_test.tolist() == [False] * 3 + [True] * 3


def test_ts_with_numbers_as_targets_is_regression(tmp_path: Path) -> None:
    """The file says so."""
    path = tmp_path / "t.ts"
    path.write_text("@targetlabel true\n@data\n1,2:0\n3,4:1\n")
    data = Ts(str(path)).load()

    assert (data.problem_type, data.y.tolist()) == ("regression", [0.0, 1.0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no @data line"),
        ("1,2,3\n", r"t\.ts:1: expected '@name value'"),
        ("@timestamps true\n@classlabel true\n@data\n", "has time stamps"),
        ("@classlabel true a b\n@data\n1,x:a\n", r"t\.ts:3: expected numbers between commas"),
        ("@classlabel true a b\n@data\n1,2\n", r"t\.ts:3: expected values, then ':' and a label"),
        ("@classlabel true a b\n@data\n1:2:a\n1:b\n", r"t\.ts:4: expected 2 channels"),
        ("@classlabel true a\n@data\n1,2:a\n", "has one class, 'a'"),
        ("@classlabel true a\n@data\n", "has no rows"),
        ("@classlabel false\n@data\n1,2\n", "has no labels"),
    ],
)
def test_broken_ts_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    """Each with what was expected."""
    path = tmp_path / "t.ts"
    path.write_text(text)

    with pytest.raises(DataError, match=told):
        Ts(str(path)).load()


def test_ts_folder_without_a_pair_is_told(tmp_path: Path) -> None:
    """It must hold one of each."""
    (tmp_path / "A_TRAIN.ts").write_text(TS)

    with pytest.raises(DataError, match=r"expected one file '\*_TEST\.ts' in the folder; got 0"):
        Ts(str(tmp_path)).load()


def item(kind: int, body: bytes, flags: int = 0) -> bytes:
    """One object of R's serialization."""
    return struct.pack(">i", kind | flags) + body


def strings(*values: str | None) -> bytes:
    """An R vector of texts."""
    return item(16, struct.pack(">i", len(values)) + b"".join(map(chars, values)))


def chars(value: str | None) -> bytes:
    """One R text, None for NA."""
    if value is None:
        return item(9, struct.pack(">i", -1))
    return item(9, struct.pack(">i", len(value)) + value.encode())


def pairs(**values: bytes) -> bytes:
    """An R pair list with tags."""
    links = (item(2, item(1, chars(name)) + value, 0x400) for name, value in values.items())
    return b"".join(links) + item(254, b"")


def rda(*, extra: bytes = b"") -> bytes:
    """An R data file that holds a frame `tiny` of a factor, a number, an integer and a text."""
    factor = item(
        13, struct.pack(">iiii", 3, 2, 1, -(2**31)) + pairs(levels=strings("p", "q")), 0x200
    )
    number = item(14, struct.pack(">iddd", 3, 1.5, float("nan"), -2.0))
    integer = item(13, struct.pack(">iiii", 3, 7, -(2**31), 9))
    columns = (factor, number, integer, strings("x", None, "z"))
    body = struct.pack(">i", 4) + b"".join(columns) + pairs(names=strings("f", "d", "i", "s"))
    return b"RDX2\nX\n" + struct.pack(">iii", 2, 0, 0) + pairs(tiny=extra or item(19, body, 0x300))


@pytest.mark.parametrize("packed", [False, True])
def test_r_frame_values_are_those_of_the_file(packed: bool) -> None:  # noqa: FBT001  a parameter
    """Factor, number, integer and text, each with NA, written by hand after R's manual."""
    content = gzip.compress(rda()) if packed else rda()
    frame = read_rda(content, "tiny", "t.rda")

    assert list(frame.columns) == ["f", "d", "i", "s"]
    assert frame["f"].tolist()[:2] == ["q", "p"]
    assert frame["f"].isna()[2]
    np.testing.assert_array_equal([1.5, np.nan, -2.0], frame["d"])
    np.testing.assert_array_equal([7, np.nan, 9], frame["i"])
    assert isinstance(frame["f"].dtype, pd.CategoricalDtype)
    assert frame["s"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"RDX3\nX\n", "no binary R data file of version 2", id="other version"),
        pytest.param(rda()[:-20], "ends too early", id="half"),
        pytest.param(b"\x1f\x8b half", "can't be read as an R data file", id="half gzip"),
        pytest.param(rda(extra=item(3, b"")), "type 3, which is no data", id="closure"),
        pytest.param(rda(extra=item(6, b"")), "type 6, which is no data", id="call"),
        pytest.param(rda(extra=strings("x")), "holds no data frame 'tiny'", id="vector"),
    ],
)
def test_r_file_with_anything_but_data_is_refused(content: bytes, told: str) -> None:
    """Closures, calls and half files end as a sentence."""
    with pytest.raises(DataError, match=told):
        read_rda(content, "tiny", "t.rda")


def test_missing_r_frame_is_told() -> None:
    """With the names that there are."""
    with pytest.raises(DataError, match="holds no data frame 'other'; known: tiny"):
        read_rda(rda(), "other", "t.rda")
