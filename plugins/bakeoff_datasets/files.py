"""Paths, fingerprints and error messages that all readers of the user's files share."""

from __future__ import annotations

import codecs
import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CHUNK = 1 << 20


def user_path(path: str | Path) -> Path:
    """Return the path with `~` expanded; relative paths start at the working directory."""
    return Path(path).expanduser()


def check_file(path: Path) -> None:
    """Raise if a path is no readable file.

    Raises:
        DataError: it is missing, a folder, or may not be read.
    """
    with reading(path), path.open("rb") as stream:
        stream.read(1)


class UserFiles:
    """Base of readers of a user's file, or of a folder, whose path the parameter `path` holds."""

    path: str

    def is_cached(self) -> bool:
        """Return whether the file exists."""
        return user_path(self.path).is_file()

    def fingerprint(self) -> str:
        """Return a hash of the files' paths, sizes and modification times, and the parameters."""
        try:
            paths = self._paths()
        except DataError:
            paths = [user_path(self.path)]
        return file_fingerprint(paths, self)

    def _paths(self) -> Sequence[Path]:
        """Return the files that `load` reads.

        Raises:
            DataError: there are none, or they can't be listed.
        """
        return [user_path(self.path)]


class UserFolder(UserFiles):
    """Base of readers of a user's folder."""

    def is_cached(self) -> bool:
        """Return whether the folder exists."""
        return user_path(self.path).is_dir()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Translate system errors into a `DataError` about `path`."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(str(path), "there is no such file. Check the path.") from error
    except IsADirectoryError as error:
        raise DataError(str(path), "is a folder; expected a file.") from error
    except PermissionError as error:
        raise DataError(str(path), "may not be read: permission denied.") from error


@contextmanager
def decoding(path: Path, encoding: str) -> Iterator[None]:
    """Translate encoding errors into a `DataError` about `path`."""
    try:
        yield
    except UnicodeError as error:
        position = _undecodable(path, encoding)
        suffix = "" if position is None else f" at byte {position}"
        raise DataError(
            str(path),
            f"is not {encoding} text{suffix}; name its encoding, as in encoding: latin-1.",
        ) from error
    except LookupError as error:
        raise DataError(
            str(path), f"encoding {encoding!r} is unknown; expected one such as utf-8 or latin-1."
        ) from error


def _undecodable(path: Path, encoding: str) -> int | None:
    """Return the byte position in the file of the first byte that can't be decoded."""
    decoder, n_decoded = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            n_pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return n_decoded - n_pending + error.start
            n_decoded += len(chunk)
    return None


def file_fingerprint(paths: Iterable[Path], *facts: object) -> str:
    """Return a hash of paths, sizes, modification times and further facts about the data."""
    parts = [repr(facts)]
    for path in paths:
        try:
            status = path.stat()
            parts.append(f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}")
        except OSError:
            parts.append(f"{path}: missing")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def numbered_lines(text: str, *, comment: str) -> Iterator[tuple[int, str]]:
    """Yield numbers and texts of lines that are neither blank nor start as a comment does."""
    for number, line in enumerate(text.splitlines(), start=1):
        if (stripped := line.strip()) and not stripped.startswith(comment):
            yield number, stripped
