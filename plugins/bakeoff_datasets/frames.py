"""Conversion of a table in memory to `Data`: column roles, types and error messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from bakeoff.interfaces import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Roles of a table's columns: target, group, time, dropped.

    Args:
        target: column to predict.
        group: column whose equal values belong together; it is no input.
        time: column of the moment of each row, numbers or dates; it stays an input, drop it too
            where it should not be one.
        drop: columns to leave out.
        problem_type: overrides the rule of `targets.read_target`.
    """

    target: str
    group: str | None = None
    time: str | None = None
    drop: tuple[str, ...] = ()
    problem_type: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """All column names that the user gave."""
        return tuple(
            name for name in (self.target, self.group, self.time, *self.drop) if name is not None
        )


def check_columns(names: Sequence[str], roles: Roles, where: str) -> None:
    """Raise if a table's columns don't fit the roles.

    Raises:
        DataError: a name occurs twice, a named column is missing, or no input would be left.
    """
    duplicates = [name for name, count in Counter(names).items() if count > 1]
    if duplicates:
        raise DataError(
            where,
            f"column name {duplicates[0]!r} stands {names.count(duplicates[0])} times; rename one.",
        )
    for name in roles.named:
        if name not in names:
            raise DataError(where, _no_column(name, names))
    if not set(names) - {roles.target, roles.group, *roles.drop}:
        raise DataError(
            where,
            f"has no column to learn from beside {', '.join(map(repr, names))}; expected at least "
            "one more. Check the separator and what is dropped.",
        )


def table_data(
    frame: pd.DataFrame, roles: Roles, *, where: str, licence: str = "unknown", sha256: str = ""
) -> Data:
    """Convert a table to `Data`; rows without a target are left out and counted in `origin`.

    Args:
        frame: (n_samples, n_columns).
        roles: what its columns are for.
        where: the file, for messages and as the origin.
        licence: of the data.
        sha256: of the file.

    Raises:
        DataError: the columns, the target, the groups or the times can't be used.
    """
    from bakeoff.interfaces import Data
    from bakeoff_datasets.targets import read_target

    check_columns([str(name) for name in frame.columns], roles, where)
    target = read_target(frame[roles.target], where=where, problem_type=roles.problem_type)
    frame = frame[target.kept].reset_index(drop=True)
    inputs = frame.drop(columns=list({roles.target, roles.group, *roles.drop} - {None}))
    return Data(
        X=_plain(inputs, where),
        y=target.y,
        input_kind="table",
        problem_type=target.problem_type,
        classes=target.classes,
        groups=None if roles.group is None else _groups(frame[roles.group], where),
        times=None if roles.time is None else _times(frame[roles.time], where),
        target=roles.target,
        origin=f"{where}{target.note}",
        licence=licence,
        sha256=sha256,
    )


def _no_column(name: str, names: Iterable[str]) -> str:
    columns = list(names)
    by_lower = {column.lower(): column for column in columns}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    hint = f"; did you mean {by_lower[close[0]]!r}?" if close else "."
    listed = ", ".join(map(repr, columns[:20])) + (", ..." if len(columns) > 20 else "")  # noqa: PLR2004  a line's worth
    return f"has no column {name!r}{hint} Columns: {listed}."


def _groups(column: pd.Series[Any], where: str) -> npt.NDArray[np.int64]:
    import numpy as np

    if column.isna().any():
        raise DataError(
            where,
            f"group column {column.name!r} is missing in row {int(column.isna().argmax())}; "
            "expected a group for every row.",
        )
    return column.factorize()[0].astype(np.int64)


def _times(column: pd.Series[Any], where: str) -> npt.NDArray[np.float64]:
    """Return times, float64 (n_samples,): numbers unchanged, dates as seconds since 1970."""
    import numpy as np
    import pandas as pd
    from pandas.api import types

    if types.is_numeric_dtype(column):
        moments = column.to_numpy(dtype="float64")
    else:
        dates = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601")
        seconds = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
        moments = seconds.to_numpy(dtype="float64")
    is_invalid = ~np.isfinite(moments)
    if is_invalid.any():
        row = int(is_invalid.argmax())
        raise DataError(
            where,
            f"time column {column.name!r} holds {column.iloc[row]!r} in row {row}; expected a "
            "number or a date such as 2024-01-31.",
        )
    return moments


def _plain(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the table with plain dtypes: numbers, booleans, strings, categories and dates.

    Nullable numbers become float64 with NaN, decimals float64; names are kept as they are.
    """
    columns = [_plain_column(frame.iloc[:, i], where) for i in range(frame.shape[1])]
    import pandas as pd

    plain = pd.concat(columns, axis=1)
    plain.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    return plain


def _plain_column(column: pd.Series[Any], where: str) -> pd.Series[Any]:
    import pandas as pd
    from pandas.api import types

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype) or types.is_datetime64_any_dtype(kind):
        return column
    if types.is_numeric_dtype(kind):
        return column.astype("float64") if types.is_extension_array_dtype(kind) else column
    if isinstance(kind, pd.StringDtype):
        return column.astype("str")
    inferred = types.infer_dtype(column, skipna=True)
    if inferred in ("string", "empty"):
        return column.astype("str") if inferred == "string" else column.astype("float64")
    if inferred == "decimal":
        return column.astype("float64")
    if inferred in ("boolean", "mixed-integer", "mixed"):
        return _mixed(column, where)
    raise DataError(
        where,
        f"column {column.name!r} holds {inferred} values; expected numbers, texts, booleans or "
        f"dates. Leave it out with drop: [{column.name!r}].",
    )


def _mixed(column: pd.Series[Any], where: str) -> pd.Series[Any]:
    """Convert a column of mixed strings, numbers and booleans, as in a CSV, to strings."""
    present = column.dropna()
    odd = present[~present.map(lambda value: isinstance(value, (str, int, float, bool)))]
    if not odd.empty:
        raise DataError(
            where,
            f"column {column.name!r} holds {type(odd.iloc[0]).__name__} values; expected numbers, "
            f"texts, booleans or dates. Leave it out with drop: [{column.name!r}].",
        )
    return column.map(str, na_action="ignore").astype("str")
