"""Arrays of trials on disk: written before their row, removed where no row refers to them.

Workers write each file under a temporary name and rename it; the runner waits for the disk, so that
a worker is free for the next trial.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

SPLITS = "splits"
"""Folder of the true targets, one file for each split, beside the folders of the trials."""


def sync(artifacts: Path, trial: str, split_file: str) -> None:
    """Wait until the files of a trial and the true targets of its split are on disk.

    Raises:
        OSError: the disk failed.
    """
    truths = artifacts / SPLITS / f"{split_file}.npz"
    folder = artifacts / trial
    # Each folder after its files, so that their names are on disk as well.
    for path in (*folder.glob("*"), folder, truths, truths.parent, artifacts, artifacts.parent):
        with suppress(FileNotFoundError):
            _sync_one(path)


def remove_orphans(
    artifacts: Path,
    trials: Collection[str],
    split_files: Collection[str],
    going_on: Collection[str] = (),
) -> None:
    """Remove files that no row refers to, which may be incomplete after a power failure.

    Args:
        artifacts: folder of the run.
        trials: ids that have a row.
        split_files: names, without ending, of the true targets that complete rows refer to.
        going_on: ids of trials whose interrupted search continues from its files.
    """
    referenced = {SPLITS, *trials, *going_on}
    for folder in artifacts.iterdir() if artifacts.is_dir() else ():
        if folder.name not in referenced:
            shutil.rmtree(folder, ignore_errors=True)
    for leftover in artifacts.rglob(".*.npz"):
        leftover.unlink(missing_ok=True)
    for truths in (artifacts / SPLITS).glob("*.npz"):
        if truths.stem not in split_files:
            truths.unlink(missing_ok=True)


def _sync_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
