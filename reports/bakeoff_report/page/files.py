"""Write the files of a report whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.errors import StoreError
from bakeoff.fetch.cache import write_whole

if TYPE_CHECKING:
    from pathlib import Path


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file; its folder is made, and nothing half-written is ever seen.

    Raises:
        StoreError: it can't be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        with write_whole(path, sync=False) as temporary:
            temporary.unlink()  # made for its owner alone; who may read the folder reads a report
            temporary.write_bytes(data)
    except OSError as error:
        what = f"the report can't be written: {error.strerror or error}."
        raise StoreError(path, what) from error
