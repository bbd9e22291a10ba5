"""Pack a run into a zip archive that ends with its own hash, and unpack such archives safely.

Archives contain no pickles. An archive with links, unknown file names, paths that leave the folder
or members that expand to too many bytes is refused as a whole.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.errors import DataError, StoreError
from bakeoff.fetch.archive_members import read_members
from bakeoff.store.checksums import HASHES, select_checksums
from bakeoff.store.database import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".bakeoff.zip"
_FILES = re.compile(
    r"((suite|environment|hashes|audit|report|report_examples)\.json|suite\.yaml|results\.sqlite"
    r"|report\.html|report_trials/[\w.-]+\.(html|css|js|json|svg|png)"
    r"|artifacts/[\w.-]+/[\w.-]+\.(npz|jsonl|keras))"
)
_MOMENT = (1980, 1, 1, 0, 0, 0)
_MARK = b"sha256:"
_COMMENT = len(_MARK) + 64
_MOST_TIMES, _ALWAYS = 100, 64 * 2**20
"""Maximum size of the members: a hundred times that of the archive plus 64 MiB."""


def pack(folder: Path, target: Path) -> list[str]:
    """Write a run to an archive.

    Args:
        folder: folder of the run.
        target: path of the archive.

    Returns:
        Names of files that were left out since they are no files of a run.

    Raises:
        StoreError: there is no run, or the archive can't be written.
        DataError: a file of arrays contains pickles.
    """
    if not (folder / DATABASE).is_file():
        raise StoreError(folder, f"no run of bakeoff (it has no {DATABASE}).")
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    packed = [name for name in names if _FILES.fullmatch(name) and name != HASHES]
    try:
        with zipfile.ZipFile(target, "w") as archive:
            for name in packed:
                _add(archive, folder, name)
            if text := select_checksums(folder, packed):
                archive.writestr(_entry(HASHES), text)
            archive.comment = _MARK + b"0" * 64
        _sign(target)
    except OSError as error:
        raise StoreError(target, f"{error.strerror or error}.") from error
    return [name for name in names if name not in (*packed, HASHES, ".lock")]


def _add(archive: zipfile.ZipFile, folder: Path, name: str) -> None:
    """Add one file with a constant time stamp, so that equal runs give equal archives."""
    if name.endswith(".npz"):
        _refuse_pickles(folder / name)
    archive.writestr(_entry(name), (folder / name).read_bytes())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_MOMENT)
    entry.external_attr = 0o100644 << 16
    is_array = name.endswith(".npz")
    entry.compress_type = zipfile.ZIP_STORED if is_array else zipfile.ZIP_DEFLATED
    return entry


def _refuse_pickles(path: Path) -> None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                arrays[name]
    except (ValueError, zipfile.BadZipFile, OSError) as error:
        raise DataError(str(path), f"is no file of plain arrays: {error}") from error


def _sign(path: Path) -> None:
    """Write the hash of all bytes before the archive's comment into the comment."""
    content = path.read_bytes()[:-_COMMENT]
    with path.open("r+b") as stream:
        stream.seek(-_COMMENT, 2)
        stream.write(_MARK + hashlib.sha256(content).hexdigest().encode())


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack an archive into a temporary folder, and yield the folder.

    Raises:
        DataError: a byte of the archive has changed, or it has files that no run has.
    """
    _check_signature(path)
    limit = _MOST_TIMES * path.stat().st_size + _ALWAYS
    _refuse_foreign(path)
    members = read_members(path, lambda _: True, limit=limit)
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as name:
        folder = Path(name) / path.name.removesuffix(SUFFIX)
        for member, content in members.items():
            target = folder / member
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if HASHES not in members:
            raise DataError(str(path), f"holds no {HASHES}: the run was not sealed.")
        yield folder


def _check_signature(path: Path) -> None:
    """Raise `DataError` if the archive's hash differs from the one in its comment."""
    content = path.read_bytes()
    comment = content[-_COMMENT:]
    if not zipfile.is_zipfile(path) or not comment.startswith(_MARK):
        raise DataError(str(path), "is no archive of `bakeoff pack`, or its end has changed.")
    digest = hashlib.sha256(content[:-_COMMENT]).hexdigest().encode()
    if comment != _MARK + digest:
        raise DataError(str(path), "has changed since it was packed: its hash is another.")


def _refuse_foreign(path: Path) -> None:
    """Raise `DataError` for names that are no files of a run, before any member is expanded."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not _FILES.fullmatch(name):
                raise DataError(str(path), f"holds {name!r}, which is no file of a run.")
