"""Cache folder for files that can be fetched or computed again."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHE = "BAKEOFF_CACHE"


def cache_dir(*parts: str) -> Path:
    """Return a folder of the cache, made if needed, in `$BAKEOFF_CACHE` or the system's cache."""
    root = os.environ.get(CACHE) or platformdirs.user_cache_dir("bakeoff", appauthor=False)
    folder = Path(root, *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def name_folder(finished: Path, path: Path) -> None:
    """Rename a finished folder to `path`; where another process was first, its folder stays."""
    try:
        finished.rename(path)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


@contextmanager
def write_whole(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed to `path`.

    A reader never sees half a file, even if the process dies; nor if the power fails, unless `sync`
    is False, when the caller has to sync the file before it relies on it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if sync:
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
