"""Print the rows of a run, one a trial, or every metric of every trial."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.commands.common import write_or_print
from bakeoff.errors import StoreError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    import pandas as pd

    from bakeoff.registry.manager import Plugins

TABLES = ("trials", "scores", "epochs", "notes", "tasks")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff results`."""
    parser.add_argument("run", help="folder of a run")
    parser.add_argument("--format", choices=("csv", "json", "parquet"), default="csv")
    parser.add_argument("--table", choices=TABLES, default="trials", help="default: %(default)s")
    parser.add_argument("--out", help="file; default: standard output")


def main(args: Namespace, plugins: Plugins) -> int:  # noqa: ARG001  every command is called alike
    """Print a table of a run, or write it to a file."""
    from bakeoff.store.database import read_run

    frame: pd.DataFrame = getattr(read_run(args.run), args.table)
    if args.format == "parquet":
        _write_parquet(frame, args.out)
    elif args.format == "json":
        write_or_print(_json_lines(frame), args.out)
    else:
        write_or_print(frame.to_csv(index=False), args.out)
    return 0


def _json_lines(frame: pd.DataFrame) -> str:
    """Return one JSON object per row, with exact numbers; pandas would round to 15 digits."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows = plain.to_dict(orient="records")
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def _write_parquet(frame: pd.DataFrame, path: str | None) -> None:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    if path is None and sys.stdout.isatty():
        raise StoreError("--format parquet", "is binary; name a file with --out.")
    if path is None:
        sys.stdout.buffer.write(buffer.getvalue())
        return
    try:
        Path(path).write_bytes(buffer.getvalue())
    except OSError as error:
        raise StoreError(path, f"{error.strerror or error}.") from error
