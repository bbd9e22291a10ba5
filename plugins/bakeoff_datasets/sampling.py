"""Random samples of tables that are read in chunks, so that only the sample is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


class Sample:
    """Uniform random sample of at most `most` rows, kept in the order of the file.

    Each row gets a random number and the rows with the smallest ones are kept; the sample does not
    depend on how the file is divided into chunks.

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
        """Add the next rows of the file."""
        import numpy as np
        import pandas as pd

        self.n_seen += len(piece)
        random_numbers = self._rng.random(len(piece))
        if len(self._drawn) == self._most:  # drops most rows before anything is copied
            is_kept = random_numbers < self._drawn.max()
            piece, random_numbers = piece[is_kept], random_numbers[is_kept]
        frame = piece if self._kept is None else pd.concat([self._kept, piece])
        random_numbers = np.concatenate([self._drawn, random_numbers])
        if len(random_numbers) > self._most:
            is_kept = np.sort(np.argpartition(random_numbers, self._most)[: self._most])
            frame, random_numbers = frame.iloc[is_kept], random_numbers[is_kept]
        self._kept, self._drawn = frame, random_numbers

    def frame(self) -> pd.DataFrame:
        """Return the sampled rows with a new index."""
        import pandas as pd

        return pd.DataFrame() if self._kept is None else self._kept.reset_index(drop=True)

    @property
    def note(self) -> str:
        """Suffix for `Data.origin` with the size of the sample; empty if it holds every row."""
        n_sampled = min(self.n_seen, self._most)
        return (
            f", {n_sampled:,} of {self.n_seen:,} rows at random" if n_sampled < self.n_seen else ""
        )


def check_rows(rows: Any, where: str) -> None:
    """Check that the size of a sample is None or an integer above 1.

    Raises:
        DataError: it is not.
    """
    if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 2):  # noqa: PLR2004
        raise DataError(where, f"rows: expected a whole number >= 2; got {rows!r}.")
