"""What a trial's files take is counted as the disk does, and all of it can be removed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bakeoff.processes.resources import disk_mib, empty_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of a mebibyte, one of them deep down, and links to what lies elsewhere."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for path in ("in/file", "in/deep/file", "out"):
        (tmp_path / path).write_bytes(os.urandom(2**20))
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "parent").symlink_to(tmp_path)
    return tmp_path / "in"


def test_files_of_all_folders_count_and_links_lead_nowhere(folder: Path) -> None:
    """Two mebibytes and at most a few blocks."""
    assert 2 <= disk_mib(folder) < 2.1


def test_hole_in_a_file_takes_no_space(tmp_path: Path) -> None:
    """A file that says it has a tebibyte."""
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(2**40)

    assert disk_mib(tmp_path) < 1


def test_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """It may be removed between two looks."""
    assert disk_mib(tmp_path / "none") == 0


def test_emptied_folder_stays_and_what_links_lead_to_as_well(folder: Path) -> None:
    """Only what lies in it goes."""
    empty_folder(folder)

    assert list(folder.iterdir()) == []
    assert (folder.parent / "out").is_file()
