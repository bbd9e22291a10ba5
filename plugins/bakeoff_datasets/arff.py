"""Reader of ARFF files (Weka's attribute-relation format), dense and sparse.

SciPy's reader supports neither text attributes nor sparse rows.

Source:
    Weka manual, "ARFF format (stable version)".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_TOKEN = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""  # noqa: S105  a pattern
_ATTRIBUTE = re.compile(rf"@attribute\s+({_TOKEN}|[^\s{{]+)\s*(\{{.*\}}|\S.*)$", re.IGNORECASE)
_FIELD = re.compile(rf"\s*({_TOKEN}|[^,'\"]*?)\s*(,|$)")
_SPARSE = re.compile(rf"\s*(\d+)\s+({_TOKEN}|[^,'\"]*?)\s*(,|$)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_NUMBERS = ("numeric", "real", "integer")


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Column of an ARFF file; `kind` is `numeric`, `text`, `date`, or `nominal` with levels."""

    name: str
    kind: str
    levels: tuple[str, ...] = ()


def read_arff(text: str, where: str) -> pd.DataFrame:
    """Parse an ARFF file into a table.

    Nominal attributes become categories with the declared levels in order, numbers float64,
    dates datetimes; `?` is missing. Weights of rows are left out.

    Args:
        text: its content.
        where: its path, for messages.

    Raises:
        DataError: a line can't be read; says which and why.
    """
    lines = numbered_lines(text, comment="%")
    attributes = _header(lines, where)
    rows = [_row(line, attributes, f"{where}:{number}") for number, line in lines]
    return _frame(attributes, rows, where)


def _header(lines: Iterator[tuple[int, str]], where: str) -> list[_Attribute]:
    attributes: list[_Attribute] = []
    for number, line in lines:
        word = line.split(maxsplit=1)[0].lower()
        if word == "@data":
            return attributes
        if word == "@attribute":
            attributes.append(_attribute(line, f"{where}:{number}"))
        elif word != "@relation":
            raise DataError(
                f"{where}:{number}", f"expected @attribute or @data; got {line[:60]!r}."
            )
    raise DataError(where, "has no @data line, so it is no ARFF file or only its beginning.")


def _attribute(line: str, where: str) -> _Attribute:
    match = _ATTRIBUTE.match(line)
    if match is None:
        raise DataError(where, f"expected '@attribute NAME TYPE'; got {line[:60]!r}.")
    name, kind = _plain(match[1]), match[2].strip()
    if kind.startswith("{"):
        return _Attribute(name, "nominal", tuple(_fields(kind[1:-1], where)))
    word = kind.split()[0].lower()
    if word in _NUMBERS:
        return _Attribute(name, "numeric")
    if word in ("string", "date"):
        return _Attribute(name, "text" if word == "string" else "date")
    raise DataError(
        where, f"type {kind!r} is unknown; expected numeric, string, date or a list in braces."
    )


def _row(line: str, attributes: list[_Attribute], where: str) -> list[str | None]:
    if line.startswith("{"):
        return _sparse_row(line, attributes, where)
    if line.endswith("}") and (weight := line.rfind(",")) >= 0 and "{" in line[weight:]:
        line = line[:weight]
    row = [None if value == "?" else value for value in _fields(line, where)]
    if len(row) != len(attributes):
        raise DataError(where, f"expected {len(attributes)} values; got {len(row)}.")
    return row


def _sparse_row(line: str, attributes: list[_Attribute], where: str) -> list[str | None]:
    """Parse a sparse row; absent values are 0, or the first level of a nominal attribute."""
    row: list[str | None] = [
        attribute.levels[0] if attribute.levels else "0" for attribute in attributes
    ]
    inner, position = line[1 : line.find("}")], 0
    while position < len(inner.rstrip()):
        match = _SPARSE.match(inner, position)
        if match is None or int(match[1]) >= len(attributes):
            raise DataError(
                where, f"expected 'INDEX VALUE'; got {inner[position : position + 40]!r}."
            )
        row[int(match[1])] = None if match[2] == "?" else _plain(match[2])
        position = match.end()
    return row


def _fields(text: str, where: str) -> list[str]:
    """Split comma-separated values, quoted or not."""
    values: list[str] = []
    position = 0
    while True:
        match = _FIELD.match(text, position)
        if match is None:
            raise DataError(
                where, f"a quotation mark is not closed in {text[position : position + 40]!r}."
            )
        values.append(_plain(match[1]))
        position = match.end()
        if not match[2]:
            return values


def _plain(value: str) -> str:
    """Return a value without quotes and escapes."""
    if value[:1] not in ("'", '"') or len(value) < 2:  # noqa: PLR2004  two quotes
        return value
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), value[1:-1])


def _frame(attributes: list[_Attribute], rows: list[list[str | None]], where: str) -> pd.DataFrame:
    import pandas as pd

    columns = [
        _column(attribute, [row[i] for row in rows], where)
        for i, attribute in enumerate(attributes)
    ]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    frame.columns = pd.Index([attribute.name for attribute in attributes], dtype=object)
    return frame


def _column(attribute: _Attribute, values: list[str | None], where: str) -> pd.Series[Any]:
    import pandas as pd

    if attribute.kind == "nominal":
        declared = frozenset(attribute.levels)
        undeclared = next(
            (value for value in values if value is not None and value not in declared), None
        )
        if undeclared is not None:
            raise DataError(
                where,
                f"attribute {attribute.name!r} holds {undeclared!r}, which it does not declare.",
            )
        return pd.Series(pd.Categorical(values, categories=list(attribute.levels)))
    if attribute.kind == "text":
        return pd.Series(values, dtype="str")
    try:
        if attribute.kind == "date":
            return pd.to_datetime(pd.Series(values, dtype="str"))
        return pd.Series(
            [None if value is None else float(value) for value in values], dtype="float64"
        )
    except ValueError as error:
        raise DataError(where, f"attribute {attribute.name!r}: {error}.") from error
