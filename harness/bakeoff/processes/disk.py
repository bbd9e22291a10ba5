"""How much lies in a folder, and how to empty it, while others may be writing there."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK_BYTES = 512
"""Unit of `st_blocks`, whatever the file system's own blocks are (POSIX `sys/stat.h`)."""


def used_mib(folder: str | Path) -> float:
    """Space that the files of a folder take in MiB, those of its folders included.

    Holes in files take none. Links are not followed.
    """
    total = 0
    folders = [os.fspath(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):  # removed meanwhile
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
    return total / 2**20


def empty(folder: Path) -> None:
    """Remove all that lies in a folder, as far as it can be removed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108  an entry's path is text
