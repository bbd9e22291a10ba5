"""Table features: what becomes of numbers, categories, dates and what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bakeoff_classic.columns import sort_columns
from bakeoff_classic.table import RawTable
from bakeoff_classic.table_manual import ManualTable


def test_columns_are_sorted_by_what_they_hold(messy_table: pd.DataFrame) -> None:
    """Objects go by their values; what mixes numbers with words is a category."""
    columns = sort_columns(messy_table)
    named = {
        kind: {str(messy_table.columns[i]) for i in getattr(columns, kind)}
        for kind in ("moments", "categories")
    }

    assert named["moments"] == {"moment"}
    assert named["categories"] == {"word", "category", "mixed", "identity", "date_text"}


def test_raw_table_by_hand() -> None:
    """Median for a missing number, days for a date, one column a category and one for missing."""
    table = pd.DataFrame(
        {
            "n": [1.0, np.nan, 4.0, 7.0],
            "d": pd.to_datetime(
                ["2020-01-01", "2020-01-03", None, "2020-01-02 12:00"], format="ISO8601"
            ),
            "c": ["b", "a", None, "b"],
            "f": [True, False, True, True],
        },
    )
    expected = [
        [1, 1, 0, 0, 0, 1],
        [4, 0, 2, 0, 1, 0],
        [4, 1, 1.5, 1, 0, 0],
        [7, 1, 1.5, 0, 0, 1],
    ]

    assert np.allclose(RawTable().fit(table).transform(table), expected)


def test_unseen_and_broken_values_are_taken() -> None:
    """A new category has no column set; text in a number column counts as missing."""
    train = pd.DataFrame({"n": [1.0, 2.0, 3.0], "c": ["a", "b", "b"]})
    later = pd.DataFrame({"n": ["2.5", "broken"], "c": ["new", "a"]})

    assert np.allclose(RawTable().fit(train).transform(later), [[2.5, 0, 0], [2, 1, 0]])


def test_rare_categories_share_a_column() -> None:
    """Beyond the limit the rarest values, and new ones, go to one column."""
    train = pd.DataFrame({"c": ["a"] * 5 + ["b"] * 4 + ["c", "d"]})
    found = RawTable(max_categories=3).fit(train).transform(pd.DataFrame({"c": ["a", "c", "new"]}))

    assert np.array_equal(found, [[1, 0, 0], [0, 0, 1], [0, 0, 1]])


def test_manual_table_takes_what_training_lacked(messy_table: pd.DataFrame) -> None:
    """New categories, unreadable dates and broken numbers give finite features."""
    train = messy_table[["number", "word", "moment", "date_text"]]
    later = train.iloc[:3].astype(object)
    later.iloc[0] = ["broken", "new", "no date", "no date"]
    features = ManualTable(random_state=0).fit(train, np.arange(len(train)) % 2)

    assert np.isfinite(features.transform(later)).all()


def test_manual_table_combines_the_columns_that_tell_classes_apart() -> None:
    """Of many columns the most related ones are chosen, and only so many."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    noise = rng.normal(size=(200, 6))
    noise[:, 4] += 2 * y
    noise[:, 1] += y
    features = ManualTable(n_combined=2).fit(pd.DataFrame(noise), y)

    assert features.combined_.tolist() == [1, 4]


def test_manual_table_adds_as_many_columns_as_it_says() -> None:
    """N * (1 + (n - 1) + n_bins) for n combined columns, beside one that counts what is missing."""
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 8)))
    alone = ManualTable(n_combined=0).fit(X).transform(X).shape[1]

    assert ManualTable(n_combined=6).fit(X).transform(X).shape[1] - alone == 6 * (1 + 5 + 6)


def test_ratios_and_products_are_those_of_the_columns() -> None:
    """Two columns: signed logs, product, ratio, in that order before the bins."""
    X = pd.DataFrame({"a": [1.0, -3.0, 8.0], "b": [2.0, 4.0, 0.5]})
    found = ManualTable(n_bins=2).fit(X).transform(X)
    logs, products, ratios = found[:, -8:-6], found[:, -6], found[:, -5]

    assert np.allclose(logs, np.sign(X) * np.log1p(np.abs(X)))
    assert np.allclose(products, X["a"] * X["b"])
    assert np.allclose(ratios, X["a"] / X["b"])


@pytest.mark.parametrize("features", [RawTable(), ManualTable(random_state=0)])
def test_renamed_or_missing_columns_are_refused(features: RawTable | ManualTable) -> None:
    """Columns are those of the fit, in its order."""
    features.fit(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}))

    with pytest.raises(ValueError, match=r"feature names|features"):
        features.transform(pd.DataFrame({"a": [1.0]}))
