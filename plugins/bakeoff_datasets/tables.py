"""Readers of the user's tables: CSV, Parquet and ARFF files."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff.fetch.package_archives import file_sha256
from bakeoff_datasets.files import UserFiles, check_file, decoding, user_path
from bakeoff_datasets.frames import Roles, check_columns, table_data
from bakeoff_datasets.sampling import Sample, check_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from bakeoff.interfaces import Data


_SEPARATORS = (";", "\t", "|", ",")
CHUNK_ROWS = 100_000
"""Rows that are read at once for a sample."""


@dataclass
class TableFile(UserFiles):
    """Base of readers of a file with one table.

    Args:
        path: the file; relative paths start at the working directory.
        target: column to predict.
        group: column whose equal values never part between training and test; it is no input.
        time: column of the moment of each row; it stays an input unless it is dropped.
        drop: columns to leave out.
        problem_type: `binary`, `multiclass` or `regression`; None infers: strings, booleans and
            whole numbers of at most 20 distinct values are classes, other numbers a quantity.
        rows: size of a random sample of a longer table; CSV and Parquet are then read in chunks.
    """

    path: str
    target: str
    group: str | None = None
    time: str | None = None
    drop: Sequence[str] = ()
    problem_type: str | None = None
    rows: int | None = None

    def load(self) -> Data:
        """Load the table.

        Raises:
            DataError: it can't be used; says why.
        """
        path = user_path(self.path)
        check_file(path)
        check_rows(self.rows, str(path))
        sample = None if self.rows is None else Sample(self.rows)
        frame = self._read(path, sample)
        data = table_data(frame, self._roles(), where=str(path), sha256=file_sha256(path))
        return data if sample is None else replace(data, origin=f"{data.origin}{sample.note}")

    def _roles(self) -> Roles:
        return Roles(
            target=self.target,
            group=self.group,
            time=self.time,
            drop=(self.drop,) if isinstance(self.drop, str) else tuple(self.drop),
            problem_type=self.problem_type,
        )

    def _read(self, path: Path, sample: Sample | None) -> pd.DataFrame:
        """Read the whole table, or a sample of its rows."""
        raise NotImplementedError


@dataclass
class Csv(TableFile):
    """A delimited text file whose first line names the columns.

    Args:
        encoding: of the text.
        separator: one character between two fields.
    """

    encoding: str = "utf-8"
    separator: str = ","

    def _read(self, path: Path, sample: Sample | None) -> pd.DataFrame:
        """Read the file; names are passed to pandas, which would change repeated ones."""
        import pandas as pd

        where = str(path)
        if len(self.separator) != 1:
            raise DataError(where, f"separator: expected one character; got {self.separator!r}.")
        with decoding(path, self.encoding), warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            try:
                header = pd.read_csv(
                    path,
                    sep=self.separator,
                    encoding=self.encoding,
                    header=None,
                    nrows=1,
                    dtype=str,
                    keep_default_na=False,
                )
                names = [str(name) for name in header.iloc[0]]
                self._check_separator(names, where)
                check_columns(names, self._roles(), where)
                options: dict[str, Any] = {"sep": self.separator, "encoding": self.encoding}
                options |= {"header": 0, "names": names, "index_col": False}
                return _parse(path, options, sample)
            except (DataError, UnicodeError):
                raise
            except pd.errors.EmptyDataError as error:
                raise DataError(where, "is empty; expected a line of column names.") from error
            except pd.errors.ParserWarning as error:
                raise DataError(
                    where, f"a line has more than the {len(names)} fields of the first line."
                ) from error
            except (ValueError, OSError, EOFError) as error:
                raise DataError(where, f"can't be read as CSV: {_tail(error)}.") from error

    def _check_separator(self, names: list[str], where: str) -> None:
        """Raise if the header has one column but contains another separator."""
        candidates = [
            separator
            for separator in _SEPARATORS
            if separator in names[0] and separator != self.separator
        ]
        if len(names) == 1 and candidates:
            raise DataError(
                where,
                f"has one column, {names[0]!r}, when split at {self.separator!r}; expected "
                f"several. Say separator: {candidates[0]!r}.",
            )


@dataclass
class Parquet(TableFile):
    """An Apache Parquet file."""

    def _read(self, path: Path, sample: Sample | None) -> pd.DataFrame:
        """Read all stored columns, ignoring pandas' metadata."""
        import pyarrow as pa
        from pyarrow import parquet

        where = str(path)
        try:
            schema = parquet.read_schema(path)
            check_columns(list(schema.names), self._roles(), where)
            if sample is None:
                whole: pd.DataFrame = parquet.read_table(path).to_pandas(ignore_metadata=True)
                return whole
            with parquet.ParquetFile(path) as file:
                for piece in file.iter_batches(CHUNK_ROWS):
                    sample.add(pa.table(piece).to_pandas(ignore_metadata=True))
            return sample.frame()
        except (pa.ArrowException, OSError) as error:
            raise DataError(where, f"can't be read as Parquet: {_tail(error)}.") from error


@dataclass
class Arff(TableFile):
    """An ARFF file as Weka writes it, dense or sparse.

    Args:
        encoding: of the text.
    """

    encoding: str = "utf-8"

    def _read(self, path: Path, sample: Sample | None) -> pd.DataFrame:
        from bakeoff_datasets.arff import read_arff

        with decoding(path, self.encoding):
            frame = read_arff(path.read_text(self.encoding), str(path))
        if sample is None:
            return frame
        sample.add(frame)
        return sample.frame()


def _parse(path: Path, options: dict[str, Any], sample: Sample | None) -> pd.DataFrame:
    """Parse CSV; the dtypes of a sample are inferred from the sampled rows alone."""
    import pandas as pd

    source: Path | io.StringIO = path
    if sample is not None:
        for piece in pd.read_csv(
            path, dtype=str, keep_default_na=False, chunksize=CHUNK_ROWS, **options
        ):
            sample.add(piece)
        source = io.StringIO()
        sample.frame().to_csv(source, sep=options["sep"], index=False)
        source.seek(0)
    frame: pd.DataFrame = pd.read_csv(source, low_memory=False, **options)
    return frame


def _tail(error: BaseException) -> str:
    """Return the last line of a library's message, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")
