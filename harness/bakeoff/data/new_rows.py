"""Convert new rows to the columns and types of the rows that a model was fitted on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {".tsv": "\t"}


def read_rows(file: str | Path, like: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Read a table and convert it to the columns and types of another.

    Args:
        file: CSV, tab-separated or Parquet, by its ending.
        like: training rows.

    Returns:
        The rows, and a sentence for each value that could not be read as its column's type.

    Raises:
        DataError: the file can't be read, or lacks a column.
    """
    import pandas as pd

    path = Path(file)
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = pd.read_parquet(path)
        else:
            separator = _SEPARATORS.get(path.suffix.lower(), ",")
            frame = pd.read_csv(path, sep=separator, low_memory=False)
    except FileNotFoundError:
        raise DataError(str(file), "no such file.") from None
    except (ValueError, OSError) as error:
        raise DataError(str(file), f"can't be read: {str(error).splitlines()[-1]}.") from error
    return conform(frame, like, where=str(file))


def conform(
    frame: pd.DataFrame, like: pd.DataFrame, *, where: str = "rows"
) -> tuple[pd.DataFrame, list[str]]:
    """Convert a table to the columns and types of another.

    Args:
        frame: new rows; its further columns are left out.
        like: training rows.
        where: what messages call it.

    Returns:
        The rows, and a sentence for each column with values that could not be read as its type.

    Raises:
        DataError: a column is missing.
    """
    import pandas as pd

    frame = frame.set_axis([str(name) for name in frame.columns], axis="columns")
    lacking = [name for name in like.columns if name not in frame.columns]
    if lacking:
        shown = ", ".join(map(repr, lacking[:5])) + (", ..." if len(lacking) > 5 else "")  # noqa: PLR2004  a line's worth
        raise DataError(where, f"lacks {len(lacking)} columns of the training file: {shown}.")
    remarks: list[str] = []
    columns = {name: _as(frame[name], like[name], remarks) for name in like.columns}
    return pd.DataFrame(columns), remarks


def _as(column: pd.Series[Any], like: pd.Series[Any], remarks: list[str]) -> pd.Series[Any]:
    import pandas as pd
    from pandas.api import types

    if types.is_bool_dtype(like) and types.is_bool_dtype(column):
        return column
    converted: pd.Series[Any]
    if types.is_numeric_dtype(like):
        converted = pd.to_numeric(column, errors="coerce").astype("float64")
    elif types.is_datetime64_any_dtype(like):
        converted = pd.to_datetime(column, errors="coerce").astype(like.dtype)
    elif isinstance(like.dtype, pd.CategoricalDtype):
        converted = column.astype(like.dtype)
    else:
        return column.map(str, na_action="ignore").astype("str")
    n_lost = int((converted.isna() & column.notna()).sum())
    if n_lost:
        message = f"{n_lost} values can't be read as {like.dtype}; taken as missing."
        remarks.append(f"column {like.name!r}: {message}")
    return converted
