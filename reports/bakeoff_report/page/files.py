"""Write files atomically."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.errors import StoreError
from bakeoff.fetch.cache import write_whole

if TYPE_CHECKING:
    from pathlib import Path


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file atomically, and create its folder.

    Raises:
        StoreError: it can't be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        with write_whole(path, sync=False) as temporary:
            temporary.unlink()  # it is private; a report has its folder's permissions
            temporary.write_bytes(data)
    except OSError as error:
        reason = f"the report can't be written: {error.strerror or error}."
        raise StoreError(path, reason) from error
