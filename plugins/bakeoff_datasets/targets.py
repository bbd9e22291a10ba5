"""Conversion of a target column to y: problem type, classes and error messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

MOST_CLASSES = 20
"""Whole numbers with more distinct values than this are quantities, not classes; chosen here."""

CLASSES = ("binary", "multiclass")
TYPES = (*CLASSES, "regression")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumn:
    """A target column as class codes or values, with its problem type.

    Args:
        y: int64 codes or float64 values, (n_kept,).
        kept: bool (n_samples,), False for rows without a target.
        problem_type: `binary`, `multiclass` or `regression`.
        classes: names in code order, empty for regression.
    """

    y: npt.NDArray[Any]
    kept: npt.NDArray[np.bool_]
    problem_type: str
    classes: tuple[str, ...]

    @property
    def note(self) -> str:
        """Suffix for `Data.origin` with the number of rows left out; empty if there are none."""
        n_missing = int((~self.kept).sum())
        return f" ({n_missing} of {len(self.kept)} rows left out: no target)" if n_missing else ""


def read_target(
    column: pd.Series[Any], *, where: str, problem_type: str | None = None
) -> TargetColumn:
    """Convert a target column to class codes or values.

    Strings, booleans and categories are classes. Numbers are classes if they are whole and have
    at most `MOST_CLASSES` distinct values, else a quantity. Classes are ordered: numbers by size,
    categories as declared, others by name. Rows without a target are left out, and counted.

    Args:
        column: target of each row.
        where: the file, for messages.
        problem_type: overrides the rule; None infers.

    Raises:
        DataError: no rows, no targets, one class, almost a class for each row, dates, or a target
            that does not suit `problem_type`.
    """
    name = column.name
    if problem_type is not None and problem_type not in TYPES:
        raise DataError(
            where, f"problem_type {problem_type!r} is unknown; expected one of {', '.join(TYPES)}."
        )
    if column.empty:
        raise DataError(where, "has no rows; expected at least two classes or values to learn.")
    kept = column.notna().to_numpy()
    values = column[kept]
    if values.empty:
        raise DataError(
            where, f"target column {name!r} is missing in every row; name another target."
        )
    if problem_type == "regression" or (problem_type is None and not _is_classes(values)):
        y = _numbers(values, where)
        return TargetColumn(y=y, kept=kept, problem_type="regression", classes=())
    codes, classes = _classes(values, where)
    if len(classes) < 2:  # noqa: PLR2004  a classifier needs two
        raise DataError(
            where, f"target column {name!r} has one class, {classes[0]!r}; expected at least two."
        )
    inferred = "binary" if len(classes) == 2 else "multiclass"  # noqa: PLR2004  same
    if problem_type == "binary" and inferred != "binary":
        raise DataError(
            where,
            f"target column {name!r} has {len(classes)} classes; problem_type 'binary' expects "
            "two. Say problem_type: multiclass.",
        )
    return TargetColumn(y=codes, kept=kept, problem_type=problem_type or inferred, classes=classes)


def _is_classes(values: pd.Series[Any]) -> bool:
    from pandas.api import types

    if types.is_bool_dtype(values) or not types.is_numeric_dtype(values):
        return True
    numbers = values.to_numpy(dtype="float64")
    return bool((numbers == numbers.round()).all()) and values.nunique() <= MOST_CLASSES


def _numbers(values: pd.Series[Any], where: str) -> npt.NDArray[np.float64]:
    import numpy as np
    import pandas as pd
    from pandas.api import types

    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64")
    is_invalid = ~np.isfinite(numbers)
    if types.is_datetime64_any_dtype(values) or is_invalid.any():
        value = values.iloc[int(is_invalid.argmax())]
        raise DataError(
            where, f"target column {values.name!r} holds {value!r}; expected numbers to predict."
        )
    return numbers


def _classes(values: pd.Series[Any], where: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return class codes and names; categories that no row has are left out."""
    import numpy as np
    import pandas as pd
    from pandas.api import types

    n_distinct = values.astype(str).nunique()
    if n_distinct > max(MOST_CLASSES, len(values) / 2) or types.is_datetime64_any_dtype(values):
        raise DataError(
            where,
            f"target column {values.name!r} holds {n_distinct} distinct values in {len(values)} "
            f"rows, such as {str(values.iloc[0])[:40]!r}; expected classes that repeat, or "
            "numbers.",
        )
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.cat.remove_unused_categories()
        codes = values.cat.codes.to_numpy()
        return codes.astype(np.int64), tuple(
            _class_name(category) for category in values.cat.categories
        )
    if not types.is_numeric_dtype(values):
        values = values.astype(str)
    levels, codes = np.unique(values.to_numpy(), return_inverse=True)
    return codes.astype(np.int64), tuple(_class_name(level) for level in levels)


def _class_name(level: Any) -> str:
    """Return a class name; whole floats, as pandas makes of integers with gaps, as integers."""
    if isinstance(level, float) and level.is_integer():
        return str(int(level))
    return str(level)
