"""The arrays beside a run's rows: on disk before their row, and gone where no row speaks of them.

Workers write them whole, under another name first, but leave it to the runner to wait for the
disk: a worker is then free for the next trial meanwhile.
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
"""Folder of the truths, one file a split, beside the folders of the trials."""


def sync(artifacts: Path, trial: str, split_file: str) -> None:
    """Wait until what a trial wrote is on disk, the truths of its split included.

    Raises:
        OSError: the disk failed.
    """
    truths = artifacts / SPLITS / f"{split_file}.npz"
    folder = artifacts / trial
    # Each folder after what lies in it, so that the names are on disk as well.
    for path in (*folder.glob("*"), folder, truths, truths.parent, artifacts, artifacts.parent):
        with suppress(FileNotFoundError):
            _sync_one(path)


def remove_orphans(
    artifacts: Path,
    trials: Collection[str],
    split_files: Collection[str],
    going_on: Collection[str] = (),
) -> None:
    """Remove what no row speaks of, which may be there in part after the power failed.

    Args:
        artifacts: folder of the run.
        trials: ids that have a row.
        split_files: names, without ending, of the truths that complete rows speak of.
        going_on: ids of trials with a search, which goes on from what lies there.
    """
    kept = {SPLITS, *trials, *going_on}
    for folder in artifacts.iterdir() if artifacts.is_dir() else ():
        if folder.name not in kept:
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
