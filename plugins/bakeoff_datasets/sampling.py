"""Rows drawn from a table that is read a piece at a time, so that memory holds the sample alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


class Sample:
    """So many rows, each equally likely, in the order of the file.

    Every row draws a number and the smallest stay; which rows do does not depend on the pieces.

    Args:
        most: rows to keep.
    """

    def __init__(self, most: int) -> None:
        import numpy as np

        self.n_seen = 0
        self._most = most
        self._rng = np.random.default_rng(0)
        self._drawn: npt.NDArray[np.float64] = np.empty(0)
        self._kept: pd.DataFrame | None = None

    def add(self, piece: pd.DataFrame) -> None:
        """Meet the next rows."""
        import numpy as np
        import pandas as pd

        self.n_seen += len(piece)
        drawn = self._rng.random(len(piece))
        if len(self._drawn) == self._most:  # most rows go here, before anything is copied
            stays = drawn < self._drawn.max()
            piece, drawn = piece[stays], drawn[stays]
        both = piece if self._kept is None else pd.concat([self._kept, piece])
        drawn = np.concatenate([self._drawn, drawn])
        if len(drawn) > self._most:
            stays = np.sort(np.argpartition(drawn, self._most)[: self._most])
            both, drawn = both.iloc[stays], drawn[stays]
        self._kept, self._drawn = both, drawn

    def frame(self) -> pd.DataFrame:
        """The rows that were drawn, numbered anew."""
        import pandas as pd

        return pd.DataFrame() if self._kept is None else self._kept.reset_index(drop=True)

    @property
    def note(self) -> str:
        """What is said of the origin; empty where every row is there."""
        n_left = min(self.n_seen, self._most)
        return f", {n_left:,} of {self.n_seen:,} rows at random" if n_left < self.n_seen else ""


def check_rows(rows: Any, where: str) -> None:
    """Hold the size of a sample to being None or a whole number above 1.

    Raises:
        DataError: it is not.
    """
    if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 2):  # noqa: PLR2004
        raise DataError(where, f"rows: expected a whole number >= 2; got {rows!r}.")
