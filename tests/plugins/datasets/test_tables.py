"""A user's tables: roles of columns, kinds of targets, and what bad files get."""

from __future__ import annotations

import gzip
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.errors import DataError
from bakeoff_datasets import tables
from bakeoff_datasets.sampling import Sample
from bakeoff_datasets.tables import Csv, Parquet

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "a,b,y\n1,x,no\n2,,yes\n3,z,no\n"


def write(folder: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> str:
    """A file of that text; returns its path."""
    path = folder / name
    path.write_text(text, encoding)
    return str(path)


def load_y(folder: Path, values: list[Any], **params: Any) -> Any:
    """Data of a CSV file with one input and these targets."""
    rows = "".join(f"{i},{value}\n" for i, value in enumerate(values))
    return Csv(write(folder, f"a,y\n{rows}"), "y", **params).load()


def message(dataset: Any) -> str:
    """What a user is told when the dataset can't be loaded."""
    with pytest.raises(DataError) as caught:
        dataset.load()
    told = str(caught.value)
    assert told.endswith((".", "...")), told
    assert told.count("\n") == 0, told
    return told


def test_missing_values_inside_inputs_are_normal(tmp_path: Path) -> None:
    """They stay missing, and no row is lost."""
    data = Csv(write(tmp_path, GOOD), "y").load()

    assert list(data.X.columns) == ["a", "b"]
    assert data.X["b"].isna().tolist() == [False, True, False]
    assert (data.classes, data.y.tolist()) == (("no", "yes"), [0, 1, 0])


@pytest.mark.parametrize(
    ("values", "problem_type", "classes"),
    [
        (["b", "a", "b"], "binary", ("a", "b")),
        (["True", "False", "True"], "binary", ("False", "True")),
        ([10, 9, 10], "binary", ("9", "10")),
        ([3, 1, 2], "multiclass", ("1", "2", "3")),
        (["1.0", "2.0", "1.0"], "binary", ("1", "2")),
        ([0.5, 1.5, 0.5], "regression", ()),
        (list(range(20)), "multiclass", tuple(str(i) for i in range(20))),
        (list(range(21)), "regression", ()),
    ],
)
def test_problem_type_follows_the_rule(
    values: list[Any], problem_type: str, classes: tuple[str, ...], tmp_path: Path
) -> None:
    """Texts, booleans and few whole numbers are classes; other numbers are a quantity."""
    data = load_y(tmp_path, values)

    assert (problem_type, classes) == (data.problem_type, data.classes)


def test_problem_type_can_be_said(tmp_path: Path) -> None:
    """Grades from 1 to 5 may be a quantity."""
    data = load_y(tmp_path, [1, 5, 3], problem_type="regression")

    assert (data.problem_type, data.y.tolist()) == ("regression", [1.0, 5.0, 3.0])


def test_rows_without_target_are_left_out_and_counted(tmp_path: Path) -> None:
    """The origin, which the report shows, says how many."""
    data = load_y(tmp_path, ["a", "", "b", "a"])

    assert data.X["a"].tolist() == [0, 2, 3]
    assert data.origin.endswith("t.csv (1 of 4 rows left out: no target)")


def test_whole_numbers_beside_a_gap_stay_classes(tmp_path: Path) -> None:
    """Although pandas makes floats of them."""
    assert load_y(tmp_path, [0, 1, "", 1]).classes == ("0", "1")


def test_roles_take_columns_out_of_the_inputs(tmp_path: Path) -> None:
    """Group and dropped columns are no inputs, the time is one."""
    text = "id,who,when,a,y\n1,u,2024-01-02,5,0\n2,v,2024-01-01,6,1\n3,u,2024-01-03,7,0\n"
    data = Csv(write(tmp_path, text), "y", group="who", time="when", drop=["id"]).load()

    assert list(data.X.columns) == ["when", "a"]
    assert data.groups is not None
    assert data.times is not None
    assert data.groups.tolist() == [0, 1, 0]
    assert (data.times - data.times.min()).tolist() == [86400.0, 0.0, 172800.0]


def test_hostile_column_names_are_kept(tmp_path: Path) -> None:
    """Whoever shows them escapes them; the data stay as they are."""
    name = "<script>alert(1)</script>"
    data = Csv(write(tmp_path, f'"{name}","a ""b""",y\n1,2,0\n2,3,1\n'), "y").load()

    assert [name, 'a "b"'] == list(data.X.columns)


def test_other_separators_encodings_and_gzip_are_read(tmp_path: Path) -> None:
    """As a suite may say."""
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress("größe;y\n1;é\n2;b\n".encode("latin-1")))
    data = Csv(str(path), "y", separator=";", encoding="latin-1").load()

    assert (list(data.X.columns), data.classes) == (["größe"], ("b", "é"))


def test_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    """Spreadsheets write one."""
    data = Csv(write(tmp_path, "\ufeffa,y\n1,0\n2,1\n"), "y").load()

    assert list(data.X.columns) == ["a"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty; expected a line of column names."),
        ("a,y\n", "has no rows"),
        ("a,y\n1,x\n2,x\n", "target column 'y' has one class, 'x'"),
        ("a,y\n1,\n2,\n", "target column 'y' is missing in every row"),
        ("a,b,a,y\n1,2,3,x\n", "column name 'a' stands 2 times"),
        ("a,z\n1,x\n", "has no column 'y'. Columns: 'a', 'z'."),
        ("a,Y\n1,x\n", "has no column 'y'; did you mean 'Y'? Columns: 'a', 'Y'."),
        ("y\n1\n2\n", "has no column to learn from beside 'y'"),
        (
            "a;y\n1;2\n",
            "has one column, 'a;y', when split at ','; expected several. Say separator: ';'",
        ),
        ("a,y\n1,x\n2,x,3\n", "expected 2 fields in line 3, saw 3"),
        ('a,y\n"1,x\n', "EOF inside string"),
        ("a,y\n1,x,2\n2,z,3\n", "a line has more than the 2 fields of the first line"),
    ],
)
def test_bad_csv_is_told_in_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    """With the file, the value and what was expected."""
    path = write(tmp_path, text)
    said = message(Csv(path, "y"))

    assert said.startswith(f"{path}: ")
    assert told.lower() in said.lower()


def test_missing_file_is_told(tmp_path: Path) -> None:
    """Not as a traceback."""
    assert "there is no such file" in message(Csv(str(tmp_path / "none.csv"), "y"))


def test_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    """A path may be right and still no file."""
    assert "is a folder; expected a file" in message(Csv(str(tmp_path), "y"))


def test_wrong_encoding_names_the_byte_and_the_remedy(tmp_path: Path) -> None:
    """The most frequent fault of exported tables."""
    path = write(tmp_path, "a,y\nb,1\né,0\n", encoding="latin-1")

    assert "is not utf-8 text at byte 8;" in message(Csv(path, "y"))
    assert "encoding: latin-1" in message(Csv(path, "y"))


def test_unknown_encoding_is_told(tmp_path: Path) -> None:
    """A misspelt one is the user's mistake too."""
    assert "encoding 'utf-9' is unknown" in message(
        Csv(write(tmp_path, GOOD), "y", encoding="utf-9")
    )


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"group": "user"}, "has no column 'user'"),
        ({"drop": ["c"]}, "has no column 'c'"),
        ({"group": "b"}, "group column 'b' is missing in row 1"),
        ({"time": "b"}, "time column 'b' holds 'x' in row 0"),
        ({"problem_type": "regression"}, "target column 'y' holds 'no'; expected numbers"),
        ({"problem_type": "ranking"}, "problem_type 'ranking' is unknown"),
    ],
)
def test_roles_that_do_not_fit_are_told(params: dict[str, Any], told: str, tmp_path: Path) -> None:
    """Each with its column and value."""
    assert told in message(Csv(write(tmp_path, GOOD), "y", **params))


def test_texts_that_hardly_repeat_are_no_classes(tmp_path: Path) -> None:
    """A name, a free text, or numbers with a decimal comma that were read as texts."""
    with pytest.raises(DataError, match="holds 30 distinct values in 30 rows, such as 'name 0'"):
        load_y(tmp_path, [f"name {i}" for i in range(30)])


def test_dates_are_no_target(tmp_path: Path) -> None:
    """There is no learner for them."""
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": [1, 2], "y": pd.to_datetime(["2024-01-01", "2024-01-02"])}).to_parquet(path)

    assert "expected classes that repeat, or numbers" in message(Parquet(str(path), "y"))


def test_separator_of_several_characters_is_told(tmp_path: Path) -> None:
    """One character, as everywhere."""
    path = write(tmp_path, GOOD)

    assert "separator: expected one character; got ', '" in message(Csv(path, "y", separator=", "))


def test_archive_of_several_tables_is_told(tmp_path: Path) -> None:
    """A zip file must hold one CSV."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", GOOD)
        archive.writestr("b.csv", GOOD)

    assert "can't be read as CSV: Multiple files" in message(Csv(str(tmp_path / "t.zip"), "y"))


def test_binary_with_three_classes_is_told(tmp_path: Path) -> None:
    """What was said about the target is checked."""
    path = write(tmp_path, "a,y\n1,p\n2,q\n3,r\n")

    assert "has 3 classes" in message(Csv(path, "y", problem_type="binary"))


def test_fingerprint_changes_with_file_and_parameters(tmp_path: Path) -> None:
    """Equal fingerprints promise equal data."""
    path = write(tmp_path, GOOD)
    first = Csv(path, "y").fingerprint()

    assert first == Csv(path, "y").fingerprint()
    assert first != Csv(path, "y", drop=["a"]).fingerprint()
    write(tmp_path, GOOD + "4,x,no\n")
    assert first != Csv(path, "y").fingerprint()


def test_parquet_keeps_types_and_normalises_the_rest(tmp_path: Path) -> None:
    """Categories and dates stay; nullable numbers and decimals become floats."""
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["p", "q", "p"], categories=["q", "p", "z"]),
            "when": pd.to_datetime(["2024-01-01", "2024-01-02", None]),
            "count": pd.array([1, None, 3], dtype="Int64"),
            "price": [Decimal("1.5"), None, Decimal(2)],
            "flag": [True, False, True],
            "word": ["x", None, "z"],
            "y": [0.5, 1.25, 3.0],
        }
    )
    path = tmp_path / "t.parquet"
    frame.to_parquet(path, index=False)
    data = Parquet(str(path), "y").load()

    kinds = [data.X[name].dtype.kind for name in data.X.columns]
    assert kinds == ["O", "M", "f", "f", "b", "O"]
    assert isinstance(data.X["kind"].dtype, pd.CategoricalDtype)
    np.testing.assert_array_equal([1.5, np.nan, 2.0], data.X["price"])


def test_parquet_with_nested_values_is_told(tmp_path: Path) -> None:
    """Lists are no cell of a table."""
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": [[1], [2]], "y": [0, 1]}).to_parquet(path)

    assert "column 'a' holds" in message(Parquet(str(path), "y"))


def test_broken_parquet_is_told(tmp_path: Path) -> None:
    """A text file under the wrong name."""
    assert "can't be read as Parquet" in message(Parquet(write(tmp_path, GOOD, "t.parquet"), "y"))


def test_a_sample_is_the_same_however_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Piece by piece or at once, from text or Parquet; rows keep the order of the file."""
    frame = pd.DataFrame({"a": range(1000), "b": ["x,y", "NA", "", "z"] * 250, "y": [0, 1] * 500})
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    whole = Csv(str(path), "y", rows=100).load()
    monkeypatch.setattr(tables, "CHUNK_ROWS", 7)
    pieces = Csv(str(path), "y", rows=100).load()
    stored = Parquet(str(tmp_path / "t.parquet"), "y", rows=100).load()

    pd.testing.assert_frame_equal(whole.X, pieces.X)
    assert whole.X["a"].tolist() == stored.X["a"].tolist() == sorted(set(whole.X["a"]))
    assert len(whole.X) == 100
    assert whole.origin == f"{path}, 100 of 1,000 rows at random"
    kept = frame.loc[whole.X["a"]]
    assert whole.X["b"].isna().tolist() == kept["b"].isin(["NA", ""]).tolist()


def test_every_row_is_as_likely_to_be_drawn() -> None:
    """One row in ten: tenths of the file hold as many, give or take four standard deviations."""
    sample = Sample(10_000)
    for start in range(0, 100_000, 1000):
        sample.add(pd.DataFrame({"a": range(start, start + 1000)}))
    counts = np.bincount(sample.frame()["a"] // 10_000, minlength=10)

    assert counts.sum() == 10_000
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(1000 * 0.9)


def test_a_table_with_fewer_rows_is_whole(tmp_path: Path) -> None:
    """As without `rows`, kinds of columns and origin too."""
    path = write(tmp_path, GOOD)
    whole, asked = Csv(path, "y").load(), Csv(path, "y", rows=50).load()

    pd.testing.assert_frame_equal(whole.X, asked.X)
    assert whole.origin == asked.origin


@pytest.mark.parametrize("rows", [0, 1, -5, 2.5, True, "many"])
def test_rows_that_are_no_number_are_told(tmp_path: Path, rows: Any) -> None:
    """With the value."""
    told = message(Csv(write(tmp_path, GOOD), "y", rows=rows))

    assert f"rows: expected a whole number >= 2; got {rows!r}." in told
