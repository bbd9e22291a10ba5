"""Reader of data frames in R's `.rda` files that never executes code.

The file's author must not be trusted, and packages that read R files support far more than the
vectors, factors and lists needed here.

Source:
    R Core Team, "R Internals", section 1.8, serialization formats (XDR, version 2).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_MAGIC = b"RDX2\nX\n"
_VERSION = 2
_NA_INTEGER = -(2**31)
_NIL, _REFERENCE = 254, 255
_SYMBOL, _PAIRS, _CHARS, _STRINGS, _LIST = 1, 2, 9, 16, 19
_DTYPES = {10: ">i4", 13: ">i4", 14: ">f8"}
_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400
_OPENERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZ": bz2.decompress,
    b"\xfd7": lzma.decompress,
}


@dataclass(frozen=True, slots=True)
class _Vector:
    """An R vector or list with its attributes."""

    content: Any
    attributes: dict[str, Any] = field(default_factory=dict)


def read_rda(content: bytes, name: str, where: str) -> pd.DataFrame:
    """Read a data frame from an R data file.

    Factors become categories, other columns numbers or strings; NA becomes NaN.

    Args:
        content: the file, compressed or not.
        name: the frame's name in it.
        where: the file, for messages.

    Raises:
        DataError: it is no such file, holds more than vectors, factors and lists, or no `name`.
    """
    try:
        objects = _Reader(_OPENERS.get(content[:2], bytes)(content)).read_file()
    except (OSError, EOFError, ValueError, lzma.LZMAError, struct.error, RecursionError) as error:
        raise DataError(where, f"can't be read as an R data file: {error}.") from error
    frame = objects.get(name)
    if not isinstance(frame, _Vector) or "names" not in frame.attributes:
        raise DataError(
            where, f"holds no data frame {name!r}; known: {', '.join(sorted(objects))}."
        )
    return _frame(frame)


class _Reader:
    """Parser of the bytes of a serialized R object."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._references: list[str] = []

    def read_file(self) -> dict[str, Any]:
        """Return the objects in the file by name."""
        if self._take(len(_MAGIC)) != _MAGIC or self._integer() != _VERSION:
            raise ValueError("it is no binary R data file of version 2")
        self._take(8)
        return dict(self._pairs(self._integer()))

    def _take(self, size: int) -> bytes:
        if size < 0 or self._at + size > len(self._data):
            raise EOFError("it ends too early")
        self._at += size
        return self._data[self._at - size : self._at]

    def _integer(self) -> int:
        return int.from_bytes(self._take(4), "big", signed=True)

    def _item(self) -> Any:
        flags = self._integer()
        kind = flags & 0xFF
        if kind == _NIL:
            return None
        if kind == _REFERENCE:
            return self._references[(flags >> 8 or self._integer()) - 1]
        if kind == _SYMBOL:
            self._references.append(self._item())
            return self._references[-1]
        if kind == _PAIRS:
            return dict(self._pairs(flags))
        if kind == _CHARS:
            size = self._integer()
            return None if size == -1 else self._take(size).decode("utf-8", "replace")
        return self._vector(kind, flags)

    def _vector(self, kind: int, flags: int) -> _Vector:
        import numpy as np

        if kind not in (*_DTYPES, _STRINGS, _LIST):
            raise ValueError(f"it holds an object of type {kind}, which is no data")
        size = self._integer()
        if kind in _DTYPES:
            dtype = np.dtype(_DTYPES[kind])
            values: Any = np.frombuffer(self._take(size * dtype.itemsize), dtype)
        else:
            values = [self._item() for _ in range(size)]
        attributes = dict(self._pairs(self._integer())) if flags & _HAS_ATTRIBUTES else {}
        return _Vector(values, attributes)

    def _pairs(self, flags: int) -> list[tuple[str, Any]]:
        """Read a linked list of tagged values: flags, attributes, tag, value, next link."""
        pairs: list[tuple[str, Any]] = []
        while flags & 0xFF == _PAIRS:
            if flags & _HAS_ATTRIBUTES:
                self._item()
            tag = self._item() if flags & _HAS_TAG else ""
            pairs.append((str(tag), self._item()))
            flags = self._integer()
        if flags & 0xFF != _NIL:
            raise ValueError(f"a chain ends with an object of type {flags & 0xFF}")
        return pairs


def _frame(frame: _Vector) -> pd.DataFrame:
    import pandas as pd

    names = [str(name) for name in frame.attributes["names"].content]
    columns = [_column(vector) for vector in frame.content]
    table = pd.concat(columns, axis=1)
    table.columns = pd.Index(names, dtype=object)
    return table


def _column(vector: _Vector) -> pd.Series[Any]:
    import numpy as np
    import pandas as pd

    values = vector.content
    if isinstance(values, list):
        return pd.Series(values, dtype="str")
    if "levels" in vector.attributes:
        levels = vector.attributes["levels"].content
        codes = np.where(values == _NA_INTEGER, 0, values) - 1
        return pd.Series(pd.Categorical.from_codes(codes, categories=levels))
    if values.dtype.kind == "i":
        if (values == _NA_INTEGER).any():
            return pd.Series(np.where(values == _NA_INTEGER, np.nan, values), dtype="float64")
        return pd.Series(values.astype(np.int64))
    return pd.Series(values.astype(np.float64))
